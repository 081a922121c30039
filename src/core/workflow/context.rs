//! The state of a task as a whole: counts of its steps, and the recommended action.

use crate::core::readiness::{Assessment, Reason, Semantics, Verdict};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::core::time::Timestamp;

/// 100 %, in hundredths of a percent.
const HUNDRED_PERCENT: u32 = 10_000;

/// A summary of a task's steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The numbers of steps, by what they do.
    pub counts: Counts,
    /// The execution status of the task.
    pub execution_status: ExecutionStatus,
    /// Hundredths of a percent; `None` where the engine shows a bare zero for a task without steps.
    pub completion: Option<u32>,
    /// The health of the task.
    pub health_status: HealthStatus,
    /// The time at which the first waiting step may run; always `None` under [`Semantics::V02`].
    pub next_eligible_at: Option<Timestamp>,
}

/// The numbers of steps by state and readiness. A step in `error` also counts as ready or blocked, if that applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of all steps.
    pub total: u32,
    /// The number of steps in `pending`.
    pub pending: u32,
    /// The number of steps in `in_progress`.
    pub in_progress: u32,
    /// The number of steps in `complete` or `resolved_manually`.
    pub completed: u32,
    /// The number of steps in `error`.
    pub failed: u32,
    /// The number of steps in `cancelled`.
    pub cancelled: u32,
    /// The number of steps that may run now.
    pub ready: u32,
    /// The number of steps that cannot run without an operator.
    pub blocked: u32,
    /// The number of steps that only wait for a time.
    pub waiting: u32,
    /// The number of steps that only the pause of the task delays.
    pub paused: u32,
    /// The number of steps that a cancelled ancestor cuts off.
    pub cut_off: u32,
}

/// The execution status of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutionStatus {
    /// A step can run.
    HasReadySteps,
    /// A step is running, and none is ready.
    Processing,
    /// No step can run without an operator.
    BlockedByFailures,
    /// No step is left to run.
    AllComplete,
    /// The task waits: for a time, or for the program that holds a step.
    WaitingForDependencies,
    /// The task is closed.
    Closed,
}

impl ExecutionStatus {
    /// The text that the SQL functions show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HasReadySteps => "has_ready_steps",
            Self::Processing => "processing",
            Self::BlockedByFailures => "blocked_by_failures",
            Self::AllComplete => "all_complete",
            Self::WaitingForDependencies => "waiting_for_dependencies",
            Self::Closed => "closed",
        }
    }

    /// The recommended action for the status.
    pub const fn recommended_action(self) -> &'static str {
        match self {
            Self::HasReadySteps => "execute_ready_steps",
            Self::Processing => "wait_for_completion",
            Self::BlockedByFailures => "handle_failures",
            Self::AllComplete => "finalize_task",
            Self::WaitingForDependencies => "wait_for_dependencies",
            Self::Closed => "none",
        }
    }
}

/// The health of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthStatus {
    /// No step has failed.
    Healthy,
    /// A step has failed, and will be retried.
    Recovering,
    /// A step cannot run without an operator, whatever else runs.
    Blocked,
}

impl HealthStatus {
    /// The text that the SQL functions show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Recovering => "recovering",
            Self::Blocked => "blocked",
        }
    }
}

/// Sums up the steps of one task and their assessments, which must be of the same [`Semantics`].
///
/// # Complexity
/// O(steps).
pub fn summarize(steps: &[Step], assessments: &[Assessment], semantics: Semantics) -> Context {
    let mut counts = Counts::default();
    let mut next_eligible_at = None;
    for (step, assessment) in steps.iter().zip(assessments) {
        counts.add(step, assessment, semantics);
        if waits(assessment) {
            next_eligible_at = earliest(next_eligible_at, assessment.next_eligible_at);
        }
    }
    match semantics {
        Semantics::V02 => Context {
            counts,
            execution_status: counts.v02_status(),
            completion: counts.completion(),
            health_status: counts.v02_health(),
            next_eligible_at: None,
        },
        Semantics::Corrected => {
            let execution_status = counts.status();
            Context {
                counts,
                execution_status,
                completion: counts.completion().or(Some(HUNDRED_PERCENT)),
                health_status: counts.health(),
                next_eligible_at,
            }
        }
    }
}

impl Context {
    /// Adjusts the context to the state of the task: a closed task without running steps has ended, whatever its steps
    /// say.
    pub fn of_task(self, state: TaskState) -> Self {
        if state.is_closed() && self.counts.in_progress == 0 {
            Self { execution_status: ExecutionStatus::Closed, ..self }
        } else {
            self
        }
    }
}

