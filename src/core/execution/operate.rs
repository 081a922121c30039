//! Checks operator actions on a step or task, and transitions.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::plan::{Action, FinalizationPlan};
use crate::core::readiness::{Gate, HoldTimes, has_attempts_left, joins_as_engine};
use crate::core::rules::Decision;
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Parent, Step, Steps};
use crate::core::time::Timestamp;

/// Checks whether a step may enter a state: by the table of states and, for a start, by its parents and its rule.
/// `decision` is the decision of its rule. If the parents cannot be determined, the engine lets the step start; here,
/// it may not start.
pub fn check_step(
    step: &Step,
    parents: &[Parent],
    decision: Option<Decision>,
    gate: Gate,
    to: StepState,
) -> Result<(), TaskerError> {
    if !step.state.permits(to) {
        return Err(illegal(step, to));
    }
    if to != StepState::InProgress {
        return Ok(());
    }
    let (reason, hint) = match gate {
        Gate::Closed => ("its task is closed", "No step of a closed task can start."),
        Gate::Paused => ("its task is paused", "tasker_resume_task() resumes the task."),
        Gate::Open if decision.is_some() => match decision {
            Some(Decision::Ready) => return Ok(()),
            _ => ("its rule forbids it", "tasker_explain_step() shows what it waits for."),
        },
        Gate::Open if parents.iter().any(|parent| !parent.state.satisfies_children()) => {
            ("a step that it depends on has not finished", "tasker_explain_step() shows which.")
        }
        Gate::Open => return Ok(()),
    };
    Err(TaskerError::NotPermitted {
        action: format!("move step {} to \"{to}\"", step.id),
        reason: reason.to_owned(),
        hint,
    })
}

/// Checks whether a task may enter a state. `plan` is called only if the answer depends on it.
pub fn check_task(
    task: TaskId,
    from: TaskState,
    to: TaskState,
    plan: impl FnOnce() -> Result<FinalizationPlan, TaskerError>,
) -> Result<(), TaskerError> {
    if !from.permits(to) {
        let (from, to) = (from.to_string(), to.to_string());
        return Err(TaskerError::IllegalTaskTransition { task, from, to });
    }
    if to != TaskState::Complete {
        return Ok(());
    }
    match plan()? {
        FinalizationPlan { action: Action::Complete, .. } => Ok(()),
        FinalizationPlan { reason, .. } => Err(TaskerError::NotPermitted {
            action: format!("move task {task} to \"{to}\""),
            reason: format!("some of its steps are not done ({reason})"),
            hint: "tasker_task_context() shows what is left.",
        }),
    }
}

/// Checks whether a task may be deleted: a closed task, or any task with `force`.
pub fn check_deletion(task: TaskId, state: TaskState, force: bool) -> Result<(), TaskerError> {
    if force || state.is_closed() {
        return Ok(());
    }
    Err(TaskerError::NotPermitted {
        action: format!("delete task {task}"),
        reason: format!("it is in state \"{state}\""),
        hint: "Cancel it first, or delete it with force => true.",
    })
}

/// The states that a step passes through when it is cancelled, as its table permits; empty when it cannot be.
pub const fn cancellation(from: StepState) -> &'static [StepState] {
    match from {
        StepState::Pending | StepState::InProgress => &[StepState::Cancelled],
        StepState::Error => &[StepState::Pending, StepState::Cancelled],
        StepState::Complete | StepState::Cancelled | StepState::ResolvedManually => &[],
    }
}

/// Checks whether a step may be cancelled.
pub fn check_cancellation(step: &Step) -> Result<(), TaskerError> {
    if cancellation(step.state).is_empty() { Err(unfit("cancel", step)) } else { Ok(()) }
}

/// Checks whether an operator may resolve a step in place of its handler.
pub fn check_resolution(step: &Step) -> Result<(), TaskerError> {
    check_settling("resolve", step)
}

/// Checks whether a step may be skipped.
pub fn check_skip(step: &Step, force: bool) -> Result<(), TaskerError> {
    check_settling("skip", step)?;
    if step.skippable || force {
        return Ok(());
    }
    let hint = "Pass force => true, or use tasker_resolve_step() with results.";
    Err(refused("skip", step, "it is not skippable", hint))
}

fn check_settling(action: &str, step: &Step) -> Result<(), TaskerError> {
    if step.state.permits(StepState::ResolvedManually) { Ok(()) } else { Err(unfit(action, step)) }
}

/// Checks whether a step may run again without waiting: it has failed, waits for a time, or has the flag `in_process`,
/// which a program may have left behind.
pub fn check_retry(step: &Step, task: TaskState, now: Timestamp) -> Result<(), TaskerError> {
    check_rerun("retry", step, task)?;
    if !has_attempts_left(step) {
        let hint = "tasker_reset_step() gives it all its attempts again.";
        let reason = if step.retryable { "it has no attempts left" } else { "it is not retryable" };
        return Err(refused("retry", step, reason, hint));
    }
    if step.state == StepState::Pending && !is_held(step, now) {
        return Err(refused("retry", step, "it has not failed and does not wait for a time", NOTHING_FAILED));
    }
    Ok(())
}

