//! Rules of steps: decisions, the waits that they begin and end, the queue of decisions, signals.
//!
//! `decisions` and `waits` lie below `finalization`, which follows what was decided; `queue` and `signals` above it.

pub mod decisions;
pub mod queue;
pub mod signals;
pub mod waits;
