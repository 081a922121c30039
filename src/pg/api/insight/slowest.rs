//! `tasker_slowest_tasks`, `tasker_slowest_steps`, `tasker_task_durations`, `tasker_step_durations`,
//! `tasker_step_trends`, and the functions that replace the engine's own. Those raise an error at every call (semantics
//! R14).

use crate::core::config::{Section, TelemetrySettings};
use crate::core::error::TaskerError;
use crate::core::ids::{NamedTaskId, TaskId};
use crate::core::period::{Longest, StepTimes, mean_seconds};
use crate::core::time::{Duration, Timestamp};
use crate::pg::api::values::{self, decimal};
use crate::pg::datum::export::{Call, export};
use crate::pg::host::clock;
use crate::pg::host::installation::ALL_TABLES;
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, LookUp, Statement};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::HashSet;

export! {
    /// `tasker_slowest_tasks(timestamptz, integer, text, text, text)`
    tasker_slowest_tasks, pg_finfo_tasker_slowest_tasks => slowest_tasks;
    /// `tasker_slowest_steps(timestamptz, integer, text, text, text)`
    tasker_slowest_steps, pg_finfo_tasker_slowest_steps => slowest_steps;
    /// Stands in for `get_slowest_tasks_v01`.
    tasker_rails_slowest_tasks, pg_finfo_tasker_rails_slowest_tasks => rails_slowest_tasks;
    /// Stands in for `get_slowest_steps_v01`.
    tasker_rails_slowest_steps, pg_finfo_tasker_rails_slowest_steps => rails_slowest_steps;
    /// `tasker_step_durations(timestamptz, text, text, text)`
    tasker_step_durations, pg_finfo_tasker_step_durations => step_durations;
    /// `tasker_task_durations(timestamptz, text, text, text)`
    tasker_task_durations, pg_finfo_tasker_task_durations => task_durations;
    /// `tasker_step_trends(timestamptz, timestamptz, text, text, text)`
    tasker_step_trends, pg_finfo_tasker_step_trends => step_trends;
}

/// The engine's period when the caller names none.
fn day(_: &Reader) -> Result<Duration, TaskerError> {
    Ok(Duration::seconds(24 * 60 * 60))
}

/// The configured default period.
fn configured(reader: &Reader) -> Result<Duration, TaskerError> {
    let telemetry = reader.config(Section::Telemetry, ConfigSubject::default())?;
    Ok(TelemetrySettings::of(&telemetry)?.period())
}

fn slowest_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    tasks(call, clock::statement_now(), configured)
}

fn slowest_steps(call: &Call) -> Result<Datum, ErrorReport> {
    steps(call, clock::statement_now(), configured)
}

fn rails_slowest_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    tasks(call, clock::transaction_now(), day)
}

fn rails_slowest_steps(call: &Call) -> Result<Datum, ErrorReport> {
    steps(call, clock::transaction_now(), day)
}

fn tasks(
    call: &Call,
    now: Timestamp,
    period: fn(&Reader) -> Result<Duration, TaskerError>,
) -> Result<Datum, ErrorReport> {
    let limit = limit(call)?;
    let mut rows = call.rows()?;
    loader::read(ALL_TABLES, |reader| {
        let since = since(call, now, period(reader)?);
        let wanted = TaskNameFilter::of(call, reader)?;
        let mut period = reader.tasks_created_after(since, |named| wanted.contains(named))?;
        reader.count_steps(&mut period)?;
        let mut longest = Longest::new(limit);
        for tally in period.tallies() {
            if let Some(taken) = tally.taken() {
                longest.offer(taken, tally.task.0, (taken, tally));
            }
        }
        let slow = longest.into_longest();
        let ids: Vec<i64> = slow.iter().map(|(_, tally)| tally.task.0).collect();
        let arguments = [Some(spi::bigint_array(&ids))];
        rows.fill(|push| {
            reader.figures(Statement::SlowTasks, Statement::SlowTasks, &arguments, |row| {
                let place = usize::try_from(row.i64(0)).ok().and_then(|place| place.checked_sub(1));
                let Some((taken, tally)) = place.and_then(|place| slow.get(place)) else { return Ok(()) };
                push([
                    row.value(1),
                    row.value(2),
                    row.value(3),
                    row.value(4),
                    mean_seconds((*taken).into(), 1).and_then(|seconds| decimal(&seconds)),
                    i64::from(tally.steps).into_datum(),
                    i64::from(tally.completed).into_datum(),
                    i64::from(tally.failed).into_datum(),
                    row.value(5),
                    tally.ended_at.map(spi::timestamp),
                    row.value(6),
                    row.value(7),
                ]);
                Ok(())
            })
        })?;
        rows.done()
    })
}

