//! Applies rules to steps: a step is left out, ends with its wait, fails with the task that it waits for, or may run.
//!
//! The call that ends a parent also evaluates the rules of its children. Claims and maintenance evaluate the rules of
//! the steps that have a row in `tasker_core_decisions`. Steps are locked as claims lock them, without waiting; a step
//! that another session holds keeps its row. The owner of the installation writes, because a rule concerns all roles.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::readiness::Gate;
use crate::core::rules::{Decision, Rule, RuleState, WaitEnd, decide};
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::core::trouble::RefusalScope;
use crate::pg::definition::rule_roles::RuleRoles;
use crate::pg::execution::rules::maps::{Addition, Maps};
use crate::pg::execution::rules::waits::{StepWaits, ids_of};
use crate::pg::execution::troubles::{Troubles, WorkKind};
use crate::pg::queue::hints;
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::writing::step_columns::StepColumns;
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::subtransaction;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use serde_json::json;
use std::collections::{BTreeSet, HashSet};

/// The result of decisions about steps.
#[derive(Debug, Default)]
pub struct DecisionResult {
    /// The steps that have ended by their rules.
    pub ended: Vec<i64>,
    /// The tasks of the steps that have ended.
    pub tasks: BTreeSet<TaskId>,
    /// The tasks that were created for steps to wait for, with some of their steps left out: they may be over.
    pub bypassed: Vec<TaskId>,
    /// The steps that were examined because no other session held them.
    pub examined: HashSet<i64>,
    /// The copies that were added for mapped steps.
    pub copies: Vec<i64>,
    /// Those of them that have rules, because each creates a task.
    ruled_copies: Vec<i64>,
    /// The steps that cannot be decided while another session holds what they need.
    put_off: Vec<i64>,
    /// True if anything has changed.
    pub has_acted: bool,
    /// The number of decisions that were refused, and are tried again later.
    pub put_aside: i32,
}

impl DecisionResult {
    fn add(&mut self, other: Self) {
        self.ended.extend(other.ended);
        self.tasks.extend(other.tasks);
        self.bypassed.extend(other.bypassed);
        self.copies.extend(other.copies);
        self.examined.extend(other.examined);
        self.has_acted |= other.has_acted;
        self.put_aside += other.put_aside;
    }
}

