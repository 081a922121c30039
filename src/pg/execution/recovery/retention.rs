//! Deletes ended tasks whose time is over, by the section `retention` of the configuration.

use crate::core::config::{EffectiveOptions, RetentionSettings, Section, before};
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::retention::{EndedTask, second_look};
use crate::core::state::TaskState;
use crate::core::time::Timestamp;
use crate::pg::execution::troubles::{Troubles, WorkKind};
use crate::pg::reading::config_layers::{ConfigSubject, Layers};
use crate::pg::spi::{self, Row, Statement};
use crate::pg::writing::deletion::Deletion;
use crate::pg::writing::writer::Writer;
use pgrx::PgLogLevel;
use pgrx::pg_sys::panic::ErrorReport;

/// The number of tasks that a round examines from one place on. Tasks that are kept cost it only the reading of an
/// index and a row.
const EXAMINED: i32 = 10_000;

/// The states for which an option gives a time.
const STATES: [TaskState; 3] = [TaskState::Complete, TaskState::Cancelled, TaskState::Error];

/// For how long the tasks of each name are kept after they have ended, in hours; -1: for good.
#[derive(Default)]
struct Policies {
    named_tasks: Vec<i32>,
    hours: [Vec<i32>; STATES.len()],
}

impl Policies {
    /// Returns the shortest time; `None` if all tasks are kept.
    fn shortest(&self) -> Option<i32> {
        self.hours.iter().flatten().copied().filter(|hours| *hours >= 0).min()
    }
}

/// The retention of ended tasks. It acts as the owner of the installation.
pub struct Retention<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Retention<'a> {
    /// `writer` must write as the owner.
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Deletes tasks whose time is over, as many as the option `tasks_per_round` allows, and returns how many it has
    /// deleted and how many were refused. Refused ones are tried again later.
    ///
    /// # Complexity
    /// One look into an index if nothing is configured. Else O(names of tasks), 20,000 rows of an index, and
    /// O(steps + edges + transitions) of the deleted tasks.
    pub fn run_round(&self) -> Result<(u64, i32), TaskerError> {
        let Some(layers) = Layers::read(self.writer.session, Section::Retention)? else { return Ok((0, 0)) };
        let policies = self.policies(&layers)?;
        let Some(shortest) = policies.shortest() else { return Ok((0, 0)) };
        let general = layers.applied_to(self.writer.session, ConfigSubject::default())?;
        let most = settings(&general)?.tasks_per_round;
        // A task is not younger than its end.
        let until = before(self.writer.now, shortest);
        let mut tasks = self.expired(&policies, Timestamp::MINUS_INFINITY, until, most)?;
        if let Some(from) = self.last_examined(until)?
            && tasks.len() < most as usize
        {
            let from = second_look(from, until, self.writer.now);
            let more = self.expired(&policies, from, until, most - tasks.len() as i32)?;
            tasks.extend(more.into_iter().filter(|task| !tasks.contains(task)).collect::<Vec<_>>());
        }
        if layers.has_single_tasks() {
            tasks = self.without_kept(&layers, tasks)?;
        }
        if tasks.is_empty() {
            return Ok((0, 0));
        }
        if let Err(refusal) = Deletion::of(self.writer).require_owners_deletions() {
            ErrorReport::from(refusal).report(PgLogLevel::WARNING);
            return Ok((0, 0));
        }
        let refusals = Deletion::of(self.writer).delete(&tasks)?;
        for (task, refusal) in &refusals {
            Troubles::of(self.writer).put_aside(WorkKind::Purge, task.0, refusal)?;
        }
        Ok(((tasks.len() - refusals.len()) as u64, refusals.len() as i32))
    }

    fn policies(&self, layers: &Layers) -> Result<Policies, TaskerError> {
        let mut policies = Policies::default();
        self.writer.session.read(Statement::NamesOfAllTasks, &[], |row| {
            let effective =
                row.text(1, |namespace| row.text(2, |name| layers.applied_to_name(namespace, name)));
            let settings = settings(&effective)?;
            policies.named_tasks.push(row.i32(0));
            for (hours, state) in policies.hours.iter_mut().zip(STATES) {
                hours.push(settings.hours(state).unwrap_or(-1));
            }
            Ok(())
        })?;
        Ok(policies)
    }

    /// Returns expired tasks among those that were created in a period, the oldest first.
    fn expired(
        &self,
        policies: &Policies,
        from: Timestamp,
        until: Timestamp,
        most: i32,
    ) -> Result<Vec<EndedTask>, TaskerError> {
        let mut found = Vec::new();
        let mut arguments = vec![spi::integer_array(&policies.named_tasks)];
        arguments.extend(policies.hours.iter().map(|hours| spi::integer_array(hours)));
        arguments.extend([spi::timestamp(from), spi::timestamp(until), EXAMINED.into(), most.into()]);
        arguments.push(spi::timestamp(self.writer.now));
        self.writer.session.read(Statement::ExpiredTasks, &arguments, |row| {
            found.extend(ended_task(row));
            Ok(())
        })?;
        Ok(found)
    }

    /// Returns when the last task of the first look was created, if there are more.
    fn last_examined(&self, until: Timestamp) -> Result<Option<Timestamp>, TaskerError> {
        let arguments = [spi::timestamp(Timestamp::MINUS_INFINITY), spi::timestamp(until), EXAMINED.into()];
        let mut last = None;
        self.writer.session.read(Statement::LastExamined, &arguments, |row| {
            last = row.optional_timestamp(0);
            Ok(())
        })?;
        Ok(last)
    }

    /// Leaves out tasks that options of their own keep.
    fn without_kept(&self, layers: &Layers, tasks: Vec<EndedTask>) -> Result<Vec<EndedTask>, TaskerError> {
        let mut left = Vec::with_capacity(tasks.len());
        for task in tasks {
            let subject = ConfigSubject { task: Some(task.id.0), ..ConfigSubject::default() };
            let settings = settings(&*layers.applied_to(self.writer.session, subject)?)?;
            if settings.is_over(task.state, task.since, self.writer.now) {
                left.push(task);
            }
        }
        Ok(left)
    }
}

fn settings(effective: &EffectiveOptions) -> Result<RetentionSettings, TaskerError> {
    RetentionSettings::of(effective)
}

/// Reads a row of `delete/expired_tasks`.
fn ended_task(row: &Row) -> Option<EndedTask> {
    let (state, since) = row.text(1, TaskState::parse).zip(row.optional_timestamp(2))?;
    Some(EndedTask { id: TaskId(row.i64(0)), state, since })
}
