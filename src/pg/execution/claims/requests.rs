//! What workers ask for, and what they get.

use crate::core::ids::TaskId;
use crate::core::steps::Step;
use crate::core::time::{Duration, Timestamp};
use crate::pg::execution::leases::Token;

/// What a worker asks for.
pub struct ClaimRequest<'a> {
    pub worker: &'a str,
    pub max_steps: usize,
    /// How long the steps are to be the worker's; `None`: as configured.
    pub lease: Option<Duration>,
    pub from: &'a ClaimSource,
}

/// Where to look.
pub enum ClaimSource {
    /// The steps of one task.
    Task(TaskId),
    /// The hints, in the order of their rank.
    Queue(HintFilter),
}

/// Which hints.
pub enum HintFilter {
    /// All of them.
    All,
    /// Steps of these names, in tasks of these names or (empty) of any.
    Steps { named_steps: Vec<i32>, named_tasks: Vec<i32> },
    /// Tasks of these names.
    Tasks { named_tasks: Vec<i32> },
}

/// A step that is the worker's until then.
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
    /// Whether this transaction has written it.
    pub is_own: bool,
}