/// Decisions about steps with rules.
pub struct Decisions<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Decisions<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Evaluates the rules of these steps, except those that another session holds, and the rules of their children if
    /// the steps end. A refused decision affects its step alone: the step is put aside. It fails for good if its rule,
    /// or what the rule needs, can never be read.
    ///
    /// # Complexity
    /// O(steps + their parents + their children), in one subtransaction.
    pub fn decide(&self, steps: &[i64]) -> Result<DecisionResult, TaskerError> {
        if steps.is_empty() {
            return Ok(DecisionResult::default());
        }
        let owner = self.writer.as_owner();
        if owner.require_owners_writes().is_err() {
            // A session that may write them as the owner decides later.
            hints::wake(self.writer.session, steps);
            return Ok(DecisionResult::default());
        }
        if let Ok(decided) =
            subtransaction::attempt(&owner, || Decisions::of(&owner).decide_with_children(steps))?
        {
            let examined: Vec<i64> = decided.examined.iter().copied().collect();
            Troubles::of(&owner).end_troubles(WorkKind::Step, &examined);
            return Ok(decided);
        }
        let mut decided = DecisionResult::default();
        for step in steps {
            decided.add(Decisions::of(&owner).decide_alone(*step)?);
        }
        Ok(decided)
    }

    fn decide_with_children(&self, steps: &[i64]) -> Result<DecisionResult, TaskerError> {
        let mut decided = DecisionResult::default();
        let mut next = steps.to_vec();
        while !next.is_empty() {
            let one = self.decide_free(&next)?;
            next.clone_from(&one.ruled_copies);
            if !one.ended.is_empty() {
                let ended = spi::bigint_array(&one.ended);
                self.writer
                    .session
                    .write_returning(Statement::RuledChildren, &[ended], |row| next.push(row.i64(0)))?;
            }
            decided.add(one);
        }
        Ok(decided)
    }

    /// Evaluates the rules of these steps alone, except those that another session holds.
    fn decide_free(&self, steps: &[i64]) -> Result<DecisionResult, TaskerError> {
        let mut decided = DecisionResult::default();
        let free = self.writer.lock_free_steps(steps)?;
        for step in free.steps.all() {
            decided.examined.insert(step.id.0);
            let Some(rule) = free.steps.rule(step) else { continue };
            if free.gate(step) != Gate::Open || step.in_process {
                continue;
            }
            let is_due = decide(step, rule, self.writer.now).is_due();
            let has_ended = self.decide_step(step, rule.clone(), &mut decided)?;
            if decided.put_off.contains(&step.id.0) {
                decided.examined.remove(&step.id.0);
                continue;
            }
            // A failed step may stay as it is: its role does not see the task that has been repaired.
            decided.has_acted |= has_ended || (is_due && step.state != StepState::Error);
            if has_ended {
                decided.ended.push(step.id.0);
                decided.tasks.insert(step.task_id);
            }
        }
        Ok(decided)
    }

    /// Evaluates the rule of one step. If the step ends, the rules of its children are evaluated later, from their rows
    /// in `tasker_core_decisions`.
    fn decide_alone(&self, step: i64) -> Result<DecisionResult, TaskerError> {
        let refusal = match subtransaction::attempt(self.writer, || self.decide_free(&[step]))? {
            Ok(decided) => {
                Troubles::of(self.writer).end_troubles(WorkKind::Step, &[step]);
                return Ok(decided);
            }
            Err(refusal) => refusal,
        };
        if refusal.scope == RefusalScope::Stored
            && let Ok(Some(failed)) =
                subtransaction::attempt(self.writer, || self.fail_undecided(StepId(step), &refusal.message))?
        {
            Troubles::of(self.writer).end_troubles(WorkKind::Step, &[step]);
            return Ok(failed);
        }
        Troubles::of(self.writer).put_aside(WorkKind::Step, step, &refusal)?;
        Ok(DecisionResult { examined: HashSet::from([step]), put_aside: 1, ..DecisionResult::default() })
    }

    /// Fails a step whose rule cannot be evaluated; `None` if another session holds it, or it can no longer fail.
    fn fail_undecided(&self, id: StepId, problem: &str) -> Result<Option<DecisionResult>, TaskerError> {
        let free = self.writer.lock_free_ids(LookUp::LockedSteps, Statement::LockFreeStepRows, &[id.0])?;
        if free.is_empty() {
            return Ok(None);
        }
        let step = self.writer.lock_step(id)?;
        if step.state != StepState::Pending {
            return Ok(None);
        }
        let rule = self.writer.reader().rules(&[id])?.remove(&id).map(|state| state.rule).unwrap_or_default();
        let reason = format!("its rule cannot be evaluated: {problem}");
        StepWaits::of(self.writer).fail_wait(&step, &rule, &reason)?;
        Ok(Some(DecisionResult {
            ended: vec![id.0],
            tasks: BTreeSet::from([step.task_id]),
            examined: HashSet::from([id.0]),
            has_acted: true,
            ..DecisionResult::default()
        }))
    }

    /// Applies the rule of a locked step; returns whether the step has ended or failed. Notes in `decided` the tasks that
    /// it creates and that may be over, and the copies that it adds.
    fn decide_step(
        &self,
        step: &Step,
        mut rule: RuleState,
        decided: &mut DecisionResult,
    ) -> Result<bool, TaskerError> {
        loop {
            match decide(step, &rule, self.writer.now) {
                Decision::Nothing => return Ok(false),
                Decision::Ready => {
                    hints::hint_steps(self.writer.session, &[step.id.0])?;
                    return Ok(false);
                }
                Decision::Hold(_, until) => {
                    if let Some(until) = until {
                        hints::set_step_timer(self.writer.session, step.id, until);
                    }
                    return Ok(false);
                }
                Decision::Begin => {
                    let failed = match self.failed_condition(step.id, &rule.rule)? {
                        Ok(failed) => failed,
                        Err(reason) => {
                            return StepWaits::of(self.writer).fail_wait(step, &rule.rule, &reason);
                        }
                    };
                    if let Some(parent) = failed {
                        let reason = format!("its condition on \"{parent}\" is not true");
                        return self.skip(step, "condition", &reason);
                    }
                    let arguments = [spi::bigint(step.id.0), spi::timestamp(self.writer.now)];
                    self.writer.session.write(Statement::BeginWait, &arguments);
                    rule.decided_at = Some(self.writer.now);
                }
                Decision::Skip(reason) => return self.skip(step, "join_rule", &reason),
                Decision::Complete(WaitEnd::Task(task)) => {
                    match StepWaits::of(self.writer).results_of_task(step.id, task)? {
                        Ok(results) => {
                            return StepWaits::of(self.writer).end_wait(
                                step,
                                &rule,
                                WaitEnd::Task(task),
                                results,
                            );
                        }
                        // It waits for nothing else: until it is retried, there is nothing to be done.
                        Err(_) if step.state == StepState::Error => return Ok(false),
                        Err(reason) => {
                            return StepWaits::of(self.writer).fail_wait(step, &rule.rule, &reason);
                        }
                    }
                }
                Decision::Complete(end @ WaitEnd::Copies) => {
                    match Maps::of(self.writer).gathered(step.id)? {
                        Ok(results) => return StepWaits::of(self.writer).end_wait(step, &rule, end, results),
                        Err(_) if step.state == StepState::Error => return Ok(false),
                        Err(reason) => {
                            return StepWaits::of(self.writer).fail_wait(step, &rule.rule, &reason);
                        }
                    }
                }
                Decision::AddCopies => return self.add_copies(step, &rule, decided),
                Decision::Complete(end) => {
                    return StepWaits::of(self.writer).end_wait(step, &rule, end, None);
                }
                Decision::Fail(reason) => {
                    let hidden = match rule.waited_task {
                        Some(task) => StepWaits::of(self.writer).results_of_task(step.id, task.id)?.err(),
                        None => None,
                    };
                    return StepWaits::of(self.writer).fail_wait(step, &rule.rule, &hidden.unwrap_or(reason));
                }
                Decision::CreateTask => {
                    match StepWaits::of(self.writer).create_waited_task(
                        step,
                        &rule.rule,
                        &mut decided.bypassed,
                    )? {
                        Ok(task) => rule.waited_task = Some(task),
                        Err(reason) => {
                            return StepWaits::of(self.writer).fail_wait(step, &rule.rule, &reason);
                        }
                    }
                }
            }
        }
    }

    /// Adds the copies of a mapped step. An empty list completes it at once.
    fn add_copies(
        &self,
        step: &Step,
        rule: &RuleState,
        decided: &mut DecisionResult,
    ) -> Result<bool, TaskerError> {
        let Some(map) = &rule.rule.for_each else { return Ok(false) };
        match Maps::of(self.writer).add_copies(step, &rule.rule, map)? {
            Addition::Added(copies) if copies.is_empty() => {
                let results = Some(spi::json(&json!([])));
                StepWaits::of(self.writer).end_wait(step, rule, WaitEnd::Copies, results)
            }
            Addition::Added(copies) => {
                if rule.rule.of_copies().is_some() {
                    decided.ruled_copies.extend(&copies);
                }
                decided.copies.extend(copies);
                Ok(false)
            }
            Addition::Refused(reason) => StepWaits::of(self.writer).fail_wait(step, &rule.rule, &reason),
            Addition::NotNow => {
                // A later call decides.
                hints::wake_unmarked(self.writer.session, &[step.id.0]);
                decided.put_off.push(step.id.0);
                Ok(false)
            }
        }
    }

    /// Returns the first parent whose results do not meet its condition. A parent that the rule's role may not see has
    /// no results; the inner error says why the role may not read any.
    fn failed_condition<'r>(
        &self,
        step: StepId,
        rule: &'r Rule,
    ) -> Result<Result<Option<&'r str>, String>, TaskerError> {
        if rule.when.is_empty() {
            return Ok(Ok(None));
        }
        let author = match RuleRoles::of(self.writer).writer_of_rule(step)? {
            Ok(author) => author,
            Err(reason) => return Ok(Err(reason)),
        };
        if let Some(reason) = RuleRoles::of(&author).missing_right(&[]) {
            return Ok(Err(reason));
        }
        let mut parents = Vec::new();
        self.writer.session.look_up_fresh(LookUp::Steps, &[step.0], |row| {
            row.i64_array(14, |ids| parents.extend_from_slice(ids));
            Ok(())
        })?;
        let shown = RuleRoles::of(&author).shown_steps(&parents)?;
        let of = |text: &dyn Fn(usize) -> String| -> Datum {
            spi::text_array(&(0..rule.when.len()).map(text).collect::<Vec<_>>())
        };
        let (names, paths) = (of(&|at| rule.when[at].parent.clone()), of(&|at| rule.when[at].path.clone()));
        let mut held = vec![false; rule.when.len()];
        let arguments = [Some(spi::bigint(step.0)), Some(names), Some(paths), ids_of(shown)];
        self.writer.session.write_optional(Statement::Conditions, &arguments, |row| {
            let place = usize::try_from(row.i64(0) - 1).ok();
            if let Some(held) = place.and_then(|place| held.get_mut(place)) {
                *held = row.bool(1);
            }
        })?;
        let failed = rule.when.iter().zip(held).find(|(_, held)| !held);
        Ok(Ok(failed.map(|(condition, _)| condition.parent.as_str())))
    }

    fn skip(&self, step: &Step, cause: &str, reason: &str) -> Result<bool, TaskerError> {
        StepColumns::of(self.writer).resolve(step.id, None)?;
        let metadata = json!({ "triggered_by": cause, "skipped": true, "reason": reason });
        StepMoves::of(self.writer).move_step(step.id, step.state, StepState::ResolvedManually, metadata)?;
        Ok(true)
    }
}
