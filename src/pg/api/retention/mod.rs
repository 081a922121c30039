//! Ended tasks: deleting them, and keeping what was in them.

pub(super) mod purge;
