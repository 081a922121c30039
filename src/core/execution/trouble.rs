//! Decides what follows when a constraint or trigger of the application refuses work, or a stored document
//! cannot be read.

use crate::core::time::{Duration, Timestamp};
use serde::Serialize;

/// The wait after the first refusal, in seconds.
const FIRST_SECONDS: i64 = 10;

/// The longest wait, in seconds.
const CAP_SECONDS: i64 = 3600;

/// Work that was refused and waits to be tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// `step` (its recovery or its rule), `claim`, or `task`.
    pub work: String,
    /// The number of refusals in a row.
    pub attempts: i32,
    /// The time of the next try.
    pub next_try: Timestamp,
    /// The SQLSTATE of the last error.
    pub sqlstate: String,
    /// The message of the last error.
    pub message: String,
    /// The time of the first refusal.
    pub since: Timestamp,
}

/// The wait after `attempts` refusals in a row: ten seconds, twice as long each time, an hour at most.
pub fn wait(attempts: i32) -> Duration {
    let doublings = attempts.saturating_sub(1).clamp(0, 20) as u32;
    Duration::seconds((FIRST_SECONDS << doublings).min(CAP_SECONDS))
}

/// The consequence of a refusal for the refused work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalScope {
    /// The whole call must end, because all other work would be refused too.
    Call,
    /// The same work may succeed later: a constraint, a trigger or a right can change.
    Work,
    /// The same work will be refused each time: stored data cannot be read, or is too large.
    Stored,
}

impl RefusalScope {
    /// Decides by the SQLSTATE.
    ///
    /// Cancellation and shutdown (57), resources (53), serialization failures and deadlocks (40), and transactions that
    /// cannot be written in (25) end the call. Invalid data (22), limits of the program (54) and damage (XX) are stored.
    pub fn of(sqlstate: &str) -> Self {
        match sqlstate.get(..2) {
            // The depth of the stack depends on the call, not on the stored data.
            _ if sqlstate == "54001" => Self::Work,
            Some("57" | "53" | "40" | "25") => Self::Call,
            Some("22" | "54" | "XX") => Self::Stored,
            _ => Self::Work,
        }
    }
}
