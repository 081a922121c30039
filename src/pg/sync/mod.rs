//! Holds the triggers on the engine's tables, and what they keep: side rows, counts, the edge guard, the check of
//! transitions, the record of events, and the repair of side rows from the tables.
//!
//! May import `queue` and what lies below it.

pub mod attempted;
pub mod counts;
pub mod edge_guard;
pub mod event_log;
pub mod event_recording;
pub mod event_retention;
pub mod forks;
pub mod fresh_snapshot;
pub mod noted_transitions;
pub mod repair;
pub mod suppression;
pub mod transition_check;
pub mod trigger_calls;
pub mod triggers;
