//! `tasker_complete_step`, `tasker_complete_steps`, `tasker_fail_step`: ending an execution.

use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::outcome;
use crate::core::retry_after::shortened;
use crate::core::state::StepState;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, Element, export};
use crate::pg::execution::completions::{CompletionRequest, Completions};
use crate::pg::execution::executions::{Executions, Failure};
use crate::pg::execution::leases::Token;
use crate::pg::spi;
use crate::pg::writing::writer::write;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::HashSet;

export! {
    /// `tasker_complete_step(bigint, jsonb, uuid)`
    tasker_complete_step, pg_finfo_tasker_complete_step => complete_step;
    /// `tasker_complete_steps(bigint[], uuid[], jsonb[])`
    tasker_complete_steps, pg_finfo_tasker_complete_steps => complete_steps;
    /// `tasker_fail_step(bigint, jsonb, boolean, text, uuid)`
    tasker_fail_step, pg_finfo_tasker_fail_step => fail_step;
}

fn complete_step(call: &Call) -> Result<Datum, ErrorReport> {
    let step = values::step_argument(call)?;
    let mut rows = call.rows()?;
    write(|writer| {
        let completed =
            Completions::of(writer).complete(step, call.datum(1), call.datum(2).map(Token::of))?;
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

fn complete_steps(call: &Call) -> Result<Datum, ErrorReport> {
    let requests = requests(call)?;
    let mut rows = call.rows()?;
    write(|writer| {
        let steps: Vec<i64> = requests.iter().map(|request| request.step.0).collect();
        for (step, answer) in steps.into_iter().zip(Completions::of(writer).complete_many(requests)?) {
            let (completed, refusal) = match answer {
                Ok(completed) => (Some(completed), None),
                Err(error) if error.is_refusal() => (None, Some(error.to_string())),
                Err(error) => return Err(error.into()),
            };
            let completed = completed.as_ref();
            rows.push([
                step.into_datum(),
                completed.map(|_| export::text(StepState::Complete.as_str())),
                completed.map(|completed| spi::bigint_array(&completed.ready)),
                completed.and_then(|completed| completed.task.0.into_datum()),
                completed.map(|completed| export::text(completed.task_state.as_str())),
                completed.and_then(|completed| completed.is_repeated.into_datum()),
                refusal.map(|refusal| export::text(&refusal)),
            ])?;
        }
        rows.done()
    })
}

/// Reads the arguments for each execution.
fn requests(call: &Call) -> Result<Vec<CompletionRequest>, TaskerError> {
    // An aggregate over no rows is NULL: a list without elements.
    let steps = call.elements(0, Element::Bigint).unwrap_or_default();
    let aligned = |name, argument, element| match call.elements(argument, element) {
        None => Ok(vec![None; steps.len()]),
        Some(elements) if elements.len() == steps.len() => Ok(elements),
        Some(_) => Err(TaskerError::invalid(name, "must have as many elements as \"workflow_step_ids\"")),
    };
    let tokens = aligned("claim_tokens", 1, Element::Uuid)?;
    let results = aligned("results", 2, Element::Json)?;
    let mut seen = HashSet::new();
    let mut requests = Vec::with_capacity(steps.len());
    for ((step, token), results) in steps.into_iter().zip(tokens).zip(results) {
        let step = step.ok_or(TaskerError::NullArgument("workflow_step_ids"))?.value() as i64;
        if !seen.insert(step) {
            return Err(TaskerError::invalid(
                "workflow_step_ids",
                format!("must not name step {step} twice"),
            ));
        }
        requests.push(CompletionRequest { step: StepId(step), token: token.map(Token::of), results });
    }
    Ok(requests)
}

fn fail_step(call: &Call) -> Result<Datum, ErrorReport> {
    let step = values::step_argument(call)?;
    let error = call.json(1)?.ok_or(TaskerError::NullArgument("error"))?;
    let is_retryable = call.boolean(2).ok_or(TaskerError::NullArgument("retryable"))?;
    let retry_after = call.text(3);
    let mut rows = call.rows()?;
    write(|writer| {
        let asked = values::retry_after(retry_after.as_deref(), writer.now);
        let failure = Failure {
            results: outcome::error_results(error),
            is_retryable,
            unreadable_retry_after: retry_after.filter(|_| asked.is_err()).map(|header| shortened(&header)),
            retry_after_seconds: asked.unwrap_or_default(),
        };
        let failed = Executions::of(writer).fail(step, &failure, call.datum(4).map(Token::of))?;
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
