//! `tasker_recommended_concurrency`: the number of steps that a process should run at once.

use crate::core::concurrency::{Load, Pool, recommend};
use crate::core::config::{ExecutionSettings, Section};
use crate::core::counts::{CountKind, Marks};
use crate::core::error::TaskerError;
use crate::pg::datum::export::{Call, export};
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::sync::counts::CountSubject;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_recommended_concurrency(integer, integer, bigint, bigint, bigint, bigint, bigint)`
    tasker_recommended_concurrency, pg_finfo_tasker_recommended_concurrency => recommended_concurrency;
}

fn recommended_concurrency(call: &Call) -> Result<Datum, ErrorReport> {
    let pool = match (call.integer(0), call.integer(1)) {
        (None, None) => None,
        (None, Some(_)) => {
            return Err(
                TaskerError::invalid("busy_connections", "must not be passed without pool_size").into()
            );
        }
        (Some(size), busy) => Some(Pool { size: size.into(), busy: busy.unwrap_or(0).into() }),
    };
    let counts = [call.bigint(3), call.bigint(4), call.bigint(5), call.bigint(6)];
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let load = match counts {
            [Some(active_tasks), Some(total_tasks), Some(active_steps), Some(total_steps)] => {
                Load { active_tasks, total_tasks, active_steps, total_steps }
            }
            _ => counted(reader)?,
        };
        let subject = ConfigSubject { task: call.bigint(2), ..ConfigSubject::default() };
        let settings = ExecutionSettings::of(&*reader.config(Section::Execution, subject)?)?;
        Ok(recommend(load, pool, &settings).into())
    })
}

/// Counts the tasks and steps of the installation.
fn counted(reader: &Reader) -> Result<Load, TaskerError> {
    let active = |marks: &Marks| {
        [CountKind::Fresh, CountKind::Pending, CountKind::InProgress]
            .into_iter()
            .map(|mark| marks.get(mark))
            .sum()
    };
    let (tasks, steps) = (reader.counts(CountSubject::Tasks)?, reader.counts(CountSubject::Steps)?);
    Ok(Load {
        active_tasks: active(&tasks),
        total_tasks: tasks.total(),
        active_steps: active(&steps),
        total_steps: steps.total(),
    })
}
