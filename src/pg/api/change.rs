//! `_tasker_lock_schema`: the functions that change an installation wait for each other.

use crate::core::error::TaskerError;
use crate::pg::datum::export::{Call, export};
use crate::pg::host::installation::require_change;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Datum, Oid};

export! {
    /// `_tasker_lock_schema(regnamespace)`
    tasker_lock_schema, pg_finfo_tasker_lock_schema => lock_schema;
}

/// Takes the lock of PostgreSQL's own `COMMENT ON SCHEMA`. Any role could take, and keep, an advisory lock.
fn lock_schema(call: &Call) -> Result<Datum, ErrorReport> {
    let schema = call.datum(0).ok_or(TaskerError::NullArgument("installation"))?;
    let schema = Oid::from(schema.value() as u32);
    require_change(schema);
    // SAFETY: locks an oid, whether or not there is such a schema, until the transaction ends.
    unsafe {
        let mode = pg_sys::ShareUpdateExclusiveLock as pg_sys::LOCKMODE;
        pg_sys::LockDatabaseObject(pg_sys::NamespaceRelationId, schema, 0, mode);
    }
    Ok(Datum::from(0))
}