fn steps(
    call: &Call,
    now: Timestamp,
    period: fn(&Reader) -> Result<Duration, TaskerError>,
) -> Result<Datum, ErrorReport> {
    let limit = limit(call)?;
    let mut rows = call.rows()?;
    loader::read(ALL_TABLES, |reader| {
        let since = since(call, now, period(reader)?);
        let wanted = TaskNameFilter::of(call, reader)?;
        let mut longest = Longest::new(limit);
        if wanted.is_any() {
            reader.each_step_created_after(since, |step| offer(&mut longest, step))?;
        } else {
            let mut found = Vec::new();
            reader.each_step_created_after(since, |step| found.extend(step.taken().map(|_| *step)))?;
            let tasks = wanted.among(reader, found.iter().map(|step| step.task))?;
            found.iter().filter(|step| tasks.contains(&step.task)).for_each(|step| offer(&mut longest, step));
        }
        let arguments = [Some(spi::bigint_array(&longest.into_longest()))];
        rows.fill(|push| {
            reader.figures(Statement::SlowSteps, Statement::VisibleSlowSteps, &arguments, |row| {
                push(std::array::from_fn::<_, 12, _>(|column| row.value(column)));
                Ok(())
            })
        })?;
        rows.done()
    })
}

fn offer(longest: &mut Longest<i64>, step: &StepTimes) {
    if let Some(taken) = step.taken() {
        longest.offer(taken, step.step.0, step.step.0);
    }
}

/// The names of the wanted tasks; `None`: any.
struct TaskNameFilter(Option<HashSet<NamedTaskId>>);

impl TaskNameFilter {
    fn of(call: &Call, reader: &Reader) -> Result<Self, TaskerError> {
        let filters = [call.datum(2), call.datum(3), call.datum(4)];
        if filters.iter().all(Option::is_none) {
            return Ok(Self(None));
        }
        let mut wanted = HashSet::new();
        reader.figures(Statement::WantedKinds, Statement::WantedKinds, &filters, |row| {
            wanted.insert(NamedTaskId(row.i32(0)));
            Ok(())
        })?;
        Ok(Self(Some(wanted)))
    }

    fn is_any(&self) -> bool {
        self.0.is_none()
    }

    fn contains(&self, named: NamedTaskId) -> bool {
        self.0.as_ref().is_none_or(|wanted| wanted.contains(&named))
    }

    /// The tasks of these names among some tasks.
    fn among(
        &self,
        reader: &Reader,
        tasks: impl Iterator<Item = TaskId>,
    ) -> Result<HashSet<TaskId>, TaskerError> {
        let tasks: Vec<i64> = tasks.map(|task| task.0).collect();
        let mut among = HashSet::new();
        reader.session.look_up(LookUp::Tasks, &tasks, |row| {
            if self.contains(NamedTaskId(row.i32(1))) {
                among.insert(TaskId(row.i64(0)));
            }
            Ok(())
        })?;
        Ok(among)
    }
}

/// The number of requested rows; NULL: all.
fn limit(call: &Call) -> Result<usize, TaskerError> {
    call.integer(1).map_or(Ok(usize::MAX), |limit| {
        usize::try_from(limit).map_err(|_| TaskerError::invalid("max_rows", "must not be negative"))
    })
}

fn step_durations(call: &Call) -> Result<Datum, ErrorReport> {
    durations::<10>(call, (Statement::StepDurations, Statement::VisibleStepDurations))
}

fn task_durations(call: &Call) -> Result<Datum, ErrorReport> {
    durations::<9>(call, (Statement::TaskDurations, Statement::VisibleTaskDurations))
}

/// The columns of the statement are those of the answer.
fn durations<const COLUMNS: usize>(
    call: &Call,
    (all, visible): (Statement, Statement),
) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    loader::read(ALL_TABLES, |reader| {
        let since = since(call, clock::statement_now(), configured(reader)?);
        let arguments = [Some(spi::timestamp(since)), call.datum(1), call.datum(2), call.datum(3)];
        rows.fill(|push| {
            reader.figures(all, visible, &arguments, |row| {
                push(std::array::from_fn::<_, COLUMNS, _>(|column| row.value(column)));
                Ok(())
            })
        })?;
        rows.done()
    })
}

fn step_trends(call: &Call) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    loader::read(ALL_TABLES, |reader| {
        let now = clock::statement_now();
        let since = since(call, now, configured(reader)?);
        let compared_since = values::instant(call, 1).unwrap_or(before(since, now));
        if compared_since >= since {
            return Err(TaskerError::invalid("compared_since", "must be earlier than since").into());
        }
        let [since, compared_since] = [since, compared_since].map(|at| Some(spi::timestamp(at)));
        let arguments = [compared_since, since, call.datum(2), call.datum(3), call.datum(4)];
        rows.fill(|push| {
            reader.figures(Statement::StepTrends, Statement::VisibleStepTrends, &arguments, |row| {
                push(std::array::from_fn::<_, 11, _>(|column| row.value(column)));
                Ok(())
            })
        })?;
        rows.done()
    })
}

/// The begin of a period that ends where another one begins, and is seven times as long: a day is compared with the
/// week before.
fn before(since: Timestamp, now: Timestamp) -> Timestamp {
    let length = now.to_postgres().saturating_sub(since.to_postgres()).max(1);
    since.plus(Duration::microseconds(length.saturating_mul(-7)))
}

fn since(call: &Call, now: Timestamp, period: Duration) -> Timestamp {
    let before = Duration::microseconds(-period.to_microseconds());
    values::instant(call, 0).unwrap_or(now.plus(before))
}
