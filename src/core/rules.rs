//! Rules: steps that wait for more than the engine's steps do, or for something else.
//!
//! A rule joins the parents' outcomes in another way, asks for something in their results, or lets the step wait for a
//! signal, a time or another task instead of a worker. How it is written down stands in `rules/definition.rs`; this file
//! decides. Whoever ends a parent, sends a signal or finds that a time is over asks [`decide`] what follows.

mod definition;

pub use definition::{Condition, FIELDS, Join, Least, Rule, Wait, condition_paths, parse};

use super::ids::TaskId;
use super::readiness::{Reason, Waits, has_attempts_left};
use super::state::{StepState, TaskState};
use super::steps::Step;
use super::time::{Duration, Timestamp};

/// How a step has ended, for those that wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Its work is done.
    Complete,
    /// It failed for good: it is not retryable, or has no attempts left.
    Failed,
    /// It was left out.
    Skipped,
    /// A person has settled it in place of its handler.
    Resolved,
    /// It was cancelled.
    Cancelled,
}

impl Outcome {
    /// Every one that a join can be over.
    pub const OVER: [Self; 5] =
        [Self::Complete, Self::Failed, Self::Skipped, Self::Resolved, Self::Cancelled];

    /// The text that stands for it in a rule.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Resolved => "resolved",
            Self::Cancelled => "cancelled",
        }
    }

    /// How a step has ended; `None` while it may go on. `was_skipped`: whether it was left out if it was settled by
    /// hand.
    pub fn of(step: &Step, was_skipped: bool) -> Option<Self> {
        match step.state {
            StepState::Complete => Some(Self::Complete),
            StepState::ResolvedManually if was_skipped => Some(Self::Skipped),
            StepState::ResolvedManually => Some(Self::Resolved),
            StepState::Cancelled => Some(Self::Cancelled),
            StepState::Error if !has_attempts_left(step) => Some(Self::Failed),
            StepState::Error | StepState::Pending | StepState::InProgress => None,
        }
    }
}

/// What the parents say to a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Some of them have yet to end.
    Open,
    /// They have ended as they should.
    Satisfied,
    /// Whatever the others do, they will not.
    Unsatisfiable,
}

impl Join {
    /// How it stands; `parents`: the outcome of each, `None` while it may go on.
    ///
    /// The engine's join never gives up: what has failed or was cancelled is a person's to put right (semantics R17).
    pub fn standing(&self, parents: &[Option<Outcome>]) -> Standing {
        let count = |wanted: &dyn Fn(Outcome) -> bool| {
            parents.iter().flatten().filter(|outcome| wanted(**outcome)).count()
        };
        let open = parents.iter().filter(|outcome| outcome.is_none()).count();
        let (have, need) = match self {
            Self::NoneFailed => {
                return match (count(&|outcome| outcome == Outcome::Failed), open) {
                    (0, 0) => Standing::Satisfied,
                    (0, _) => Standing::Open,
                    _ => Standing::Unsatisfiable,
                };
            }
            Self::Engine => {
                let done = [Outcome::Complete, Outcome::Skipped, Outcome::Resolved];
                let all = count(&|outcome| done.contains(&outcome)) == parents.len();
                return if all { Standing::Satisfied } else { Standing::Open };
            }
            Self::Reached { least, over } => {
                let need = match least {
                    Least::All => parents.len(),
                    Least::Of(number) => *number as usize,
                };
                (count(&|outcome| over.contains(&outcome)), need)
            }
        };
        if have >= need {
            Standing::Satisfied
        } else if have + open < need {
            Standing::Unsatisfiable
        } else {
            Standing::Open
        }
    }
}

/// The other task that a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitedTask {
    /// Which.
    pub id: TaskId,
    /// Its state; `None` when it is gone.
    pub state: Option<TaskState>,
}

/// A rule and what it depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruled {
    /// What was laid down.
    pub rule: Rule,
    /// Since when the join is satisfied and the conditions hold; `None` while that is open, or nobody has looked.
    pub decided_at: Option<Timestamp>,
    /// When the signal came that the step waits for.
    pub signal_sent_at: Option<Timestamp>,
    /// The task that it waits for, once there is one.
    pub waited_task: Option<WaitedTask>,
    /// How each parent has ended.
    pub parents: Vec<Option<Outcome>>,
}

/// How a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The signal came.
    Signal,
    /// The time is over.
    Time,
    /// The signal did not come in time.
    TimedOut,
    /// The other task is done.
    Task(TaskId),
}

