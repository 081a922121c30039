//! Reads and stores the rules of steps. `decisions.rs` applies them.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::rules::{ParentOutcome, Rule, RuleState, WaitedTask, condition_paths};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Parent, Step, Steps};
use crate::pg::datum::export;
use crate::pg::definition::rule_roles::RuleRoles;
use crate::pg::host::acl::role_name;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use std::collections::{HashMap, HashSet};

impl Reader<'_> {
    /// Adds to steps the rules of those that have one and may still start. If there is none, this costs nothing. `known`
    /// has rules that were read already. A mapped step whose last copy is unfinished waits; its other copies are not
    /// looked at.
    ///
    /// # Complexity
    /// O(steps with rules + their parents), by three look-ups at most.
    pub fn with_rules(&self, steps: Steps, known: HashMap<StepId, RuleState>) -> Result<Steps, TaskerError> {
        let all = steps.all().iter().enumerate();
        let ruled: Vec<(usize, StepId)> = all
            .filter(|(_, step)| step.has_rule && step.state.can_start())
            .map(|(at, step)| (at, step.id))
            .collect();
        if ruled.is_empty() {
            return Ok(steps);
        }
        let mut rules = known;
        rules.retain(|step, _| ruled.iter().any(|(_, ruled)| ruled == step));
        let unread = ruled.iter().map(|(_, step)| *step).filter(|step| !rules.contains_key(step));
        let unread: Vec<StepId> = unread.collect();
        if !unread.is_empty() {
            rules.extend(self.rules(&unread)?);
        }
        let waits = |at: usize, step: &StepId| {
            let last = steps.parents(at).last().filter(|last| last.index.is_none());
            last.is_some_and(|last| !last.state.satisfies_children())
                && rules.get(step).is_some_and(RuleState::needs_all_copies)
        };
        let (waiting, decisive): (Vec<_>, Vec<_>) =
            ruled.into_iter().partition(|(at, step)| waits(*at, step));
        let parents = || decisive.iter().flat_map(|(at, _)| steps.parents(*at));
        let others = self.steps_by_id(parents().filter(|it| it.index.is_none()))?;
        let skipped = self.skipped(parents().filter(|it| it.state == StepState::ResolvedManually))?;
        let step_of = |parent: &Parent| match parent.index {
            Some(at) => steps.all().get(at),
            None => others.get(&parent.id),
        };
        let outcome = |parent: &Parent| ParentOutcome::of(step_of(parent)?, skipped.contains(&parent.id));
        for (at, step) in &decisive {
            let Some(rule) = rules.get_mut(step) else { continue };
            let parents = steps.parents(*at);
            rule.parents = parents.iter().map(outcome).collect();
            if rule.rule.for_each.is_some() {
                let name = steps.all()[*at].named_step_id;
                let is_copy = |parent| step_of(parent).is_some_and(|copy| copy.named_step_id == name);
                rule.are_copies = parents.iter().map(is_copy).collect();
            }
        }
        for (at, step) in &waiting {
            if let Some(rule) = rules.get_mut(step) {
                rule.parents = vec![None; steps.parents(*at).len()];
                rule.are_copies = vec![true; rule.parents.len()];
            }
        }
        Ok(steps.with_rules(rules))
    }

    /// Reads the rules of steps. Also returns those of the steps that wait for all of their copies.
    pub fn gathering(
        &self,
        steps: &[StepId],
    ) -> Result<(HashMap<StepId, RuleState>, HashSet<StepId>), TaskerError> {
        if steps.is_empty() {
            return Ok((HashMap::new(), HashSet::new()));
        }
        let rules = self.rules(steps)?;
        let gathering = rules.iter().filter(|(_, rule)| rule.needs_all_copies()).map(|(step, _)| *step);
        let gathering = gathering.collect();
        Ok((rules, gathering))
    }

    /// Reads the rules of steps, without the outcomes of their parents.
    pub fn rules(&self, steps: &[StepId]) -> Result<HashMap<StepId, RuleState>, TaskerError> {
        let mut rules = HashMap::with_capacity(steps.len());
        let steps: Vec<i64> = steps.iter().map(|step| step.0).collect();
        self.session.read(Statement::RulesOfSteps, &[spi::bigint_array(&steps)], |row| {
            let state = row.value(4).map(|state| spi::with_text(state, TaskState::parse));
            let rule = RuleState {
                rule: match row.value(1) {
                    Some(rule) => Rule::of_stored(&spi::json_of(rule)?),
                    None => Rule::default(),
                },
                decided_at: row.optional_timestamp(2),
                waited_task: row
                    .value(3)
                    .map(|_| WaitedTask { id: TaskId(row.i64(3)), state: state.flatten() }),
                signal_sent_at: row.optional_timestamp(5),
                is_timed_out: row.bool(6),
                parents: Vec::new(),
                are_copies: Vec::new(),
            };
            rules.insert(StepId(row.i64(0)), rule);
            Ok(())
        })?;
        Ok(rules)
    }

    fn steps_by_id<'a>(
        &self,
        wanted: impl Iterator<Item = &'a Parent>,
    ) -> Result<HashMap<StepId, Step>, TaskerError> {
        let ids: Vec<i64> = wanted.map(|parent| parent.id.0).collect();
        let mut steps = HashMap::with_capacity(ids.len());
        if !ids.is_empty() {
            self.session.look_up(LookUp::Steps, &ids, |row| {
                let step = loader::step(row)?;
                steps.insert(step.id, step);
                Ok(())
            })?;
        }
        Ok(steps)
    }

    fn skipped<'a>(&self, parents: impl Iterator<Item = &'a Parent>) -> Result<HashSet<StepId>, TaskerError> {
        let ids: Vec<i64> = parents.map(|parent| parent.id.0).collect();
        let mut skipped = HashSet::new();
        if !ids.is_empty() {
            self.session.read(Statement::SkippedSteps, &[spi::bigint_array(&ids)], |row| {
                skipped.insert(StepId(row.i64(0)));
                Ok(())
            })?;
        }
        Ok(skipped)
    }
}

