//! `tasker_transition_step`, `tasker_transition_task`, and whether they would succeed.

use crate::core::error::TaskerError;
use crate::core::operate;
use crate::core::state::{StepState, TaskState};
use crate::core::wording::one_of;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::execution::finalization::assess_task;
use crate::pg::execution::transitions::RequestedTransitions;
use crate::pg::host::clock;
use crate::pg::host::installation::{RailsTable, TASK_AND_STEP_TABLES};
use crate::pg::reading::loader;
use crate::pg::writing::writer::{NewTransition, write};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use serde_json::{Map, Value};

export! {
    /// `tasker_transition_step(bigint, text, jsonb, text)`
    tasker_transition_step, pg_finfo_tasker_transition_step => transition_step;
    /// `tasker_transition_task(bigint, text, jsonb, text)`
    tasker_transition_task, pg_finfo_tasker_transition_task => transition_task;
    /// `tasker_can_transition_step(bigint, text)`
    tasker_can_transition_step, pg_finfo_tasker_can_transition_step => can_transition_step;
    /// `tasker_can_transition_task(bigint, text)`
    tasker_can_transition_task, pg_finfo_tasker_can_transition_task => can_transition_task;
}

fn transition_step(call: &Call) -> Result<Datum, ErrorReport> {
    let step = values::step_argument(call)?;
    let to = target(call, StepState::parse)?;
    let (metadata, expected) = (metadata(call)?, expected(call, StepState::parse)?);
    push(call, || {
        write(|writer| {
            writer.installation.require_select(TASK_AND_STEP_TABLES)?;
            writer.installation.require_write(&[RailsTable::WorkflowSteps])?;
            let (from, moved) =
                RequestedTransitions::of(writer).transition_step(step, to, metadata, expected)?;
            Ok((from.as_str(), to.as_str(), moved, StepState::event(Some(from), to)))
        })
    })
}

fn transition_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let to = target(call, TaskState::parse)?;
    let (metadata, expected) = (metadata(call)?, expected(call, TaskState::parse)?);
    push(call, || {
        write(|writer| {
            writer.installation.require_select(TASK_AND_STEP_TABLES)?;
            writer.installation.require_write(&[RailsTable::Tasks])?;
            let (from, moved) =
                RequestedTransitions::of(writer).transition_task(task, to, metadata, expected)?;
            Ok((from.as_str(), to.as_str(), moved, TaskState::event(Some(from), to)))
        })
    })
}

/// Source state, target state, the written transition, and its event.
type Transition = (&'static str, &'static str, NewTransition, &'static str);

fn push(
    call: &Call,
    transition: impl FnOnce() -> Result<Transition, ErrorReport>,
) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    let (from, to, moved, event) = transition()?;
    rows.push([
        moved.transition_id.into_datum(),
        Some(export::text(from)),
        Some(export::text(to)),
        moved.sort_key.into_datum(),
        Some(export::text(event)),
    ])?;
    rows.done()
}

fn can_transition_step(call: &Call) -> Result<Datum, ErrorReport> {
    let id = values::step_argument(call)?;
    let to = target(call, StepState::parse)?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let not_found = || TaskerError::StepNotFound(id);
        let task = reader.task_of_step(id)?.ok_or_else(not_found)?;
        let workflows = reader.workflows(&[task])?;
        let steps = workflows.steps.all();
        let at = steps.iter().position(|step| step.id == id).ok_or_else(not_found)?;
        let step = &steps[at];
        if !workflows.shows(step) {
            return Err(not_found().into());
        }
        let decision = workflows.steps.decision(step, clock::statement_now());
        let (parents, gate) = (workflows.steps.parents(at), workflows.gate(step));
        let verdict = operate::check_step(step, parents, decision, gate, to);
        Ok(Datum::from(verdict.is_ok()))
    })
}

fn can_transition_task(call: &Call) -> Result<Datum, ErrorReport> {
    let id = values::task_argument(call)?;
    let to = target(call, TaskState::parse)?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let workflows = reader.workflows(&[id])?;
        let from = workflows.task(id).ok_or(TaskerError::TaskNotFound(id))?.state;
        let plan = assess_task(reader, id, clock::statement_now())?.plan;
        Ok(Datum::from(operate::check_task(id, from, to, || Ok(plan)).is_ok()))
    })
}

fn target<S>(call: &Call, parse: impl Fn(&str) -> Option<S>) -> Result<S, TaskerError> {
    let text = call.text(1).ok_or(TaskerError::NullArgument("to_state"))?;
    parse(&text).ok_or_else(|| unknown("to_state"))
}

/// `None`: whatever the state is.
fn expected<S>(call: &Call, parse: impl Fn(&str) -> Option<S>) -> Result<Option<S>, TaskerError> {
    call.text(3).map(|text| parse(&text).ok_or_else(|| unknown("expected_state"))).transpose()
}

fn metadata(call: &Call) -> Result<Map<String, Value>, TaskerError> {
    match call.json(2)?.ok_or(TaskerError::NullArgument("metadata"))? {
        Value::Object(metadata) => Ok(metadata),
        _ => Err(TaskerError::invalid("metadata", "must be a JSON object")),
    }
}

fn unknown(argument: &'static str) -> TaskerError {
    TaskerError::invalid(argument, one_of(&StepState::ALL.map(StepState::as_str)))
}
