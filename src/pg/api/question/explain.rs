//! `tasker_explain_step`: explains why a step is ready or not.

use crate::core::error::TaskerError;
use crate::core::explain::{StepSurroundings, explain};
use crate::core::steps::Parent;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::execution::leases::Lease;
use crate::pg::execution::troubles::WorkKind;
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::host::{clock, transactions};
use crate::pg::queue::times;
use crate::pg::reading::config::ConfiguredTimes;
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::reading::loader;
use crate::pg::spi::Statement;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::HashMap;

export! {
    /// `tasker_explain_step(bigint)`
    tasker_explain_step, pg_finfo_tasker_explain_step => explain_step;
    /// `_tasker_open_transaction(xid)`
    tasker_open_transaction, pg_finfo_tasker_open_transaction => open_transaction;
}

fn open_transaction(call: &Call) -> Result<Datum, ErrorReport> {
    let found = call.datum(0).and_then(transactions::open);
    Ok(found.map_or_else(|| call.null(), |found| Datum::from(found.number)))
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
        let mut rule = workflows.steps.rule(&steps[at]).cloned();
        if let Some(waited) = rule.as_mut().and_then(|rule| rule.waited_task.as_mut())
            && reader.visible_among(Statement::VisibleTasks, &[waited.id.0])?.is_empty()
        {
            waited.state = None;
        }
        let mut put_aside = Vec::new();
        for kind in [WorkKind::Step, WorkKind::Claim] {
            put_aside.extend(reader.trouble(kind, step_id.0)?);
        }
        let locked_by = reader.held_by(&[step_id])?.map(|(_, locked_by)| locked_by);
        let kept = times::of_steps(reader.session, &[step_id.0])?.remove(&step_id);
        let ends_at =
            kept.and_then(|kept| kept.execution).filter(|_| lease.is_some()).map(|(_, ends_at)| ends_at);
        let own = kept.map(|kept| kept.times).unwrap_or_default();
        let limits = ConfiguredTimes::read(reader.session)?.complete(
            reader.session,
            own,
            ConfigSubject::of(&steps[at]),
        )?;
        let times = (limits.is_limited() || ends_at.is_some()).then_some((limits, ends_at));
        let rule = rule.as_ref();
        let subject = StepSurroundings {
            step: &steps[at],
            name,
            task,
            parents,
            rule,
            assessment,
            lease,
            put_aside,
            locked_by,
            times,
        };
        let others = parents.iter().filter(|parent| parent.index.is_none());
        let others: Vec<i64> = others.map(|parent| parent.id.0).collect();
        let visible = reader.visible_among(Statement::VisibleAmongSteps, &others)?;
        let is_shown = |parent: &Parent| match parent.index {
            Some(at) => workflows.shows(&steps[at]),
            None => visible.contains(&parent.id.0),
        };
        Ok(explain(subject, |parent| parent.index.and_then(name_of), is_shown, now))
    })?;
    export::document(&explanation)
}