/// What follows for a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Nothing: its state says all.
    Nothing,
    /// It waits; until a time at most, if there is one.
    Hold(Reason, Option<Timestamp>),
    /// Its join is satisfied: the conditions are to be looked at, and the wait begins.
    Begin,
    /// It is left out, for this reason.
    Skip(String),
    /// Its wait is over, and with it the step.
    Complete(End),
    /// What it waits for has failed, or can never be.
    Fail(String),
    /// The task that it waits for is to be created.
    CreateTask,
    /// It may run like any other step.
    Ready,
}

impl Decision {
    /// Whether somebody has to act on it.
    pub fn is_due(&self) -> bool {
        match self {
            Self::Begin | Self::Skip(_) | Self::Complete(_) | Self::Fail(_) | Self::CreateTask => true,
            Self::Nothing | Self::Hold(..) | Self::Ready => false,
        }
    }

    /// What holds the step as long as nobody has acted, and until when at most.
    pub fn hold(&self) -> Option<(Reason, Option<Timestamp>)> {
        match self {
            Self::Nothing | Self::Ready => None,
            Self::Hold(reason, until) => Some((*reason, *until)),
            Self::Begin | Self::Skip(_) | Self::Complete(_) | Self::Fail(_) | Self::CreateTask => {
                Some((Reason::DecisionPending, None))
            }
        }
    }
}

/// Decides over a step with a rule. Its task, and whether it is cut off by a cancellation, are not looked at.
///
/// # Complexity
/// O(parents).
pub fn decide(step: &Step, ruled: &Ruled, now: Timestamp) -> Decision {
    match (step.state, &ruled.rule.wait) {
        (StepState::Pending, _) if step.processed => Decision::Nothing,
        (StepState::Pending, wait) => match (ruled.decided_at, wait) {
            (None, _) => before_decision(step, ruled, now),
            (Some(_), None) => Decision::Ready,
            (Some(since), Some(wait)) => waiting(ruled, wait, since, now),
        },
        // A task that has failed may still be put right, and the step that waits for it with it.
        (StepState::Error, Some(Wait::Task(_) | Wait::Subtask(_))) => match ruled.waited_task {
            Some(WaitedTask { id, state: Some(TaskState::Complete | TaskState::ResolvedManually) }) => {
                Decision::Complete(End::Task(id))
            }
            _ => Decision::Nothing,
        },
        (
            StepState::Error
            | StepState::InProgress
            | StepState::Complete
            | StepState::Cancelled
            | StepState::ResolvedManually,
            _,
        ) => Decision::Nothing,
    }
}

fn before_decision(step: &Step, ruled: &Ruled, now: Timestamp) -> Decision {
    match ruled.rule.join.standing(&ruled.parents) {
        Standing::Open => Decision::Hold(Reason::DependenciesNotSatisfied, None),
        Standing::Unsatisfiable => Decision::Skip("its join can no longer be satisfied".to_owned()),
        Standing::Satisfied if ruled.rule.when.is_empty() && ruled.rule.wait.is_none() => Decision::Ready,
        // A task that is to start later.
        Standing::Satisfied => match Waits::of(step).latest().filter(|until| *until > now) {
            Some(until) => Decision::Hold(Reason::WaitingForBackoff, Some(until)),
            None => Decision::Begin,
        },
    }
}

fn waiting(ruled: &Ruled, wait: &Wait, since: Timestamp, now: Timestamp) -> Decision {
    let hold_until = |until: Timestamp, reason, end| {
        if until <= now { Decision::Complete(end) } else { Decision::Hold(reason, Some(until)) }
    };
    match wait {
        Wait::Signal { .. } if ruled.signal_sent_at.is_some() => Decision::Complete(End::Signal),
        Wait::Signal { seconds: None, .. } => Decision::Hold(Reason::WaitingForSignal, None),
        Wait::Signal { seconds: Some(seconds), .. } => {
            let until = since.plus(Duration::seconds((*seconds).into()));
            hold_until(until, Reason::WaitingForSignal, End::TimedOut)
        }
        Wait::Seconds(seconds) => {
            hold_until(since.plus(Duration::seconds((*seconds).into())), Reason::WaitingForTime, End::Time)
        }
        Wait::Until(until) => hold_until(*until, Reason::WaitingForTime, End::Time),
        Wait::Task(_) | Wait::Subtask(_) => match ruled.waited_task {
            None => Decision::CreateTask,
            Some(WaitedTask { id, state }) => match state {
                None => Decision::Fail(format!("task {id} does not exist")),
                Some(TaskState::Pending | TaskState::InProgress) => {
                    Decision::Hold(Reason::WaitingForTask, None)
                }
                Some(TaskState::Complete | TaskState::ResolvedManually) => Decision::Complete(End::Task(id)),
                Some(TaskState::Error) => Decision::Fail(format!("task {id} has failed")),
                Some(TaskState::Cancelled) => Decision::Fail(format!("task {id} was cancelled")),
            },
        },
    }
}
