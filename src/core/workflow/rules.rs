//! Rules: what a step waits for instead of all its parents, or after them.
//!
//! A rule joins the outcomes of the parents in another way, checks their results, or makes the step wait for
//! a signal, a time or another task instead of a worker, or for copies of the step. `rules/definition.rs`
//! reads and writes rules, `rules/for_each.rs` has the copies; this file evaluates rules. A caller that ends a parent, sends a signal or finds that a time is over calls
//! [`decide`].

mod definition;
mod for_each;

pub use definition::{Condition, FIELDS, ForEach, Join, ParentCount, Rule, Wait, condition_paths, parse};
pub use for_each::INPUT;

use crate::core::attempts::{HoldTimes, has_attempts_left};
use crate::core::ids::TaskId;
use crate::core::reason::Reason;
use crate::core::state::{StepState, TaskState};
use crate::core::step::Step;
use crate::core::time::{Duration, Timestamp};

/// The end of a step, for the steps that wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParentOutcome {
    /// The step is done.
    Complete,
    /// The step failed for good: it is not retryable, or has no attempts left.
    Failed,
    /// The step was skipped.
    Skipped,
    /// An operator has resolved the step in place of its handler.
    Resolved,
    /// The step was cancelled.
    Cancelled,
}

impl ParentOutcome {
    /// All outcomes that a join can count.
    pub const OVER: [Self; 5] =
        [Self::Complete, Self::Failed, Self::Skipped, Self::Resolved, Self::Cancelled];

    /// The text in a rule.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Resolved => "resolved",
            Self::Cancelled => "cancelled",
        }
    }

    /// The end of a step; `None` while it may go on. `was_skipped`: whether a resolved step was skipped.
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

/// The state of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinState {
    /// Some of the parents have not ended.
    Open,
    /// The parents have ended as the join requires.
    Satisfied,
    /// The join can no longer be satisfied, whatever the other parents do.
    Unsatisfiable,
}

impl Join {
    /// The state of the join; `parents`: the outcome of each, `None` while it may go on.
    ///
    /// The engine's join never gives up: an operator must repair what has failed or was cancelled (R17).
    pub fn standing(&self, parents: &[Option<ParentOutcome>]) -> JoinState {
        let count = |wanted: &dyn Fn(ParentOutcome) -> bool| {
            parents.iter().flatten().filter(|outcome| wanted(**outcome)).count()
        };
        let open = parents.iter().filter(|outcome| outcome.is_none()).count();
        let (have, need) = match self {
            Self::NoneFailed => {
                return match (count(&|outcome| outcome == ParentOutcome::Failed), open) {
                    (0, 0) => JoinState::Satisfied,
                    (0, _) => JoinState::Open,
                    _ => JoinState::Unsatisfiable,
                };
            }
            Self::Engine => {
                let done = [ParentOutcome::Complete, ParentOutcome::Skipped, ParentOutcome::Resolved];
                let all = count(&|outcome| done.contains(&outcome)) == parents.len();
                return if all { JoinState::Satisfied } else { JoinState::Open };
            }
            Self::Reached { least, over } => {
                let need = match least {
                    ParentCount::All => parents.len(),
                    ParentCount::Of(number) => *number as usize,
                };
                (count(&|outcome| over.contains(&outcome)), need)
            }
        };
        if have >= need {
            JoinState::Satisfied
        } else if have + open < need {
            JoinState::Unsatisfiable
        } else {
            JoinState::Open
        }
    }
}

/// The other task that a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitedTask {
    /// The id of the task.
    pub id: TaskId,
    /// The state of the task; `None` if the task was deleted.
    pub state: Option<TaskState>,
}

/// A rule and what it depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleState {
    /// The definition of the rule.
    pub rule: Rule,
    /// The time since which the join is satisfied and the conditions are true; `None` while that is open, or not
    /// evaluated.
    pub decided_at: Option<Timestamp>,
    /// The time of the signal that the step waits for.
    pub signal_sent_at: Option<Timestamp>,
    /// The task that it waits for, once there is one.
    pub waited_task: Option<WaitedTask>,
    /// Whether a deadline has failed the step: then the task that it waits for cannot complete it any more.
    pub is_timed_out: bool,
    /// The outcome of each parent.
    pub parents: Vec<Option<ParentOutcome>>,
    /// For a map, whether each parent is a copy of the step; otherwise empty.
    pub are_copies: Vec<bool>,
}

/// The end of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitEnd {
    /// The signal came.
    Signal,
    /// The time is over.
    Time,
    /// The signal did not come in time.
    TimedOut,
    /// The other task is done.
    Task(TaskId),
    /// The copies have ended.
    Copies,
}

/// The decision about a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// No action: its state says everything.
    Nothing,
    /// The step waits; until a time at most, if there is one.
    Hold(Reason, Option<Timestamp>),
    /// The join is satisfied: the conditions must be evaluated, and the wait begins.
    Begin,
    /// The step is skipped, for this reason.
    Skip(String),
    /// The wait is over, and the step with it.
    Complete(WaitEnd),
    /// The step fails, because what it waits for has failed or cannot happen.
    Fail(String),
    /// The task that it waits for must be created.
    CreateTask,
    /// A copy of it must be added for each element of its list.
    AddCopies,
    /// The step may run like any other step.
    Ready,
}

