//! Plain values that all other modules use: ids, states, times, errors.

pub mod error;
pub mod exclusion;
pub mod ids;
pub mod json;
pub mod levels;
pub mod outcome;
pub mod period;
pub mod problem;
pub mod rank;
pub mod retry_after;
pub mod state;
pub mod time;
pub mod version;
pub mod wording;
