//! Functions for workers and producers: create, claim, end, add steps, signal.

pub(super) mod claim;
pub(super) mod claim_source;
pub(super) mod create;
pub(super) mod due;
pub(super) mod end;
pub(super) mod expand;
pub(super) mod fork;
pub(super) mod signal;
pub(super) mod transition;
pub(in crate::pg::api) mod waiting;
