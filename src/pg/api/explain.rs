//! `tasker_explain_step`: why a step is ready or not.

use super::values;
use crate::core::error::TaskerError;
use crate::core::explain::{Subject, explain};
use crate::pg::export::{self, Call, export};
use crate::pg::installation::TASK_AND_STEP_TABLES;
use crate::pg::leases::Lease;
use crate::pg::{clock, loader};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::HashMap;

export! {
    /// `tasker_explain_step(bigint)`
    tasker_explain_step, pg_finfo_tasker_explain_step => explain_step;
}

fn explain_step(call: &Call) -> Result<Datum, ErrorReport> {
    let step_id = values::step_argument(call)?;
    let explanation = loader::read(TASK_AND_STEP_TABLES, |reader| {
        let not_found = || TaskerError::StepNotFound(step_id);
        let task_id = reader.task_of_step(step_id)?.ok_or_else(not_found)?;
        let workflows = reader.workflows(&[task_id])?;
        let task = workflows.task(task_id).ok_or_else(not_found)?;
        let steps = workflows.steps.all();
        let at = steps.iter().position(|step| step.id == step_id).ok_or_else(not_found)?;
        if !workflows.shows(&steps[at]) {
            return Err(not_found().into());
        }
        let parents = workflows.steps.parents(at);
        let family = parents.iter().filter_map(|parent| parent.index).chain([at]);
        let mut names = HashMap::new();
        reader.each_name(family.map(|at| steps[at].named_step_id), |id, name| {
            names.insert(id, name.to_owned());
        })?;
        let name_of = |at: usize| names.get(&steps[at].named_step_id).cloned();
        let now = clock::statement_now();
        let assessment = &workflows.assess(now)[at];
        let name = name_of(at).unwrap_or_default();
        let lease =
            reader.lease(step_id)?.filter(|lease| !lease.is_over).map(Lease::into_public).transpose()?;
        let rule = workflows.steps.rule(&steps[at]);
        let subject = Subject { step: &steps[at], name, task, parents, rule, assessment, lease };
        Ok(explain(subject, |parent| parent.index.and_then(name_of), now))
    })?;
    export::document(&explanation)
}
