//! `tasker_analytics`, and the function that replaces the engine's own: a summary of the tasks of a period.

use crate::core::counts::CountKind;
use crate::core::error::TaskerError;
use crate::core::insight::share;
use crate::core::period::Outcomes;
use crate::core::readiness::Semantics;
use crate::core::time::{Duration, Timestamp};
use crate::pg::api::values::{self, decimal};
use crate::pg::datum::export::{Call, export};
use crate::pg::host::installation::ALL_TABLES;
use crate::pg::host::{clock, settings};
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::Statement;
use crate::pg::sync::counts::CountSubject;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_analytics(timestamptz)`
    tasker_analytics, pg_finfo_tasker_analytics => analytics;
    /// Stands in for `get_analytics_metrics_v01`.
    tasker_rails_analytics, pg_finfo_tasker_rails_analytics => rails_analytics;
}

/// The period of the engine's function when the caller names none, and always that of its score.
const HOUR: Duration = Duration::seconds(-60 * 60);

/// The answer in both readings.
struct Metrics {
    active_tasks: i64,
    namespaces: i64,
    task_types: i64,
    /// The outcomes that the score is computed from.
    score: Outcomes,
    period: Outcomes,
    task_seconds: Option<String>,
    step_seconds: Option<String>,
    steps: i64,
}

fn analytics(call: &Call) -> Result<Datum, ErrorReport> {
    answer(call, clock::statement_now(), |reader, since, _| corrected(reader, since))
}

fn rails_analytics(call: &Call) -> Result<Datum, ErrorReport> {
    answer(call, clock::transaction_now(), |reader, since, now| match settings::rails_semantics() {
        Semantics::Corrected => corrected(reader, since),
        Semantics::V02 => v02(reader, since, now),
    })
}

fn answer(
    call: &Call,
    now: Timestamp,
    metrics: fn(&Reader, Timestamp, Timestamp) -> Result<Metrics, TaskerError>,
) -> Result<Datum, ErrorReport> {
    let since = values::instant(call, 0).unwrap_or(now.plus(HOUR));
    let mut rows = call.rows()?;
    loader::read(ALL_TABLES, |reader| {
        let Metrics {
            active_tasks,
            namespaces,
            task_types,
            score,
            period,
            task_seconds,
            step_seconds,
            steps,
        } = metrics(reader, since, now)?;
        rows.push([
            active_tasks.into_datum(),
            namespaces.into_datum(),
            task_types.into_datum(),
            decimal(
                &share(score.completed, score.completed + score.failed, 1, 3).unwrap_or("1.0".to_owned()),
            ),
            period.tasks.into_datum(),
            period.completed.into_datum(),
            period.failed.into_datum(),
            decimal(&share(period.completed, period.tasks, 100, 2).unwrap_or("0.0".to_owned())),
            decimal(&share(period.failed, period.tasks, 100, 2).unwrap_or("0.0".to_owned())),
            task_seconds.and_then(|seconds| decimal(&seconds)),
            step_seconds.and_then(|seconds| decimal(&seconds)),
            steps.into_datum(),
            values::timestamp(Some(since)),
            values::timestamp(Some(now)),
        ])?;
        rows.done()
    })
}

fn corrected(reader: &Reader, since: Timestamp) -> Result<Metrics, TaskerError> {
    let mut period = reader.tasks_created_after(since, |_| true)?;
    reader.count_steps(&mut period)?;
    let counts = reader.counts(CountSubject::Tasks)?;
    let active_tasks = [CountKind::Fresh, CountKind::Pending, CountKind::InProgress]
        .map(|mark| counts.get(mark))
        .iter()
        .sum();
    let [namespaces, task_types, ..] = kinds(reader)?;
    let outcomes = period.outcomes();
    Ok(Metrics {
        active_tasks,
        namespaces,
        task_types,
        score: outcomes,
        period: outcomes,
        task_seconds: period.task_seconds(),
        step_seconds: period.step_seconds(since),
        steps: period.steps(since),
    })
}

/// Counts as the engine does (semantics R15): by the steps' transitions alone, with the score always of the last hour.
fn v02(reader: &Reader, since: Timestamp, now: Timestamp) -> Result<Metrics, TaskerError> {
    let an_hour_ago = now.plus(HOUR);
    let mut period = reader.tasks_created_after(since.min(an_hour_ago), |_| true)?;
    let mut active = Vec::new();
    reader.each_step_created_after(Timestamp::MINUS_INFINITY, |step| {
        period.count(step);
        if step.is_active_v02() && active.last() != Some(&step.task) {
            active.push(step.task);
        }
    })?;
    active.sort_unstable();
    active.dedup();
    let [.., namespaces, task_types] = kinds(reader)?;
    let nothing = || Some("0.000".to_owned());
    Ok(Metrics {
        active_tasks: active.len() as i64,
        namespaces,
        task_types,
        score: period.outcomes_v02(an_hour_ago),
        period: period.outcomes_v02(since),
        task_seconds: period.task_seconds_v02(since).or_else(nothing),
        step_seconds: period.step_seconds(since).or_else(nothing),
        steps: period.steps(since),
    })
}

/// The numbers of namespaces and names with tasks, in the corrected reading and in the engine's.
fn kinds(reader: &Reader) -> Result<[i64; 4], TaskerError> {
    let mut counts = [0; 4];
    reader.figures(Statement::Kinds, Statement::Kinds, &[], |row| {
        counts = std::array::from_fn(|column| row.i64(column));
        Ok(())
    })?;
    Ok(counts)
}
