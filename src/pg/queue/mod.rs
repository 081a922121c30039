//! The hints that claims look at, and the timers and words that follow from a step's state.
//!
//! May import `reading` and what lies below it.

pub mod children;
pub mod hints;
pub mod slots;