impl Context {
    /// The values that a decision is based on, as JSON.
    pub fn to_json(self) -> serde_json::Value {
        let counts = &self.counts;
        serde_json::json!({
            "execution_status": self.execution_status.as_str(),
            "health_status": self.health_status.as_str(),
            "total_steps": counts.total,
            "pending_steps": counts.pending,
            "in_progress_steps": counts.in_progress,
            "completed_steps": counts.completed,
            "failed_steps": counts.failed,
            "cancelled_steps": counts.cancelled,
            "ready_steps": counts.ready,
            "blocked_steps": counts.blocked,
            "waiting_steps": counts.waiting,
            "paused_steps": counts.paused,
            "cut_off_steps": counts.cut_off,
            "next_eligible_at": self.next_eligible_at,
        })
    }
}

impl Counts {
    fn add(&mut self, step: &Step, assessment: &Assessment, semantics: Semantics) {
        self.total += 1;
        *match step.state {
            StepState::Pending => &mut self.pending,
            StepState::InProgress => &mut self.in_progress,
            StepState::Complete | StepState::ResolvedManually => &mut self.completed,
            StepState::Error => &mut self.failed,
            StepState::Cancelled => &mut self.cancelled,
        } += 1;
        self.ready += u32::from(assessment.verdict.is_ready());
        self.waiting += u32::from(waits(assessment));
        self.paused += u32::from(matches!(assessment.verdict, Verdict::Blocked(Reason::TaskPaused)));
        self.cut_off += u32::from(matches!(
            assessment.own_obstacle,
            Some(Reason::BlockedByCancellation | Reason::SkippedByCancellation)
        ));
        self.blocked += u32::from(match semantics {
            // The engine compares the numbers alone, and ignores `processed`.
            Semantics::V02 => step.state == StepState::Error && assessment.attempts >= assessment.retry_limit,
            Semantics::Corrected => assessment.is_blocked(),
        });
    }

    /// Hundredths of a percent, rounded half up as `round(numeric, 2)` does.
    fn completion(&self) -> Option<u32> {
        let (completed, total) = (u64::from(self.completed), u64::from(self.total));
        (completed * u64::from(HUNDRED_PERCENT) * 2 + total)
            .checked_div(2 * total)
            .map(|hundredths| hundredths as u32)
    }

    fn v02_status(&self) -> ExecutionStatus {
        if self.ready > 0 {
            ExecutionStatus::HasReadySteps
        } else if self.in_progress > 0 {
            ExecutionStatus::Processing
        } else if self.blocked > 0 {
            // R16: although another step may still be waiting for its retry.
            ExecutionStatus::BlockedByFailures
        } else if self.completed == self.total && self.total > 0 {
            ExecutionStatus::AllComplete
        } else {
            // R17, R18: this is where cancelled steps and empty tasks wait without end.
            ExecutionStatus::WaitingForDependencies
        }
    }

    fn v02_health(&self) -> HealthStatus {
        if self.failed == 0 {
            HealthStatus::Healthy
        } else if self.ready > 0 || self.blocked == 0 {
            HealthStatus::Recovering
        } else {
            HealthStatus::Blocked
        }
    }

    fn status(&self) -> ExecutionStatus {
        if self.ready > 0 {
            ExecutionStatus::HasReadySteps
        } else if self.in_progress > 0 {
            ExecutionStatus::Processing
        } else if self.waiting > 0 || self.paused > 0 {
            // Paused steps can still run later, so a failure beside them does not end the task.
            ExecutionStatus::WaitingForDependencies
        } else if self.blocked > 0 {
            ExecutionStatus::BlockedByFailures
        } else if self.completed + self.cancelled + self.cut_off == self.total {
            ExecutionStatus::AllComplete
        } else {
            ExecutionStatus::WaitingForDependencies
        }
    }

    fn health(&self) -> HealthStatus {
        if self.blocked > 0 {
            HealthStatus::Blocked
        } else if self.failed > 0 {
            HealthStatus::Recovering
        } else {
            HealthStatus::Healthy
        }
    }
}

fn waits(assessment: &Assessment) -> bool {
    matches!(
        assessment.verdict,
        Verdict::Blocked(
            Reason::WaitingForBackoff
                | Reason::DecisionPending
                | Reason::WaitingForSignal
                | Reason::WaitingForTime
                | Reason::WaitingForTask
        )
    )
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}
