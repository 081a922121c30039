//! Finds tasks that need an operator, and writes the reasons and hints of `tasker_stuck_tasks`.

use crate::core::context::{Context, ExecutionStatus};
use crate::core::explain::{Holder, LockedBy};
use crate::core::find::StepFacts;
use crate::core::ids::StepId;
use crate::core::state::StepState;
use crate::core::steps::{Step, Task};
use crate::core::time::Timestamp;

/// The reason why a task has not moved for long, and the next action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StuckTask {
    /// The reason, as one word.
    pub reason: &'static str,
    /// The next action.
    pub hint: String,
}

/// The reason of a task with ready steps that no worker has claimed.
const UNCLAIMED: &str = "unclaimed";

impl StuckTask {
    /// Returns whether another session may have claimed a step and not yet committed, so that this session cannot see
    /// the claim.
    pub fn may_be_claimed(&self) -> bool {
        self.reason == UNCLAIMED
    }

    /// Describes a task in which another session has claimed or locked a step, and has not committed.
    pub fn uncommitted_claim(step: StepId, by: &LockedBy) -> Self {
        let since = by.since.map(|since| format!(" since {}", since.to_rfc3339())).unwrap_or_default();
        let hint = match &by.by {
            Holder::Session { pid } => format!(
                "Process {pid} has changed or locked workflow step {step} in a transaction that is open{since}: let it commit, or end it."
            ),
            Holder::Prepared { prepared_transaction } => format!(
                "The transaction {prepared_transaction:?}, prepared{since}, has changed or locked workflow step {step}: COMMIT PREPARED or ROLLBACK PREPARED ends it."
            ),
        };
        Self { reason: "uncommitted_claim", hint }
    }
}

/// The time of the last change of a task; `None` if there was none. `moved_at`: the last transition of the task itself.
pub fn last_moved_at(steps: &[Step], moved_at: Option<Timestamp>) -> Option<Timestamp> {
    let created = steps.iter().map(|step| step.created_at);
    steps.iter().filter_map(|step| step.state_since).chain(created).chain(moved_at).max()
}

/// Returns why an open task needs an operator; `None` if it does not. A task that waits for a time, or whose steps are
/// running, needs none. `has_lost_worker`: a step is in progress, but its worker is gone. `is_running`: a worker will
/// end a step. `waits_for_itself`: through its own steps or those of other tasks.
pub fn stuck(
    task: &Task,
    context: &Context,
    is_running: bool,
    has_lost_worker: bool,
    waits_for_itself: bool,
) -> Option<StuckTask> {
    let told = |reason, hint: &str| Some(StuckTask { reason, hint: hint.to_owned() });
    if task.state.is_closed() || is_running {
        return None;
    }
    if task.is_paused {
        return told("paused", "tasker_resume_task() resumes it.");
    }
    if has_lost_worker {
        return told("worker_lost", "tasker_maintain() takes its steps back, and so does any claim.");
    }
    match context.execution_status {
        ExecutionStatus::HasReadySteps => {
            told(UNCLAIMED, "No worker claims its steps: tasker_explain_task() shows which.")
        }
        ExecutionStatus::BlockedByFailures => told(
            "blocked_by_failures",
            "Use tasker_reset_step() or tasker_resolve_step() for the failed steps.",
        ),
        ExecutionStatus::AllComplete => told("not_finalized", "tasker_finalize_task() ends it."),
        ExecutionStatus::WaitingForDependencies if waits_for_itself => told(
            "wait_cycle",
            "Its steps wait for tasks that wait for this task: cancel or resolve one of these steps.",
        ),
        ExecutionStatus::WaitingForDependencies if context.counts.waiting > 0 => None,
        ExecutionStatus::WaitingForDependencies => {
            told("waiting", "tasker_explain_task() shows what its steps wait for.")
        }
        ExecutionStatus::Processing | ExecutionStatus::Closed => None,
    }
}

/// Returns whether a worker runs the step and may still end it.
pub fn is_run(found: &StepFacts<'_>) -> bool {
    found.step.state == StepState::InProgress && !found.is_stuck()
}
