//! Executes work: claims and leases, completions and failures, rules, finalization, recovery, operator actions.
//!
//! May import `definition` and what lies below it.

pub mod claims;
pub mod completions;
pub mod due;
pub mod executions;
pub mod expansion;
pub mod finalization;
pub mod inputs;
pub mod leases;
pub mod limits;
pub mod operator_actions;
pub mod recovery;
pub mod rules;
pub mod schedules;
pub mod task_creation;
pub mod transitions;
pub mod troubles;
