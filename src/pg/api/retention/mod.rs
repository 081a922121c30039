//! Ended tasks: deleting them, and keeping what was in them.

pub(super) mod export_task;
pub(super) mod purge;
