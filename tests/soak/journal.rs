//! What the workers remember of the executions that they were given.

/// One claim of one step.
#[derive(Clone, Debug)]
pub struct Execution {
    pub step: i64,
    pub attempt: i32,
    pub token: String,
    /// In microseconds of the fake clock, as all times here.
    pub claimed_at: i64,
    /// As the last answer had it.
    pub lease_until: i64,
    pub claim: Outcome,
    /// The last word of the worker, if it spoke.
    pub ending: Option<Ending>,
    /// What came of that.
    pub outcome: Outcome,
    /// Before when the step must not be claimed again, by the answer to a failure.
    pub next_eligible_at: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    Completed,
    Failed { retryable: bool, retry_after: Option<String> },
    Released,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server said that it is done.
    Acknowledged,
    /// The server said that it is not done, or the transaction was rolled back.
    Refused,
    /// The connection broke before the answer.
    Unknown,
}

#[derive(Debug, Default)]
pub struct Journal {
    pub executions: Vec<Execution>,
    /// How many steps may have been claimed by calls whose answers were lost.
    pub unseen_claims: usize,
    pub heartbeats: usize,
    pub repetitions: usize,
    /// What went wrong at once: errors that no call may raise.
    pub complaints: Vec<String>,
}

impl Journal {
    pub fn absorb(&mut self, other: Self) {
        self.executions.extend(other.executions);
        self.unseen_claims += other.unseen_claims;
        self.heartbeats += other.heartbeats;
        self.repetitions += other.repetitions;
        self.complaints.extend(other.complaints);
    }
}
