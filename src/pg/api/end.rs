//! `tasker_complete_step`, `tasker_fail_step`: how an execution ends.

use super::values;
use crate::core::error::TaskerError;
use crate::core::outcome;
use crate::core::state::StepState;
use crate::pg::executions::Failure;
use crate::pg::export::{self, Call, export};
use crate::pg::leases::Token;
use crate::pg::spi;
use crate::pg::writer::write;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_complete_step(bigint, jsonb, uuid)`
    tasker_complete_step, pg_finfo_tasker_complete_step => complete_step;
    /// `tasker_fail_step(bigint, jsonb, boolean, text, uuid)`
    tasker_fail_step, pg_finfo_tasker_fail_step => fail_step;
}

fn complete_step(call: &Call) -> Result<Datum, ErrorReport> {
    let step = values::step_argument(call)?;
    let mut rows = call.rows()?;
    write(|writer| {
        let completed = writer.complete(step, call.datum(1), call.datum(2).map(Token::of))?;
        rows.push([
            step.0.into_datum(),
            Some(export::text(StepState::Complete.as_str())),
            Some(spi::bigint_array(&completed.ready)),
            completed.task.0.into_datum(),
            Some(export::text(completed.task_state.as_str())),
            completed.is_repeated.into_datum(),
        ])?;
        rows.done()
    })
}

fn fail_step(call: &Call) -> Result<Datum, ErrorReport> {
    let step = values::step_argument(call)?;
    let error = call.json(1).ok_or(TaskerError::NullArgument("error"))?;
    let is_retryable = call.boolean(2).ok_or(TaskerError::NullArgument("retryable"))?;
    let retry_after = call.text(3);
    let mut rows = call.rows()?;
    write(|writer| {
        let failure = Failure {
            results: outcome::error_results(error),
            is_retryable,
            retry_after_seconds: values::retry_after(retry_after.as_deref(), writer.now)?,
        };
        let failed = writer.fail(step, &failure, call.datum(4).map(Token::of))?;
        rows.push([
            step.0.into_datum(),
            Some(export::text(StepState::Error.as_str())),
            failed.attempts.into_datum(),
            failed.retry_limit.into_datum(),
            values::timestamp(failed.next_eligible_at),
            failed.is_exhausted.into_datum(),
            failed.task.0.into_datum(),
            Some(export::text(failed.task_state.as_str())),
            failed.is_repeated.into_datum(),
        ])?;
        rows.done()
    })
}
