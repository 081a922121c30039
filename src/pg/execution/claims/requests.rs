//! Defines the requests of workers for steps, and the answers.

use crate::core::ids::TaskId;
use crate::core::steps::Step;
use crate::core::time::{Duration, Timestamp};
use crate::pg::execution::leases::Token;
use crate::pg::host::wakeups::{Audience, Name};

/// A request of a worker for steps.
pub struct ClaimRequest<'a> {
    pub worker: &'a str,
    pub max_steps: usize,
    /// The length of the leases; `None` for the configured length.
    pub lease: Option<Duration>,
    pub from: &'a ClaimSource,
}

/// The place where a claim finds steps.
pub enum ClaimSource {
    /// The steps of one task.
    Task(TaskId),
    /// The steps with hints, in the order of rank.
    Queue(HintFilter),
}

impl ClaimSource {
    /// Returns by what a call that waits for these steps can be woken.
    pub fn audience(&self) -> Audience {
        match self {
            Self::Queue(HintFilter::All) => Audience::Anything,
            Self::Queue(HintFilter::Steps { named_steps, .. }) => {
                Audience::Names(named_steps.iter().copied().map(Name::Step).collect())
            }
            Self::Queue(HintFilter::Tasks { named_tasks }) => {
                Audience::Names(named_tasks.iter().copied().map(Name::Task).collect())
            }
            Self::Task(_) => Audience::Something,
        }
    }
}

/// A filter for hints.
pub enum HintFilter {
    /// The hints of all steps.
    All,
    /// The hints of steps with these names, in tasks with these names, or in any task if the list is empty.
    Steps { named_steps: Vec<i32>, named_tasks: Vec<i32> },
    /// The hints of tasks with these names.
    Tasks { named_tasks: Vec<i32> },
}

/// A claimed step, with its token, the end of its lease and the ids of its parents.
pub struct Claim {
    pub step: Step,
    pub token: Token,
    pub lease_until: Timestamp,
    pub parents: Vec<i64>,
}

/// A hint that is locked.
pub struct Hint {
    pub step: i64,
    pub cause: i64,
    /// True if this transaction has written the hint.
    pub is_own: bool,
}
