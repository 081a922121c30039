//! `tasker_analytics`, and what the engine's own function is replaced by: what became of the tasks of a period.

use super::values;
use crate::core::insight::share;
use crate::core::readiness::Semantics;
use crate::core::time::{Duration, Timestamp};
use crate::pg::export::{Call, export};
use crate::pg::installation::ALL_TABLES;
use crate::pg::loader::{self, Reader};
use crate::pg::spi::{self, Statement};
use crate::pg::{clock, settings};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{AnyNumeric, IntoDatum};

export! {
    /// `tasker_analytics(timestamptz)`
    tasker_analytics, pg_finfo_tasker_analytics => analytics;
    /// Stands in for `get_analytics_metrics_v01`.
    tasker_rails_analytics, pg_finfo_tasker_rails_analytics => rails_analytics;
}

/// The period of the engine's function when the caller names none, and always that of its score.
const HOUR: Duration = Duration::seconds(-60 * 60);

/// The tasks of a period by what became of them.
#[derive(Clone, Copy, Debug, Default)]
struct Outcomes {
    tasks: i64,
    completed: i64,
    failed: i64,
}

/// What both readings answer.
#[derive(Clone, Copy, Debug, Default)]
struct Metrics {
    active_tasks: i64,
    namespaces: i64,
    task_types: i64,
    /// What the score is made of.
    score: Outcomes,
    period: Outcomes,
    task_seconds: Option<Datum>,
    step_seconds: Option<Datum>,
    steps: i64,
}

fn analytics(call: &Call) -> Result<Datum, ErrorReport> {
    answer(call, Semantics::Corrected, clock::statement_now())
}

fn rails_analytics(call: &Call) -> Result<Datum, ErrorReport> {
    answer(call, settings::rails_semantics(), clock::transaction_now())
}

fn answer(call: &Call, semantics: Semantics, now: Timestamp) -> Result<Datum, ErrorReport> {
    let since = values::instant(call, 0).unwrap_or(now.plus(HOUR));
    let mut rows = call.rows()?;
    loader::read(ALL_TABLES, |reader| {
        metrics(reader, semantics, since, now, |found| {
            let Metrics { score, period, .. } = *found;
            rows.push([
                found.active_tasks.into_datum(),
                found.namespaces.into_datum(),
                found.task_types.into_datum(),
                decimal(share(score.completed, score.completed + score.failed, 1, 3), "1.0"),
                period.tasks.into_datum(),
                period.completed.into_datum(),
                period.failed.into_datum(),
                decimal(share(period.completed, period.tasks, 100, 2), "0.0"),
                decimal(share(period.failed, period.tasks, 100, 2), "0.0"),
                found.task_seconds,
                found.step_seconds,
                found.steps.into_datum(),
                values::timestamp(Some(since)),
                values::timestamp(Some(now)),
            ])
        })?;
        rows.done()
    })
}

/// Hands over the metrics while what they point to is there.
fn metrics(
    reader: &Reader,
    semantics: Semantics,
    since: Timestamp,
    now: Timestamp,
    mut each: impl FnMut(&Metrics) -> Result<(), ErrorReport>,
) -> Result<(), ErrorReport> {
    let mut pushed = Ok(());
    let since = spi::timestamp(since);
    match semantics {
        Semantics::Corrected => {
            reader.figures(Statement::Analytics, Statement::VisibleAnalytics, &[Some(since)], |row| {
                let period = Outcomes { tasks: row.i64(3), completed: row.i64(4), failed: row.i64(5) };
                pushed = each(&Metrics {
                    active_tasks: row.i64(0),
                    namespaces: row.i64(1),
                    task_types: row.i64(2),
                    score: period,
                    period,
                    task_seconds: row.value(6),
                    step_seconds: row.value(7),
                    steps: row.i64(8),
                });
                Ok(())
            })?;
        }
        Semantics::V02 => {
            let arguments = [Some(since), Some(spi::timestamp(now.plus(HOUR)))];
            let statements = (Statement::EngineAnalytics, Statement::VisibleEngineAnalytics);
            reader.figures(statements.0, statements.1, &arguments, |row| {
                pushed = each(&Metrics {
                    active_tasks: row.i64(0),
                    namespaces: row.i64(1),
                    task_types: row.i64(2),
                    score: Outcomes { tasks: 0, completed: row.i64(3), failed: row.i64(4) },
                    period: Outcomes { tasks: row.i64(5), completed: row.i64(6), failed: row.i64(7) },
                    task_seconds: row.value(8),
                    step_seconds: row.value(9),
                    steps: row.i64(10),
                });
                Ok(())
            })?;
        }
    }
    pushed
}

/// A number in decimal notation; `otherwise`, as the engine writes it, when there is none.
fn decimal(number: Option<String>, otherwise: &str) -> Option<Datum> {
    AnyNumeric::try_from(number.as_deref().unwrap_or(otherwise)).ok().into_datum()
}