/// Checks whether a step may be reset.
pub fn check_reset(step: &Step, task: TaskState, now: Timestamp) -> Result<(), TaskerError> {
    check_rerun("reset", step, task)?;
    if step.state == StepState::Pending && has_attempts_left(step) {
        let hint = match is_held(step, now) {
            true => "tasker_retry_step() lets it run without waiting.",
            false => NOTHING_FAILED,
        };
        return Err(refused("reset", step, "it has not failed, and has attempts left", hint));
    }
    Ok(())
}

fn check_rerun(action: &str, step: &Step, task: TaskState) -> Result<(), TaskerError> {
    if !step.state.can_start() {
        return Err(unfit(action, step));
    }
    if task.is_closed() {
        let hint =
            "No step of a closed task can start. tasker_create_task() creates a new task for the work.";
        return Err(refused(action, step, &format!("its task is in state \"{task}\""), hint));
    }
    Ok(())
}

/// Returns whether a step waits for something that a retry ends.
fn is_held(step: &Step, now: Timestamp) -> bool {
    step.in_process || HoldTimes::of(step).latest().is_some_and(|until| until > now)
}

/// The hint for a step that has not failed and does not wait for a time.
const NOTHING_FAILED: &str = "tasker_explain_step() tells what it waits for; tasker_skip_step(), tasker_resolve_step() and \
                              tasker_cancel_step() end it without running it.";

/// Writes the error for an action that does not fit the state of a step. The hint names the action that fits.
fn unfit(action: &str, step: &Step) -> TaskerError {
    let hint = match step.state {
        StepState::Pending => NOTHING_FAILED,
        StepState::InProgress => {
            "A worker runs it. tasker_cancel_step() cancels it, and tasker_release_step() gives it back with the token of \
             the claim; when its lease ends, tasker_maintain() takes it back."
        }
        StepState::Error => {
            "tasker_retry_step() lets it run again, tasker_reset_step() with all attempts; tasker_resolve_step() and \
             tasker_skip_step() settle it."
        }
        StepState::Complete | StepState::ResolvedManually => {
            "It is done, and the steps after it may run. tasker_create_task() creates a new task to run it once more."
        }
        StepState::Cancelled => {
            "A cancelled step never runs. tasker_create_task() creates a new task for the work."
        }
    };
    refused(action, step, &format!("it is in state \"{}\"", step.state), hint)
}

fn refused(action: &str, step: &Step, reason: &str, hint: &'static str) -> TaskerError {
    TaskerError::NotPermitted {
        action: format!("{action} step {}", step.id),
        reason: reason.to_owned(),
        hint,
    }
}

/// Checks whether a task may be paused.
pub fn check_pause(task: TaskId, state: TaskState) -> Result<(), TaskerError> {
    if !state.is_closed() {
        return Ok(());
    }
    Err(TaskerError::NotPermitted {
        action: format!("pause task {task}"),
        reason: format!("it is in state \"{state}\""),
        hint: "No step of a closed task can start.",
    })
}

fn illegal(step: &Step, to: StepState) -> TaskerError {
    TaskerError::IllegalStepTransition { step: step.id, from: step.state.to_string(), to: to.to_string() }
}

/// The copies of a mapped step that have not finished, in the order of their ids.
///
/// # Complexity
/// O(parents of the step).
pub fn open_copies(steps: &Steps, mapped: StepId) -> Vec<StepId> {
    let all = steps.all();
    let Some(at) = all.iter().position(|step| step.id == mapped && step.has_rule) else { return Vec::new() };
    let parents = steps.parents(at).iter().filter_map(|parent| Some(&all[parent.index?]));
    let copies = parents.filter(|parent| parent.named_step_id == all[at].named_step_id);
    copies.filter(|copy| !copy.state.is_final()).map(|copy| copy.id).collect()
}

/// The steps of a task that can only run after one, directly or not, in the order of their ids: all that depend on it, up
/// to those with a join of their own.
///
/// # Complexity
/// O(V + E).
pub fn descendants(steps: &Steps, root: StepId) -> Vec<StepId> {
    let all = steps.all();
    let mut children = vec![Vec::new(); all.len()];
    for at in 0..all.len() {
        for parent in steps.parents(at).iter().filter_map(|parent| parent.index) {
            children[parent].push(at);
        }
    }
    let mut is_below = vec![false; all.len()];
    let mut reached: Vec<usize> = (0..all.len()).filter(|&at| all[at].id == root).collect();
    while let Some(at) = reached.pop() {
        for &child in &children[at] {
            if joins_as_engine(steps, child) && !std::mem::replace(&mut is_below[child], true) {
                reached.push(child);
            }
        }
    }
    all.iter()
        .zip(is_below)
        .filter(|(step, is_below)| *is_below && step.id != root)
        .map(|(step, _)| step.id)
        .collect()
}
