//! Writes the rows of forks: those of the engine's tables as the caller, without our triggers, and rules.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::core::time_limits::Deadline;
use crate::pg::datum::export;
use crate::pg::definition::rule_roles::RuleRoles;
use crate::pg::host::acl::role_name;
use crate::pg::reading::graph::TaskGraph;
use crate::pg::spi::{self, Statement};
use crate::pg::sync::suppression;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use std::collections::{HashMap, HashSet};

/// The old task of a fork, as it was read.
pub struct OldTask {
    pub id: TaskId,
    pub graph: TaskGraph,
    /// For each step, in their order: whether it is copied with its end.
    pub copied: Vec<bool>,
    /// The steps that failures have made not retryable.
    pub spent: HashSet<StepId>,
    pub deadline: Option<Deadline>,
    pub priority: i32,
}

impl OldTask {
    /// Returns the ids of the steps that are copied, or not, as wanted.
    pub fn ids(&self, is_wanted: impl Fn(bool) -> bool) -> Vec<i64> {
        let steps = self.graph.steps().zip(&self.copied);
        steps.filter(|(_, copied)| is_wanted(**copied)).map(|(step, _)| step.id.0).collect()
    }

    /// The steps that had ended well, and run again.
    pub fn ids_that_ended_and_run(&self) -> Vec<i64> {
        let steps = self.graph.steps().zip(&self.copied);
        let repeated = steps.filter(|(step, copied)| !**copied && step.state.satisfies_children());
        repeated.map(|(step, _)| step.id.0).collect()
    }
}

/// The rows of forks.
pub struct ForkRows<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> ForkRows<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Writes the rows of the engine's tables beside that of the task. Returns the new step of each old one.
    pub fn put(&self, old: &OldTask, new: TaskId) -> Result<HashMap<i64, i64>, TaskerError> {
        let writer = self.writer;
        let all = old.ids(|_| true);
        let flags = |is_set: &dyn Fn(usize, StepId) -> bool| {
            let steps = old.graph.steps().enumerate();
            spi::integer_array(&steps.map(|(at, step)| i32::from(is_set(at, step.id))).collect::<Vec<_>>())
        };
        let now = spi::timestamp(writer.now);
        let arguments = [
            spi::bigint(old.id.0),
            spi::bigint(new.0),
            spi::bigint_array(&all),
            flags(&|at, _| old.copied[at]),
            flags(&|_, step| old.spent.contains(&step)),
            now,
        ];
        // Steps of one name are inserted in the order of their old ids, and numbered in this order.
        let mut by_name: HashMap<i32, Vec<i64>> = HashMap::new();
        suppression::without_following_inserts(writer.session.schema(), || {
            writer.rails(Statement::PutForkSteps, &arguments, |row| {
                by_name.entry(row.i32(1)).or_default().push(row.i64(0));
            })?;
            let mut next: HashMap<i32, std::vec::IntoIter<i64>> = HashMap::new();
            for (name, mut ids) in by_name.drain() {
                ids.sort_unstable();
                next.insert(name, ids.into_iter());
            }
            let new_step = |step: &Step| Some((step.id.0, next.get_mut(&step.named_step_id.0)?.next()?));
            let steps: HashMap<i64, i64> = old.graph.steps().filter_map(new_step).collect();
            if steps.len() < all.len() {
                return Err(self.missing(old.id, "tasker_workflow_steps"));
            }
            let new_of = |ids: &[i64]| -> Vec<i64> { ids.iter().map(|id| steps[id]).collect() };
            let copied = old.ids(|copied| copied);
            let executed = old.graph.steps().zip(&old.copied);
            let executed = executed.filter(|(step, copied)| **copied && step.state == StepState::Complete);
            let transitions = copied.len() + executed.count();
            let arguments = [
                Some(spi::bigint_array(&copied)),
                Some(spi::bigint_array(&new_of(&copied))),
                Some(spi::bigint(old.id.0)),
                Some(now),
            ];
            let table = "tasker_workflow_step_transitions";
            self.put_all(old.id, table, transitions, Statement::PutForkTransitions, &arguments)?;
            let edges = old.graph.edges().filter(|(from, _)| steps.contains_key(&from.0)).count();
            let arguments =
                [Some(spi::bigint_array(&all)), Some(spi::bigint_array(&new_of(&all))), Some(now)];
            self.put_all(old.id, "tasker_workflow_step_edges", edges, Statement::PutForkEdges, &arguments)?;
            Ok(steps)
        })
    }

    fn put_all(
        &self,
        old: TaskId,
        table: &'static str,
        rows: usize,
        statement: Statement,
        arguments: &[Option<Datum>],
    ) -> Result<(), TaskerError> {
        if rows == 0 {
            return Ok(());
        }
        match self.writer.write_all(table, rows, statement, arguments) {
            Err(TaskerError::WriteDiscarded { table }) => Err(self.missing(old, table)),
            done => done,
        }
    }

    /// The reason why rows are missing: the old task was deleted meanwhile, or a trigger has discarded them.
    fn missing(&self, old: TaskId, table: &'static str) -> TaskerError {
        match self.writer.task_state(old) {
            Err(gone) => gone,
            Ok(_) => TaskerError::WriteDiscarded { table },
        }
    }

    /// Stores the rules of the steps, as defined by the caller, and returns the new steps that have one.
    pub fn put_rules(
        &self,
        old: &OldTask,
        new: TaskId,
        all: &[i64],
        new_all: &[i64],
    ) -> Result<Vec<i64>, TaskerError> {
        let steps = || old.graph.steps().zip(&old.copied).zip(all.iter().zip(new_all));
        let ruled: Vec<_> = steps().filter(|((step, _), _)| step.has_rule).collect();
        if ruled.is_empty() {
            return Ok(Vec::new());
        }
        let new_ids: Vec<i64> = ruled.iter().map(|(_, (_, new))| **new).collect();
        let with_copies: HashSet<StepId> =
            old.graph.mapped().into_iter().flatten().map(|at| old.graph.step(at).id).collect();
        let of_rule = |((step, copied), _): &((&Step, &bool), (&i64, &i64))| match copied {
            true => 1,
            false if with_copies.contains(&step.id) => 2,
            false => 0,
        };
        let arguments = [
            spi::bigint_array(&ruled.iter().map(|(_, (old, _))| **old).collect::<Vec<_>>()),
            spi::bigint_array(&new_ids),
            spi::bigint(new.0),
            spi::integer_array(&ruled.iter().map(of_rule).collect::<Vec<_>>()),
            export::text(&role_name(self.writer.author)),
            spi::text_array(&RuleRoles::of(self.writer).seals(&new_ids)),
        ];
        let mut stored = Vec::new();
        self.writer
            .session
            .write_returning(Statement::PutForkRules, &arguments, |row| stored.push(row.i64(0)))?;
        if stored.len() < ruled.len() {
            return Err(self.missing(old.id, "tasker_core_rules"));
        }
        Ok(stored)
    }
}
