//! Creates forks: new tasks that repeat a part of an old one.
//!
//! The old task is only read, and not locked. A step that has ended well does not change any more, and all others run
//! again, so it does not matter what other sessions do to the old task meanwhile. If it is deleted, the rows that are
//! missing show this.
//!
//! The rows are written as the caller. Our triggers do not run for them, so that the copies record no events.

use crate::core::error::TaskerError;
use crate::core::fork::{
    ForkOptions, ForkedStep, NamedStep, Subtasks, copied_steps, find_step, left_out_copies,
};
use crate::core::ids::{StepId, TaskId};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::core::template::Problems;
use crate::core::time::Timestamp;
use crate::core::time_limits::{Deadline, OnDeadline};
use crate::pg::datum::export;
use crate::pg::definition::fork_rows::{ForkRows, OldTask};
use crate::pg::host::acl::{role_name, session_user};
use crate::pg::host::actor::Actor;
use crate::pg::host::installed_columns::ColumnUse;
use crate::pg::queue::{hints, times};
use crate::pg::reading::forks;
use crate::pg::reading::graph::TaskGraph;
use crate::pg::spi::{self, Statement};
use crate::pg::sync::triggers;
use crate::pg::writing::writer::Writer;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// The largest number of levels of subtasks that are forked.
const MAX_DEPTH: usize = 100;

/// A fork.
#[derive(Clone, Debug)]
pub struct NewFork {
    pub task: TaskId,
    pub identity_hash: String,
    /// True if it was created by this call.
    pub is_new: bool,
    /// The number of its steps that are copies.
    pub copied: i64,
    /// The number of its steps that run again.
    pub run: i64,
}

/// A fork, and the work that is left for it.
#[derive(Clone, Debug)]
pub struct UnfinishedFork {
    pub fork: NewFork,
    /// The steps with rules that run again.
    pub ruled: Vec<i64>,
    /// The copies of subtasks, which have nothing to run.
    pub ended: Vec<TaskId>,
}

