//! `tasker_explain_step`: why a step is ready or not.

use crate::core::error::TaskerError;
use crate::core::explain::{Subject, explain};
use crate::core::ids::StepId;
use crate::core::readiness::{Semantics, assess};
use crate::pg::installation::{Installation, TASK_AND_STEP_TABLES};
use crate::pg::{clock, loader};
use pgrx::datum::JsonB;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

/// Everything that decides over one step, and the decision.
#[pg_extern(name = "tasker_explain_step", stable, parallel_restricted)]
fn explain_step(workflow_step_id: Option<i64>) -> Result<JsonB, ErrorReport> {
    let step_id = workflow_step_id.map(StepId).ok_or(TaskerError::NullArgument("workflow_step_id"))?;
    let installation = Installation::in_search_path()?;
    installation.require_select(TASK_AND_STEP_TABLES)?;
    let not_found = || TaskerError::StepNotFound(step_id);
    let task_id = loader::task_of_step(installation, step_id).ok_or_else(not_found)?;
    let workflows = loader::load(installation, &[task_id])?;
    let task = workflows.task(task_id).ok_or_else(not_found)?;
    let steps = workflows.steps.all();
    let at = steps.iter().position(|step| step.id == step_id).ok_or_else(not_found)?;
    if !workflows.shows(&steps[at]) {
        return Err(not_found().into());
    }
    let now = clock::statement_now();
    let assessments = assess(&workflows.steps, |_| task.state, now, Semantics::Corrected);
    let names = loader::names(installation, steps.iter().map(|step| step.named_step_id));
    let name_of = |place: usize| names.get(&steps[place].named_step_id).cloned();
    let subject = Subject {
        step: &steps[at],
        name: name_of(at).unwrap_or_default(),
        task,
        parents: workflows.steps.parents(at),
        assessment: &assessments[at],
    };
    let explanation = explain(subject, |parent| parent.index.and_then(name_of), now);
    serde_json::to_value(explanation).map(JsonB).map_err(|error| {
        ErrorReport::new(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, error.to_string(), "tasker_explain_step")
    })
}
