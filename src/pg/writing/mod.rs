//! Locks and row writes: moves of steps and tasks, and the side rows that follow them.
//!
//! May import `sync` and what lies below it.

pub mod deletion;
pub mod side_rows;
pub mod step_columns;
pub mod step_moves;
pub mod subtransaction;
pub mod task_moves;
pub mod writer;
