//! `tasker_system_health`, and the function that replaces the engine's own: the number of tasks and steps in each
//! state.

use crate::core::config::{HealthSettings, Section};
use crate::core::counts::CountKind;
use crate::core::error::TaskerError;
use crate::core::insight::{EngineCounts, StepCounts, TaskCounts, engine_health, health_problems};
use crate::core::readiness::{HoldTimes, Semantics, has_attempts_left};
use crate::core::time::Timestamp;
use crate::pg::datum::export::{Call, export};
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::host::{clock, settings};
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, Row, Statement};
use crate::pg::sync::counts::CountSubject;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_system_health()`
    tasker_system_health, pg_finfo_tasker_system_health => system_health;
    /// Stands in for `get_system_health_counts_v01`.
    tasker_rails_system_health, pg_finfo_tasker_rails_system_health => rails_system_health;
}

/// Connections of the server.
#[derive(Clone, Copy, Debug, Default)]
struct Connections {
    /// The connections that are active in this database.
    active: i64,
    /// Open on the whole server, which is what the maximum is about.
    open: i64,
    most: i64,
}

fn system_health(call: &Call) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let tasks = task_counts(reader)?;
        let steps = step_counts(reader)?;
        let in_backoff = in_backoff(reader, clock::statement_now())?;
        let connections = connections(reader)?;
        let settings = HealthSettings::of(&*reader.config(Section::Health, ConfigSubject::default())?)?;
        let problems = health_problems(&tasks, &steps, (connections.open, connections.most), &settings);
        let figures = [
            tasks.total,
            tasks.pending,
            tasks.in_progress,
            tasks.complete,
            tasks.error,
            tasks.cancelled,
            tasks.resolved_manually,
            steps.total,
            steps.pending,
            steps.in_progress,
            steps.complete,
            steps.error,
            steps.cancelled,
            steps.resolved_manually,
            steps.retryable_error,
            in_backoff,
            steps.exhausted_error(),
            steps.permanent_error,
            connections.active,
            connections.open,
            connections.most,
        ];
        let problems = spi::text_array(&problems);
        rows.push(std::array::from_fn::<_, 22, _>(|column| {
            figures.get(column).map_or(Some(problems), |figure| figure.into_datum())
        }))?;
        rows.done()
    })
}

fn rails_system_health(call: &Call) -> Result<Datum, ErrorReport> {
    let semantics = settings::rails_semantics();
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let connections = connections(reader)?;
        let (in_backoff, connected) = match semantics {
            Semantics::V02 => (0, connections.active),
            Semantics::Corrected => (in_backoff(reader, clock::transaction_now())?, connections.open),
        };
        let (tasks, steps) = (task_counts(reader)?, step_counts(reader)?);
        let [t0, t1, t2, t3, t4, t5, s0, s1, s2, s3, s4, s5, s6, s7] =
            engine_health(&tasks, &steps, in_backoff, semantics);
        let counts = [t0, t1, t2, t3, t4, t5, s0, s1, s2, s3, s4, s5, s6, s7, connected, connections.most];
        rows.push(counts.map(IntoDatum::into_datum))?;
        rows.done()
    })
}

fn task_counts(reader: &Reader) -> Result<TaskCounts, TaskerError> {
    let marks = reader.counts(CountSubject::Tasks)?;
    Ok(TaskCounts {
        total: marks.total(),
        pending: marks.get(CountKind::Fresh) + marks.get(CountKind::Pending),
        in_progress: marks.get(CountKind::InProgress),
        complete: marks.get(CountKind::Complete),
        error: marks.get(CountKind::Error),
        cancelled: marks.get(CountKind::Cancelled),
        resolved_manually: marks.get(CountKind::ResolvedManually),
        noted_pending: marks.get(CountKind::Pending),
    })
}

fn step_counts(reader: &Reader) -> Result<StepCounts, TaskerError> {
    let marks = reader.counts(CountSubject::Steps)?;
    Ok(StepCounts {
        total: marks.total(),
        pending: marks.get(CountKind::Fresh) + marks.get(CountKind::Pending),
        in_progress: marks.get(CountKind::InProgress),
        complete: marks.get(CountKind::Complete),
        error: marks.get(CountKind::Error),
        cancelled: marks.get(CountKind::Cancelled),
        resolved_manually: marks.get(CountKind::ResolvedManually),
        retryable_error: marks.get(CountKind::Retryable),
        permanent_error: marks.get(CountKind::Permanent),
        engine: EngineCounts {
            noted_pending: marks.get(CountKind::Pending),
            retryable: marks.get(CountKind::RetryableV02),
            exhausted: marks.get(CountKind::ExhaustedV02),
            in_backoff: marks.get(CountKind::InBackoffV02),
        },
    })
}

/// The number of failed steps that still wait for their retry.
fn in_backoff(reader: &Reader, now: Timestamp) -> Result<i64, TaskerError> {
    let mut waiting = 0;
    let mut look = |row: &Row| {
        let step = loader::step(row)?;
        let until = HoldTimes::of(&step).latest().filter(|_| has_attempts_left(&step));
        waiting += i64::from(until.is_some_and(|until| until > now));
        Ok(())
    };
    if reader.is_filtered() {
        reader.optional_as_caller(Statement::VisibleFailedSteps, &[], look)?;
    } else {
        reader.session.read(Statement::WaitingSteps, &[spi::timestamp(now)], &mut look)?;
    }
    Ok(waiting)
}

/// Reads the connections as the caller, who may not see those of other roles.
fn connections(reader: &Reader) -> Result<Connections, TaskerError> {
    let mut connections = Connections::default();
    reader.as_caller(Statement::Connections, &[], |row| {
        connections = Connections { active: row.i64(0), open: row.i64(1), most: row.i64(2) };
    })?;
    Ok(connections)
}