impl Decision {
    /// Returns whether the decision needs an action.
    pub fn is_due(&self) -> bool {
        match self {
            Self::Begin
            | Self::Skip(_)
            | Self::Complete(_)
            | Self::Fail(_)
            | Self::CreateTask
            | Self::AddCopies => true,
            Self::Nothing | Self::Hold(..) | Self::Ready => false,
        }
    }

    /// The reason that holds the step until the decision is carried out, and its end at most.
    pub fn hold(&self) -> Option<(Reason, Option<Timestamp>)> {
        match self {
            Self::Nothing | Self::Ready => None,
            Self::Hold(reason, until) => Some((*reason, *until)),
            Self::Begin
            | Self::Skip(_)
            | Self::Complete(_)
            | Self::Fail(_)
            | Self::CreateTask
            | Self::AddCopies => Some((Reason::DecisionPending, None)),
        }
    }
}

/// Evaluates the rule of a step. It considers neither the task nor whether a cancellation cuts the step off.
///
/// # Complexity
/// O(parents).
pub fn decide(step: &Step, ruled: &RuleState, now: Timestamp) -> Decision {
    match (step.state, &ruled.rule.wait) {
        (StepState::Pending, _) if step.processed => Decision::Nothing,
        (StepState::Pending, wait) => match (ruled.decided_at, &ruled.rule.for_each, wait) {
            (None, ..) => before_decision(step, ruled, now),
            (Some(_), Some(map), _) => gathering(ruled, map),
            (Some(_), None, None) => Decision::Ready,
            (Some(since), None, Some(wait)) => waiting(ruled, wait, since, now),
        },
        // An operator can still repair the copies.
        (StepState::Error, _) if let Some(map) = &ruled.rule.for_each => match ruled.copies() {
            Some(copies) if map.join.standing(&copies) == JoinState::Satisfied => {
                Decision::Complete(WaitEnd::Copies)
            }
            _ => Decision::Nothing,
        },
        // An operator can still complete a task in error, and then the step that waits for it.
        (StepState::Error, Some(Wait::Task(_) | Wait::Subtask(_))) if ruled.is_timed_out => Decision::Nothing,
        (StepState::Error, Some(Wait::Task(_) | Wait::Subtask(_))) => match ruled.waited_task {
            Some(WaitedTask { id, state: Some(TaskState::Complete | TaskState::ResolvedManually) }) => {
                Decision::Complete(WaitEnd::Task(id))
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

fn before_decision(step: &Step, ruled: &RuleState, now: Timestamp) -> Decision {
    match ruled.rule.join.standing(&ruled.parents) {
        JoinState::Open => Decision::Hold(Reason::DependenciesNotSatisfied, None),
        JoinState::Unsatisfiable => Decision::Skip("its join can no longer be satisfied".to_owned()),
        JoinState::Satisfied if ruled.rule.begins_at_once() => Decision::Ready,
        // A task with `start_at`.
        JoinState::Satisfied => match HoldTimes::of(step).latest().filter(|until| *until > now) {
            Some(until) => Decision::Hold(Reason::WaitingForBackoff, Some(until)),
            None => Decision::Begin,
        },
    }
}

fn gathering(ruled: &RuleState, map: &ForEach) -> Decision {
    let Some(copies) = ruled.copies() else { return Decision::AddCopies };
    match map.join.standing(&copies) {
        JoinState::Open => Decision::Hold(Reason::DependenciesNotSatisfied, None),
        JoinState::Satisfied => Decision::Complete(WaitEnd::Copies),
        JoinState::Unsatisfiable => {
            Decision::Fail("the join over its copies can no longer be satisfied".to_owned())
        }
    }
}

fn waiting(ruled: &RuleState, wait: &Wait, since: Timestamp, now: Timestamp) -> Decision {
    let hold_until = |until: Timestamp, reason, end| {
        if until <= now { Decision::Complete(end) } else { Decision::Hold(reason, Some(until)) }
    };
    match wait {
        Wait::Signal { .. } if ruled.signal_sent_at.is_some() => Decision::Complete(WaitEnd::Signal),
        Wait::Signal { seconds: None, .. } => Decision::Hold(Reason::WaitingForSignal, None),
        Wait::Signal { seconds: Some(seconds), .. } => {
            let until = since.plus(Duration::seconds((*seconds).into()));
            hold_until(until, Reason::WaitingForSignal, WaitEnd::TimedOut)
        }
        Wait::Seconds(seconds) => hold_until(
            since.plus(Duration::seconds((*seconds).into())),
            Reason::WaitingForTime,
            WaitEnd::Time,
        ),
        Wait::Until(until) => hold_until(*until, Reason::WaitingForTime, WaitEnd::Time),
        Wait::Task(_) | Wait::Subtask(_) => match ruled.waited_task {
            None => Decision::CreateTask,
            Some(WaitedTask { id, state }) => match state {
                None => Decision::Fail(format!("task {id} does not exist")),
                Some(TaskState::Pending | TaskState::InProgress) => {
                    Decision::Hold(Reason::WaitingForTask, None)
                }
                Some(TaskState::Complete | TaskState::ResolvedManually) => {
                    Decision::Complete(WaitEnd::Task(id))
                }
                Some(TaskState::Error) => Decision::Fail(format!("task {id} has failed")),
                Some(TaskState::Cancelled) => Decision::Fail(format!("task {id} was cancelled")),
            },
        },
    }
}
