//! Test data: workflows of a known shape, histories that lead to a state, and the number of tasks of each
//! kind in a data set.
//!
//! The functions `tasker_testkit_*` write this data into tables. The tests of this repository use it
//! directly.

mod blueprint;
mod data_set;
mod distribution;
mod history;
mod pattern;
mod random;
mod random_shape;

pub use blueprint::{Blueprint, BlueprintStep};
pub use data_set::{DataPart, DataSet, RANDOM_WORKFLOW_STEPS, RANDOM_WORKFLOWS};
pub use distribution::{Distribution, TaskSource};
pub use history::{MOST_ATTEMPTS, default_attempts, step_history, task_history};
pub use pattern::Pattern;
pub use random::Random;
pub use random_shape::RandomShape;
