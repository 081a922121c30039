//! Decisions about the execution of steps: limits, failures, recovery and operator actions.

pub mod admission;
pub mod failure;
pub mod fair_share;
pub mod fork;
pub mod limits;
pub mod operate;
pub mod recovery;
pub mod retention;
pub mod time_limits;
pub mod trouble;
pub mod waiting;
