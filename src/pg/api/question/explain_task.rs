//! `tasker_explain_task`: explains why a task does not move.

use crate::core::error::TaskerError;
use crate::core::explain::LeasePart;
use crate::core::explain_task::{LimitWait, Pause, TaskSubject, explain_task};
use crate::core::find::root_causes;
use crate::core::ids::{StepId, TaskId};
use crate::core::state::StepState;
use crate::core::time::{Duration, Timestamp};
use crate::pg::api::question::explain_fork::lineage;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::execution::finalization::assess_task;
use crate::pg::execution::leases::Lease;
use crate::pg::execution::troubles::WorkKind;
use crate::pg::host::clock;
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::queue::{shares, times};
use crate::pg::reading::config;
use crate::pg::reading::loader::{self, Reader, Workflows};
use crate::pg::spi::{self, Statement};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::HashMap;

export! {
    /// `tasker_explain_task(bigint)`
    tasker_explain_task, pg_finfo_tasker_explain_task => explain;
}

fn explain(call: &Call) -> Result<Datum, ErrorReport> {
    let id = values::task_argument(call)?;
    let explanation = loader::read(TASK_AND_STEP_TABLES, |reader| {
        let now = clock::statement_now();
        let workflows = reader.workflows(&[id])?;
        let task = workflows.task(id).ok_or(TaskerError::TaskNotFound(id))?;
        let assessments = workflows.assess(now);
        let causes = root_causes(&workflows.steps, &assessments);
        let ready = workflows.ready_steps(now);
        let failed: Vec<i64> = (workflows.steps.all().iter().zip(&causes).enumerate())
            .filter(|(at, (_, cause))| **cause == Some(*at))
            .map(|(_, (step, _))| step.id.0)
            .collect();
        Ok(explain_task(&TaskSubject {
            task,
            name: name(reader, id)?,
            steps: &workflows.steps,
            assessments: &assessments,
            causes: &causes,
            names: &names(reader, &workflows)?,
            hidden_parents: reader.hidden_parents(&workflows.steps)?,
            leases: leases(reader, &workflows)?,
            held: held(reader, &ready)?,
            errors: reader.last_errors(&failed)?,
            pause: pause(reader, id)?,
            put_aside: reader.trouble(WorkKind::Task, id.0)?,
            deadline: times::deadline(reader.session, id)?,
            lineage: lineage(reader, id)?,
            plan: assess_task(reader, id, now)?.plan,
            stale_after: stale_after(reader, &workflows)?,
            now,
        }))
    })?;
    export::document(&explanation)
}

fn name(reader: &Reader, task: TaskId) -> Result<Option<String>, TaskerError> {
    let mut name = None;
    reader.session.read(Statement::NameOfTask, &[spi::bigint(task.0)], |row| {
        name = Some(row.text(0, str::to_owned));
        Ok(())
    })?;
    Ok(name)
}

/// The name of each step, `None` for one that the caller may not see.
fn names(reader: &Reader, workflows: &Workflows) -> Result<Vec<Option<String>>, TaskerError> {
    let steps = workflows.steps.all();
    let mut names = HashMap::new();
    reader.each_name(steps.iter().map(|step| step.named_step_id), |id, name| {
        names.insert(id, name.to_owned());
    })?;
    let name = |id| names.get(&id).cloned().unwrap_or_default();
    let shown = steps.iter().map(|step| workflows.shows(step).then(|| name(step.named_step_id)));
    Ok(shown.collect())
}

fn leases(reader: &Reader, workflows: &Workflows) -> Result<HashMap<StepId, LeasePart>, TaskerError> {
    let running = workflows.steps.all().iter().filter(|step| step.state == StepState::InProgress);
    let mut leases = HashMap::new();
    for step in running {
        if let Some(lease) = reader.lease(step.id)?.filter(|lease| !lease.is_over) {
            leases.insert(step.id, Lease::into_public(lease)?);
        }
    }
    Ok(leases)
}

/// The time after which each step in progress without a lease is taken back.
fn stale_after(reader: &Reader, workflows: &Workflows) -> Result<HashMap<StepId, Duration>, TaskerError> {
    let running = workflows.steps.all().iter().filter(|step| step.state == StepState::InProgress);
    let mut found = HashMap::new();
    for step in running {
        found.extend(config::stale_after(reader.session, step)?.map(|limit| (step.id, limit)));
    }
    Ok(found)
}

/// The limits that keep these steps from being claimed; a pause takes precedence over a full bucket.
fn held(reader: &Reader, ready: &[i64]) -> Result<HashMap<StepId, LimitWait>, TaskerError> {
    let mut held = HashMap::new();
    if ready.is_empty() {
        return Ok(held);
    }
    let ready = spi::bigint_array(ready);
    reader.session.read(Statement::ParkedSteps, &[ready], |row| {
        held.insert(StepId(row.i64(0)), LimitWait::Full(row.text(1, str::to_owned)));
        Ok(())
    })?;
    if shares::are_used(reader.session) {
        reader.session.read(Statement::ShareBucketsOfSteps, &[ready], |row| {
            let bucket = row.text(1, str::to_owned);
            let wait = if bucket.is_empty() { LimitWait::Turn } else { LimitWait::Full(bucket) };
            held.entry(StepId(row.i64(0))).or_insert(wait);
            Ok(())
        })?;
    }
    reader.session.read(Statement::BucketsOfSteps, &[ready], |row| {
        if row.bool(5) {
            held.insert(StepId(row.i64(0)), LimitWait::Paused(row.text(1, str::to_owned)));
        }
        Ok(())
    })?;
    Ok(held)
}

fn pause(reader: &Reader, task: TaskId) -> Result<Option<Pause>, TaskerError> {
    let mut pause = None;
    reader.session.read(Statement::PauseOfTask, &[spi::bigint(task.0)], |row| {
        let text = |column| row.value(column).map(|_| row.text(column, str::to_owned));
        let since = row.optional_timestamp(0).unwrap_or(Timestamp::MINUS_INFINITY);
        pause = Some(Pause { since, by: text(1), reason: text(2) });
        Ok(())
    })?;
    Ok(pause)
}
