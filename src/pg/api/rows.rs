//! Conversions that several functions share.

use crate::core::ids::TaskId;
use crate::core::time::Timestamp;
use pgrx::prelude::*;

/// The tasks of an array argument, each once, in order; NULL elements are passed over.
pub fn task_ids(ids: &Array<'_, i64>) -> Vec<TaskId> {
    let mut ids: Vec<TaskId> = ids.iter().flatten().map(TaskId).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// A time for a column; NULL for what lies outside PostgreSQL's range, which no stored time does.
pub fn timestamp(time: Timestamp) -> Option<pgrx::datum::Timestamp> {
    time.to_postgres().try_into().ok()
}