/// The stored rules of steps.
pub struct RuleStore<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> RuleStore<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Stores the rules of new steps, which no other session can see yet.
    pub fn put_rules(&self, rules: &[(StepId, &Rule)]) {
        if rules.is_empty() {
            return;
        }
        let steps: Vec<i64> = rules.iter().map(|(step, _)| step.0).collect();
        let (role, seals) = (role_name(self.writer.author), RuleRoles::of(self.writer).seals(&steps));
        let steps = spi::bigint_array(&steps);
        let rules: Vec<String> = rules.iter().map(|(_, rule)| rule.to_json().to_string()).collect();
        let arguments = [steps, spi::text_array(&rules), export::text(&role), spi::text_array(&seals)];
        self.writer.session.write(Statement::PutRules, &arguments);
        self.writer.session.write(Statement::MarkRuledSteps, &[steps]);
    }
}

/// Returns the problems of the jsonpaths of a step: the path of each in the step, and the reason.
pub fn path_problems(step: &serde_json::Value) -> impl Iterator<Item = (String, String)> + '_ {
    let of_conditions = condition_paths(step).filter_map(|(parent, path)| {
        let problem = path_problem(path)?;
        Some((format!("when.{parent}"), format!("is not a jsonpath predicate: {problem}")))
    });
    let list = step.get("for_each").and_then(|map| map.get("path")?.as_str()).into_iter();
    let of_lists = list.filter_map(|path| {
        let problem = path_problem(path)?;
        Some(("for_each.path".to_owned(), format!("is not a jsonpath: {problem}")))
    });
    of_conditions.chain(of_lists)
}

/// Returns the problem that PostgreSQL's parser finds in a jsonpath, if any. The parser only builds a value, so an
/// error leaves nothing behind.
fn path_problem(path: &str) -> Option<String> {
    let text = std::ffi::CString::new(path).ok()?;
    PgTryBuilder::new(std::panic::AssertUnwindSafe(|| {
        // SAFETY: a call of PostgreSQL's own input function with the C string that it takes.
        unsafe {
            pgrx::direct_function_call_as_datum(pg_sys::jsonpath_in, &[Some(text.as_ptr().into())]);
        }
        None
    }))
    .catch_others(|error| match error {
        CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => {
            Some(report.message().to_owned())
        }
        other => other.rethrow(),
    })
    .execute()
}
