//! Decides which tasks may be deleted because they are over.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::state::TaskState;
use crate::core::time::{Duration, Timestamp};
use std::fmt;

/// The states of tasks that are deleted if the caller names none: those in which no step may start any more.
pub const CLOSED: [TaskState; 3] = [TaskState::Complete, TaskState::ResolvedManually, TaskState::Cancelled];

/// Reads the states of the tasks to delete; `None` stands for [`CLOSED`]. A task in `error` is not closed, because its
/// steps may be retried. So it is deleted only if the caller names the state.
///
/// # Errors
/// [`TaskerError::InvalidArgument`] for a state that is none, and for one of a task that runs or has yet to run.
pub fn states(names: Option<&[String]>) -> Result<Vec<TaskState>, TaskerError> {
    let Some(names) = names else { return Ok(CLOSED.to_vec()) };
    let state = |name: &String| {
        TaskState::parse(name).filter(|state| state.is_closed() || *state == TaskState::Error).ok_or_else(
            || TaskerError::invalid("states", "must be of complete, resolved_manually, cancelled and error"),
        )
    };
    names.iter().map(state).collect()
}

/// A task that is over, as a search has found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedTask {
    /// The task.
    pub id: TaskId,
    /// Its state.
    pub state: TaskState,
    /// When it entered the state.
    pub since: Timestamp,
}

/// What is known about a task and about others that need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskTies {
    /// Its state and since when it is in it; `None` if it has no transition.
    pub state: Option<(TaskState, Timestamp)>,
    /// The task that it was created for, if that one is not closed.
    pub open_parent: Option<TaskId>,
    /// A task that was created for it, and has not ended.
    pub open_subtask: Option<TaskId>,
    /// A step of another task that has not ended, and waits for it or depends on one of its steps.
    pub waiting_step: Option<StepId>,
    /// For a task in `error`: a step that runs, or will run without an operator.
    pub live_step: Option<StepId>,
}

/// The reason for which a task is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Another session has locked a row of the task, or row-level security hides one of its steps.
    Held,
    /// The task has changed its state since the search.
    Changed,
    /// See [`TaskTies`].
    OpenParent(Option<TaskId>),
    /// See [`TaskTies`].
    OpenSubtask(Option<TaskId>),
    /// See [`TaskTies`].
    WaitingStep(Option<StepId>),
    /// See [`TaskTies`].
    LiveStep(Option<StepId>),
}

impl Obstacle {
    /// Returns the obstacle without the ids of others, which the caller may not be allowed to see.
    pub fn without_ids(self) -> Self {
        match self {
            Self::Held | Self::Changed => self,
            Self::OpenParent(_) => Self::OpenParent(None),
            Self::OpenSubtask(_) => Self::OpenSubtask(None),
            Self::WaitingStep(_) => Self::WaitingStep(None),
            Self::LiveStep(_) => Self::LiveStep(None),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held => f.write_str("another session has locked rows of it, or a policy hides some"),
            Self::Changed => f.write_str("its state has changed"),
            Self::OpenParent(Some(task)) => write!(f, "its parent task {task} is not closed"),
            Self::OpenParent(None) => f.write_str("its parent task is not closed"),
            Self::OpenSubtask(Some(task)) => write!(f, "its subtask {task} has not ended"),
            Self::OpenSubtask(None) => f.write_str("a subtask of it has not ended"),
            Self::WaitingStep(Some(step)) => write!(f, "step {step} of another task waits for it"),
            Self::WaitingStep(None) => f.write_str("a step of another task waits for it"),
            Self::LiveStep(Some(step)) => write!(f, "its step {step} runs or will be retried"),
            Self::LiveStep(None) => f.write_str("a step of it runs or will be retried"),
        }
    }
}

/// Returns what keeps a task from being deleted; `None`: nothing.
pub fn obstacle(task: &EndedTask, ties: &TaskTies) -> Option<Obstacle> {
    if ties.state != Some((task.state, task.since)) {
        return Some(Obstacle::Changed);
    }
    let tied = ties.open_parent.map(|parent| Obstacle::OpenParent(Some(parent)));
    tied.or_else(|| ties.open_subtask.map(|subtask| Obstacle::OpenSubtask(Some(subtask))))
        .or_else(|| ties.waiting_step.map(|step| Obstacle::WaitingStep(Some(step))))
        .or_else(|| ties.live_step.map(|step| Obstacle::LiveStep(Some(step))))
}

/// Returns where a second look for tasks begins if the first one, in the order of their creation, has passed over many
/// that are kept: at a place between `from` and `until` that depends on the time. So calls that do not know of each
/// other look everywhere in the long run.
pub fn second_look(from: Timestamp, until: Timestamp, now: Timestamp) -> Timestamp {
    const PLACES: i64 = 997;
    let length = from.until(until).to_microseconds().max(0);
    let place = now.to_postgres().rem_euclid(PLACES);
    from.plus(Duration::microseconds(length / PLACES * place))
}