/// The creation of forks.
pub struct Forks<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Forks<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Forks a task from a step. `document` holds the options as PostgreSQL has them. It evaluates no rules and ends no
    /// task: the caller does this later.
    ///
    /// # Complexity
    /// O(steps + edges) of the task, and of the subtasks that are forked.
    pub fn fork(
        &self,
        task: TaskId,
        from: Option<&str>,
        options: &ForkOptions,
        document: Datum,
    ) -> Result<UnfinishedFork, TaskerError> {
        self.writer.installation.require_columns(ColumnUse::Create)?;
        forks::require_table(self.writer.session)?;
        let graph = TaskGraph::require(&self.writer.reader(), task)?;
        let from = match from {
            Some(from) => {
                let names = graph.names(&self.writer.reader())?;
                let steps = graph.steps().zip(names).zip(graph.mapped());
                let named = |((step, name), mapped): ((&Step, String), Option<usize>)| NamedStep {
                    id: step.id,
                    name,
                    is_copy: mapped.is_some(),
                };
                Some(find_step(task, from, &steps.map(named).collect::<Vec<_>>())?)
            }
            None => None,
        };
        let mut old = self.examine(task, graph, from)?;
        if old.copied.iter().all(|copied| *copied) {
            return Err(TaskerError::NotPermitted {
                action: format!("fork task {task}"),
                reason: "all of its steps have ended well".to_owned(),
                hint: "Name the step from which it runs again.",
            });
        }
        self.check_template(&mut old, options)?;
        let key = options.identity_key.as_deref();
        let (new, identity_hash) = self.put_task(task, document, key)?;
        let mut unfinished = UnfinishedFork {
            fork: NewFork { task, identity_hash, is_new: new.is_some(), copied: 0, run: 0 },
            ruled: Vec::new(),
            ended: Vec::new(),
        };
        match new {
            Some(new) => {
                unfinished.fork.task = new;
                self.fill(&old, new, from, options, &mut unfinished, MAX_DEPTH)?;
                unfinished.fork.copied = old.ids(|copied| copied).len() as i64;
                unfinished.fork.run = old.ids(|copied| !copied).len() as i64;
            }
            None => self.find(&mut unfinished.fork)?,
        }
        Ok(unfinished)
    }

    /// Decides what is copied of a task.
    fn examine(&self, task: TaskId, graph: TaskGraph, from: Option<StepId>) -> Result<OldTask, TaskerError> {
        if graph.hides_steps() {
            return Err(TaskerError::NotPermitted {
                action: format!("fork task {task}"),
                reason: "row-level security hides steps of it".to_owned(),
                hint: "Let a role fork it that may see all of its steps.",
            });
        }
        let ids: Vec<i64> = graph.steps().map(|step| step.id.0).collect();
        let (mut bypassed, mut spent) = (HashSet::new(), HashSet::new());
        self.writer.session.read(Statement::EndsOfSteps, &[spi::bigint_array(&ids)], |row| {
            let step = StepId(row.i64(0));
            if row.bool(1) {
                bypassed.insert(step);
            }
            if row.bool(2) {
                spent.insert(step);
            }
            Ok(())
        })?;
        let step = |id: StepId, state: StepState| ForkedStep {
            id,
            state,
            is_bypassed: bypassed.contains(&id) && Some(id) != from,
        };
        let steps: Vec<ForkedStep> = graph.steps().map(|it| step(it.id, it.state)).collect();
        let mut copied = copied_steps(&steps, graph.edges(), from);
        let left_out = left_out_copies(&steps, graph.edges(), &copied, &graph.mapped());
        let graph = graph.without(&left_out);
        let mut is_left_out = left_out.iter();
        copied.retain(|_| !is_left_out.next().copied().unwrap_or_default());
        let (mut deadline, mut priority) = (None, 0);
        self.writer.session.read(Statement::ForkOriginTimes, &[spi::bigint(task.0)], |row| {
            priority = row.i32(1);
            let (created, until) = (row.optional_timestamp(0), row.optional_timestamp(2));
            if let (Some(created), Some(until)) = (created, until) {
                deadline = Some(Deadline {
                    seconds: seconds_between(created, until),
                    then: row.text(3, OnDeadline::of),
                });
            }
            Ok(())
        })?;
        Ok(OldTask { id: task, graph, copied, spent, deadline, priority })
    }

    /// Checks a new context by the schema of the template, and finds the deadline of the fork: that of the options, of the
    /// old task, or of the template.
    fn check_template(&self, old: &mut OldTask, options: &ForkOptions) -> Result<(), TaskerError> {
        let mut names = None;
        self.writer.rails(Statement::ForkOrigin, &[spi::bigint(old.id.0)], |row| {
            names = Some([0, 1, 2].map(|column| row.text(column, str::to_owned)));
        })?;
        let Some([namespace, name, version]) = names else { return Err(TaskerError::TaskNotFound(old.id)) };
        let reader = self.writer.reader();
        let mut of_template = (None, None);
        if let Some(context) = &options.context {
            let prepared = reader.prepared(&namespace, &name, Some(&version))?;
            let mut problems = Problems::default();
            if let Some(schema) = &prepared.schema {
                schema.check("options.context", context, &mut problems);
            }
            if !problems.is_empty() {
                return Err(TaskerError::InvalidRequest(problems.into_list()));
            }
            of_template = (prepared.template.deadline_seconds, prepared.template.on_deadline);
        } else if old.deadline.is_none() {
            // The engine can create tasks without a template that we can read.
            match reader.template(&namespace, &name, Some(&version)) {
                Ok((_, template)) => of_template = (template.deadline_seconds, template.on_deadline),
                Err(TaskerError::StoredTemplate { .. } | TaskerError::TemplateNotFound { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        let kept = old.deadline;
        old.deadline = Deadline::of(
            [options.deadline_seconds, kept.map(|kept| kept.seconds).or(of_template.0)],
            [
                options.on_deadline.as_deref(),
                kept.map(|kept| kept.then.as_str()).or(of_template.1.as_deref()),
            ],
        );
        old.priority = options.priority.unwrap_or(old.priority);
        Ok(())
    }

    /// Inserts the row of the fork. Returns no task if there is a fork with this key already.
    fn put_task(
        &self,
        task: TaskId,
        document: Datum,
        key: Option<&str>,
    ) -> Result<(Option<TaskId>, String), TaskerError> {
        // An identity must not reveal the tasks of another tenant.
        let is_filtered =
            self.writer.actor == Actor::Caller && self.writer.installation.row_security_applies();
        let role = is_filtered.then(|| export::text(&role_name(self.writer.installation.caller())));
        let arguments = [
            Some(spi::bigint(task.0)),
            Some(document),
            Some(spi::timestamp(self.writer.now)),
            key.map(export::text),
            role,
        ];
        let mut found = None;
        self.writer.as_actor(|| {
            self.writer.session.write_optional(Statement::PutForkTask, &arguments, |row| {
                found = Some((row.value(0).map(|_| TaskId(row.i64(0))), row.text(1, str::to_owned)));
            })
        })?;
        match found {
            Some((None, _)) if key.is_none() => Err(TaskerError::WriteDiscarded { table: "tasker_tasks" }),
            Some(found) => Ok(found),
            None => Err(TaskerError::TaskNotFound(task)),
        }
    }

    /// Finds the fork that has the identity already.
    fn find(&self, fork: &mut NewFork) -> Result<(), TaskerError> {
        let mut found = None;
        let hash = spi::text_array(std::slice::from_ref(&fork.identity_hash));
        self.writer.rails(Statement::TasksOfIdentities, &[hash], |row| found = Some(TaskId(row.i64(1))))?;
        fork.task = found.ok_or(TaskerError::IdentityTaken)?;
        self.writer.session.read(Statement::CountsOfFork, &[spi::bigint(fork.task.0)], |row| {
            (fork.copied, fork.run) = (i64::from(row.i32(0)), row.i64(1));
            Ok(())
        })
    }

    /// Creates all that belongs to a fork whose row is stored.
    fn fill(
        &self,
        old: &OldTask,
        new: TaskId,
        from: Option<StepId>,
        options: &ForkOptions,
        unfinished: &mut UnfinishedFork,
        depth: usize,
    ) -> Result<(), TaskerError> {
        let session = self.writer.session;
        if old.priority != 0 {
            let arguments = [spi::bigint_array(&[new.0]), spi::integer_array(&[old.priority])];
            session.write(Statement::SetPriorities, &arguments);
        }
        let steps = ForkRows::of(self.writer).put(old, new)?;
        let new_of =
            |ids: &[i64]| -> Vec<i64> { ids.iter().filter_map(|id| steps.get(id).copied()).collect() };
        let (all, copied, run) = (old.ids(|_| true), old.ids(|copied| copied), old.ids(|copied| !copied));
        let (new_all, new_copied, new_run) = (new_of(&all), new_of(&copied), new_of(&run));
        let ruled = ForkRows::of(self.writer).put_rules(old, new, &all, &new_all)?;
        // After the rules: the side rows say which steps have one.
        triggers::put_steps(session, &new_all);
        let ruled: Vec<i64> = {
            let run: HashSet<i64> = new_run.iter().copied().collect();
            ruled.into_iter().filter(|step| run.contains(step)).collect()
        };
        if !ruled.is_empty() {
            session.write(Statement::MarkRuledSteps, &[spi::bigint_array(&ruled)]);
        }
        let spent: Vec<i64> = old.ids_that_ended_and_run();
        let arguments = [spi::bigint(old.id.0), spi::bigint(new.0), spi::bigint_array(&spent)];
        session.write(Statement::PutForkSignals, &arguments);
        if times::are_limited(session) {
            let arguments = [spi::bigint_array(&all), spi::bigint_array(&new_all), spi::bigint(new.0)];
            session.write(Statement::PutForkLimits, &arguments);
        }
        let deadline = old.deadline.map(|deadline| (new, self.writer.now, deadline));
        times::put_deadlines(session, deadline.as_slice())?;
        let arguments = [
            Some(spi::bigint(new.0)),
            Some(spi::bigint(old.id.0)),
            from.map(|step| step.0).into_datum(),
            Some(spi::timestamp(self.writer.now)),
            Some(export::text(&session_user())),
            Some(spi::bigint_array(&new_copied)),
        ];
        session.write_counted(Statement::PutFork, &arguments);
        hints::hint_steps(session, &new_run)?;
        hints::forget_waiting_children(session, &new_run)?;
        unfinished.ruled.extend(ruled);
        if options.subtasks == Subtasks::Fork && depth > 0 {
            self.fork_subtasks(new, &copied, &steps, options, unfinished, depth - 1)?;
        }
        Ok(())
    }

    /// Copies the subtasks of copied steps. A subtask that the caller may not see, or in which not every step has ended
    /// well, stays that of the old task.
    fn fork_subtasks(
        &self,
        parent: TaskId,
        copied: &[i64],
        steps: &HashMap<i64, i64>,
        options: &ForkOptions,
        unfinished: &mut UnfinishedFork,
        depth: usize,
    ) -> Result<(), TaskerError> {
        let mut subtasks = Vec::new();
        self.writer.session.read(Statement::SubtasksOfSteps, &[spi::bigint_array(copied)], |row| {
            subtasks.push((row.i64(0), TaskId(row.i64(1))));
            Ok(())
        })?;
        for (step, subtask) in subtasks {
            let graph = TaskGraph::read(&self.writer.reader(), subtask)?;
            let is_shown = graph.task().is_ok_and(|task| task.state == TaskState::Complete);
            if !is_shown || graph.hides_steps() {
                continue;
            }
            let mut old = self.examine(subtask, graph, None)?;
            // It has ended already.
            old.deadline = None;
            let Some(waiting) = steps.get(&step).filter(|_| old.copied.iter().all(|copied| *copied)) else {
                continue;
            };
            let (new, _) = self.put_task(subtask, spi::json(&json!({})), None)?;
            let new = new.ok_or(TaskerError::WriteDiscarded { table: "tasker_tasks" })?;
            let arguments = [spi::bigint_array(&[new.0]), spi::bigint_array(&[parent.0])];
            self.writer.session.write(Statement::SetParents, &arguments);
            self.fill(&old, new, None, options, unfinished, depth)?;
            let arguments = [spi::bigint(*waiting), spi::bigint(new.0), true.into()];
            self.writer.session.write(Statement::SetWaitedTask, &arguments);
            unfinished.ended.push(new);
        }
        Ok(())
    }
}

fn seconds_between(from: Timestamp, to: Timestamp) -> i32 {
    let microseconds = to.to_postgres().saturating_sub(from.to_postgres());
    i32::try_from(microseconds / 1_000_000).unwrap_or(i32::MAX).max(1)
}
