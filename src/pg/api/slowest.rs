//! `tasker_slowest_tasks`, `tasker_slowest_steps`, `tasker_step_durations`, and what the engine's own functions, which
//! fail whenever they are called (semantics R14), are replaced by.

use super::values;
use crate::core::config::{Section, TelemetrySettings};
use crate::core::error::TaskerError;
use crate::core::time::{Duration, Timestamp};
use crate::pg::clock;
use crate::pg::config::Subject;
use crate::pg::export::{Call, export};
use crate::pg::installation::ALL_TABLES;
use crate::pg::loader::{self, Reader};
use crate::pg::spi::{self, Statement};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

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
}

/// The engine's period when the caller names none.
fn day(_: &Reader) -> Result<Duration, TaskerError> {
    Ok(Duration::seconds(24 * 60 * 60))
}

/// Ours.
fn configured(reader: &Reader) -> Result<Duration, TaskerError> {
    let telemetry = reader.config(Section::Telemetry, Subject::default())?;
    Ok(TelemetrySettings::of(&telemetry)?.period())
}

fn slowest_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    slowest(
        call,
        (Statement::SlowestTasks, Statement::VisibleSlowestTasks),
        clock::statement_now(),
        configured,
    )
}

fn slowest_steps(call: &Call) -> Result<Datum, ErrorReport> {
    slowest(
        call,
        (Statement::SlowestSteps, Statement::VisibleSlowestSteps),
        clock::statement_now(),
        configured,
    )
}

fn rails_slowest_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    slowest(call, (Statement::SlowestTasks, Statement::VisibleSlowestTasks), clock::transaction_now(), day)
}

fn rails_slowest_steps(call: &Call) -> Result<Datum, ErrorReport> {
    slowest(call, (Statement::SlowestSteps, Statement::VisibleSlowestSteps), clock::transaction_now(), day)
}

/// The columns of the statement are those of the answer; a naive time in UTC is stored as one with a zone is.
fn slowest(
    call: &Call,
    (all, visible): (Statement, Statement),
    now: Timestamp,
    period: fn(&Reader) -> Result<Duration, TaskerError>,
) -> Result<Datum, ErrorReport> {
    if call.integer(1).is_some_and(|limit| limit < 0) {
        return Err(TaskerError::invalid("limit_count", "must not be negative").into());
    }
    let mut rows = call.rows()?;
    loader::read(ALL_TABLES, |reader| {
        let since = since(call, now, period(reader)?);
        let arguments = [Some(since), call.datum(1), call.datum(2), call.datum(3), call.datum(4)];
        rows.fill(|push| {
            reader.figures(all, visible, &arguments, |row| {
                push(std::array::from_fn::<_, 12, _>(|column| row.value(column)));
                Ok(())
            })
        })?;
        rows.done()
    })
}

fn step_durations(call: &Call) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    loader::read(ALL_TABLES, |reader| {
        let since = since(call, clock::statement_now(), configured(reader)?);
        let arguments = [Some(since), call.datum(1), call.datum(2), call.datum(3)];
        let statements = (Statement::StepDurations, Statement::VisibleStepDurations);
        rows.fill(|push| {
            reader.figures(statements.0, statements.1, &arguments, |row| {
                push(std::array::from_fn::<_, 10, _>(|column| row.value(column)));
                Ok(())
            })
        })?;
        rows.done()
    })
}

fn since(call: &Call, now: Timestamp, period: Duration) -> Datum {
    let before = Duration::microseconds(-period.to_microseconds());
    spi::timestamp(values::instant(call, 0).unwrap_or(now.plus(before)))
}
