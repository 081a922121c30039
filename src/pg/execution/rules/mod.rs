//! Rules of steps: decisions, the waits that they begin and end, the queue of decisions, signals.
//!
//! `decisions`, `waits` and `maps` lie below `finalization`, which follows what was decided; `queue` and `signals` above it.

pub mod decisions;
pub mod maps;
pub mod queue;
pub mod signals;
pub mod waits;
