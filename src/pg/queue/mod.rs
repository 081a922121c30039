//! Holds the hints that claims read, and the timers and rows for rule evaluation that follow from a step's state.
//!
//! May import `reading` and what lies below it.

pub mod children;
pub mod hints;
pub mod shares;
pub mod slots;
pub mod timers;
pub mod times;
pub mod turns;
