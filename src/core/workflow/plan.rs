//! Decides what to do next with a task: whether it has ended, and in which state.

use crate::core::config::BackoffSettings;
use crate::core::context::{Context, ExecutionStatus};
use crate::core::readiness::Gate;
use crate::core::state::TaskState;
use crate::core::time::{Duration, Timestamp};

/// The next action for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The task must move to `complete`.
    Complete,
    /// The task must move to `error`: no step can run without an operator.
    Fail,
    /// The task must be looked at again after the delay: a step can run then, or waits.
    Reenqueue,
    /// Steps are running, and the calls that end them look at the task again; or the task is paused.
    Wait,
    /// The task has ended.
    None,
}

impl Action {
    /// The text that the SQL functions show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Fail => "fail",
            Self::Reenqueue => "reenqueue",
            Self::Wait => "wait",
            Self::None => "none",
        }
    }
}

/// A decision and its reason, with the engine's name for the reason if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalizationPlan {
    /// The next action.
    pub action: Action,
    /// The reason.
    pub reason: &'static str,
    /// Whether only steps in progress are left: the call that ends the last of them ends the task.
    pub is_tail: bool,
}

/// Decides about a task whose state, gate and context ([`crate::core::readiness::Semantics::Corrected`]) are known.
pub fn plan(task: TaskState, gate: Gate, context: &Context) -> FinalizationPlan {
    if task.is_closed() {
        return FinalizationPlan { action: Action::None, reason: "task_closed", is_tail: false };
    }
    let counts = &context.counts;
    // Pending steps that wait for a running one will be claimed and ended later, by calls that look at the task again.
    // After a final failure or cancellation, some of them may never be.
    let is_tail = context.execution_status == ExecutionStatus::Processing
        && (counts.blocked > 0 || counts.pending <= counts.cut_off);
    let (action, reason) = match context.execution_status {
        ExecutionStatus::AllComplete => (Action::Complete, "all_steps_complete"),
        ExecutionStatus::BlockedByFailures if task == TaskState::Error => {
            (Action::None, "steps_in_error_state")
        }
        ExecutionStatus::BlockedByFailures => (Action::Fail, "steps_in_error_state"),
        ExecutionStatus::Processing => (Action::Wait, "steps_in_progress"),
        ExecutionStatus::WaitingForDependencies if gate == Gate::Paused => (Action::Wait, "workflow_paused"),
        ExecutionStatus::WaitingForDependencies => (Action::Reenqueue, "awaiting_dependencies"),
        ExecutionStatus::HasReadySteps => (Action::Reenqueue, "ready_steps_available"),
        ExecutionStatus::Closed => (Action::None, "task_closed"),
    };
    FinalizationPlan { action, reason, is_tail }
}

/// The delay before the task is looked at again; `None` if the task has ended, or if only an operator can move it.
///
/// The delay ends a little after the first step may run again (the engine waits for the last step, R24), and is
/// bounded. If no step waits for a time, it is the delay that the settings have for the status.
pub fn delay(
    plan: &FinalizationPlan,
    context: &Context,
    settings: &BackoffSettings,
    now: Timestamp,
) -> Option<Duration> {
    match (plan.action, plan.reason) {
        (Action::Complete | Action::Fail | Action::None, _) | (_, "workflow_paused") => return None,
        (Action::Reenqueue | Action::Wait, _) => {}
    }
    let until =
        context.next_eligible_at.filter(|_| context.execution_status != ExecutionStatus::HasReadySteps);
    Some(match until {
        Some(until) => settings.reenqueue_delay_until(until, now),
        None => settings.reenqueue_delay(context.execution_status),
    })
}

/// Returns the states through which a task moves to a state, as the table of states permits; empty if it is in that
/// state.
pub fn path(from: TaskState, to: TaskState) -> &'static [TaskState] {
    use TaskState::{Cancelled, Complete, Error, InProgress, Pending, ResolvedManually};
    match (from, to) {
        (Pending, InProgress) => &[InProgress],
        (Error, InProgress) => &[Pending, InProgress],
        (Pending, Complete) => &[InProgress, Complete],
        (InProgress, Complete) => &[Complete],
        (Error, Complete) => &[Pending, InProgress, Complete],
        (Pending | InProgress, Error) => &[Error],
        (Pending | InProgress | Complete | ResolvedManually, Cancelled) => &[Cancelled],
        (Error, Cancelled) => &[Pending, Cancelled],
        (InProgress | Error, Pending) => &[Pending],
        (Error, ResolvedManually) => &[ResolvedManually],
        _ => &[],
    }
}
