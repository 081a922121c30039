//! The readiness of every step: `tasker_step_readiness`, and the functions that replace the engine's own.

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::readiness::{Assessment, Reason, Semantics, assess};
use crate::core::steps::Step;
use crate::core::time::Timestamp;
use crate::pg::api::values::{self, States};
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::installation::{STEP_TABLES, TASK_AND_STEP_TABLES};
use crate::pg::host::{clock, settings};
use crate::pg::reading::loader::{self, Workflows};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_step_readiness(bigint, bigint[])`
    tasker_step_readiness_of_task, pg_finfo_tasker_step_readiness_of_task => of_task;
    /// `tasker_step_readiness_of_tasks(bigint[])`
    tasker_step_readiness_of_tasks, pg_finfo_tasker_step_readiness_of_tasks => of_tasks;
    /// Stands in for `get_step_readiness_status`.
    tasker_rails_step_readiness, pg_finfo_tasker_rails_step_readiness => rails_of_task;
    /// Stands in for `get_step_readiness_status_batch`.
    tasker_rails_step_readiness_batch, pg_finfo_tasker_rails_step_readiness_batch => rails_of_tasks;
}

fn of_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    corrected(call, &[task], call.bigints(1), |workflows| match workflows.task(task) {
        Some(_) => Ok(()),
        None => Err(TaskerError::TaskNotFound(task)),
    })
}

fn of_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    corrected(call, &values::distinct_tasks(call.bigints(0)), None, |_| Ok(()))
}

fn rails_of_task(call: &Call) -> Result<Datum, ErrorReport> {
    rails(call, &values::task(call.bigint(0)), call.bigints(1))
}

fn rails_of_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    rails(call, &values::distinct_tasks(call.bigints(0)), None)
}

/// `check` may refuse what was read.
fn corrected(
    call: &Call,
    tasks: &[TaskId],
    only: Option<Vec<i64>>,
    check: impl FnOnce(&Workflows) -> Result<(), TaskerError>,
) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    let (semantics, now) = (Semantics::Corrected, clock::statement_now());
    each_step(tasks, only, semantics, now, check, |columns, assessment| {
        let reason = assessment.verdict.reason().map(|reason| export::text(Reason::as_str(reason)));
        rows.push(with(columns, [reason, values::timestamp(assessment.next_eligible_at)]))
    })?;
    rows.done()
}

fn rails(call: &Call, tasks: &[TaskId], only: Option<Vec<i64>>) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    let (semantics, now) = (settings::rails_semantics(), clock::transaction_now());
    each_step(tasks, only, semantics, now, |_| Ok(()), |columns, _| rows.push(columns))?;
    rows.done()
}

/// The columns of `get_step_readiness_status` (semantics 9).
type Columns = [Option<Datum>; 16];

/// The columns, and two more.
fn with(columns: Columns, more: [Option<Datum>; 2]) -> [Option<Datum>; 18] {
    let mut all = [None; 18];
    all[..16].copy_from_slice(&columns);
    all[16..].copy_from_slice(&more);
    all
}

/// Hands over the columns of each step of these tasks that the caller may see, in order.
fn each_step(
    tasks: &[TaskId],
    only: Option<Vec<i64>>,
    semantics: Semantics,
    now: Timestamp,
    check: impl FnOnce(&Workflows) -> Result<(), TaskerError>,
    mut each: impl FnMut(Columns, &Assessment) -> Result<(), ErrorReport>,
) -> Result<(), ErrorReport> {
    let tables = match semantics {
        Semantics::V02 => STEP_TABLES,
        Semantics::Corrected => TASK_AND_STEP_TABLES,
    };
    let only = only.map(|mut ids| {
        ids.sort_unstable();
        ids
    });
    let asked = |step: &Step| only.as_ref().is_none_or(|ids| ids.binary_search(&step.id.0).is_ok());
    loader::read(tables, |reader| {
        let workflows = reader.workflows(tasks)?;
        check(&workflows)?;
        let steps = workflows.steps.all();
        let assessments = assess(&workflows.steps, |step| workflows.gate(step), now, semantics);
        let names = reader.names(steps.iter().map(|step| step.named_step_id))?;
        let states = States::new();
        for (step, assessment) in steps.iter().zip(&assessments) {
            if asked(step) && workflows.shows(step) {
                let columns = [
                    step.id.0.into_datum(),
                    step.task_id.0.into_datum(),
                    step.named_step_id.0.into_datum(),
                    names.get(step.named_step_id),
                    states.get(step.state),
                    assessment.dependencies_satisfied.into_datum(),
                    assessment.retry_eligible.into_datum(),
                    assessment.verdict.is_ready().into_datum(),
                    values::timestamp(assessment.last_failure_at),
                    values::timestamp(assessment.next_eligible_at),
                    values::integer(assessment.total_parents),
                    values::integer(assessment.completed_parents),
                    assessment.attempts.into_datum(),
                    assessment.retry_limit.into_datum(),
                    step.backoff_request_seconds.into_datum(),
                    values::timestamp(step.last_attempted_at),
                ];
                each(columns, assessment)?;
            }
        }
        Ok(())
    })
}
