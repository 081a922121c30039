//! What happens to steps: limits, failures, recovery, operator actions.

pub mod admission;
pub mod failure;
pub mod limits;
pub mod operate;
pub mod recovery;
pub mod trouble;
