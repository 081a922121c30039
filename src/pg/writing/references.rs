//! Deletes steps and tasks without PostgreSQL's check of the engine's foreign keys for each row. One statement checks
//! all rows of a deletion instead.
//!
//! For each deleted row and foreign key, PostgreSQL runs a query of its own (`RI_FKey_noaction_del` of ri_triggers.c,
//! the same in 14 to 18), which is half of what a purge costs. A check of all rows finds the same, because the deleted
//! rows are locked: no other session can add a row that refers to them.

use crate::core::error::TaskerError;
use crate::pg::host::acl;
use crate::pg::host::transactions;
use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::{self, Datum, Oid};
use std::ffi::{CStr, c_int};

/// A table of the engine, and its own foreign keys to it.
pub struct Referenced {
    table: &'static CStr,
    id: &'static CStr,
    /// The tables and columns that refer to it.
    keys: &'static [(&'static CStr, &'static CStr)],
    /// Returns whether a row refers to one of the deleted ones.
    left: Statement,
}

pub const STEPS: Referenced = Referenced {
    table: c"tasker_workflow_steps",
    id: c"workflow_step_id",
    keys: &[
        (c"tasker_workflow_step_transitions", c"workflow_step_id"),
        (c"tasker_workflow_step_edges", c"from_step_id"),
        (c"tasker_workflow_step_edges", c"to_step_id"),
    ],
    left: Statement::AreStepsReferenced,
};

pub const TASKS: Referenced = Referenced {
    table: c"tasker_tasks",
    id: c"task_id",
    keys: &[
        (c"tasker_workflow_steps", c"task_id"),
        (c"tasker_task_transitions", c"task_id"),
        (c"tasker_task_annotations", c"task_id"),
    ],
    left: Statement::AreTasksReferenced,
};

/// Runs `deletion`, which deletes the rows of these ids, all locked by this transaction. Returns whether a row of the
/// engine's tables still refers to one of them: then the caller must undo the deletion.
///
/// PostgreSQL checks each row where a deletion would evaluate anything but the engine's foreign keys and our triggers:
/// code that others have added must not run while triggers are off, which only a superuser may decide.
///
/// # Complexity
/// O(log n) for each id and foreign key; opens the tables.
pub fn checked_together(
    session: &Session,
    referenced: &Referenced,
    ids: Datum,
    deletion: impl FnOnce() -> Result<(), TaskerError>,
) -> Result<bool, TaskerError> {
    let schema = session.schema();
    let still = if transactions::sees_what_is_new() { Still::begin(referenced.table, schema) } else { None };
    let Some(still) = still else { return deletion().map(|()| false) };
    if !referenced.is_plain(schema) {
        still.end();
        return deletion().map(|()| false);
    }
    {
        let _checks_are_off = WithoutChecks::begin();
        deletion()?;
    }
    still.end();
    let mut is_referenced = false;
    session.write_returning(referenced.left, &[ids], |row| is_referenced = row.bool(0))?;
    Ok(is_referenced)
}

/// A table that gets no statistics while it is held: the planner evaluates their expressions, and the lock of a deletion
/// does not keep new ones out. Where another session has this lock (VACUUM, ANALYZE, another purge), we do not wait for
/// it. After an error, the lock ends with the subtransaction.
struct Still(Oid);

impl Still {
    const LOCK: pg_sys::LOCKMODE = pg_sys::ShareUpdateExclusiveLock as pg_sys::LOCKMODE;

    fn begin(table: &CStr, schema: Oid) -> Option<Self> {
        // SAFETY: a catalog look-up with a C string; the lock of an oid that is none is no error.
        unsafe {
            let table = pg_sys::get_relname_relid(table.as_ptr(), schema);
            pg_sys::ConditionalLockRelationOid(table, Self::LOCK).then_some(Self(table))
        }
    }

    /// Lets statistics in again, which a deletion that has ended does not see.
    fn end(self) {
        // SAFETY: the lock was taken by `begin`, in this subtransaction.
        unsafe { pg_sys::UnlockRelationOid(self.0, Self::LOCK) };
    }
}

impl Referenced {
    pub fn name(&self) -> &'static str {
        self.table.to_str().unwrap_or_default()
    }

    /// Returns whether a deletion runs nothing but our triggers and checks of the engine's own foreign keys.
    fn is_plain(&self, schema: Oid) -> bool {
        // The lock of the deletion: from now on, no trigger or foreign key can be added.
        let lock = pg_sys::RowExclusiveLock as pg_sys::LOCKMODE;
        // SAFETY: catalog look-ups with a C string; a relation that is gone is no error here. Its triggers are copied
        // before anything is looked up that may accept invalidations, which free them.
        let (is_plain, triggers) = unsafe {
            let table = pg_sys::get_relname_relid(self.table.as_ptr(), schema);
            let relation = pg_sys::try_relation_open(table, lock);
            let Some(open) = relation.as_ref() else { return false };
            let triggers = open.trigdesc.as_ref().map_or(&[][..], |triggers| {
                std::slice::from_raw_parts(triggers.triggers, triggers.numtriggers as usize)
            });
            let may_fire = |trigger: &&pg_sys::Trigger| {
                u32::from(trigger.tgtype as u16) & pg_sys::TRIGGER_TYPE_DELETE != 0
                    && trigger.tgenabled as u8 != pg_sys::TRIGGER_DISABLED
            };
            let triggers: Vec<pg_sys::Trigger> = triggers.iter().filter(may_fire).copied().collect();
            let class = &*open.rd_rel;
            let has_checks = open
                .rd_att
                .as_ref()
                .is_none_or(|columns| !columns.constr.is_null() && (*columns.constr).num_check > 0);
            let is_plain = !has_checks
                && !has_expressions(relation)
                && class.relkind as u8 == pg_sys::RELKIND_RELATION
                && !class.relispartition
                && !class.relhassubclass
                && !class.relhasrules
                && !class.relrowsecurity;
            pg_sys::relation_close(relation, pg_sys::NoLock as pg_sys::LOCKMODE);
            // Not renamed while we waited for the lock.
            let is_named = pg_sys::get_relname_relid(self.table.as_ptr(), schema) == table;
            (is_plain && is_named, triggers)
        };
        // A role that attaches one of ours again can give it a condition.
        let is_ours = |trigger: &pg_sys::Trigger| {
            trigger.tgqual.is_null()
                && trigger.tgenabled as u8 == pg_sys::TRIGGER_FIRES_ALWAYS
                && acl::is_ours(trigger.tgfoid)
        };
        is_plain && triggers.iter().all(|trigger| is_ours(trigger) || self.is_own_key(schema, trigger))
    }

    /// Returns whether a trigger checks one of the engine's own foreign keys, at once.
    fn is_own_key(&self, schema: Oid, trigger: &pg_sys::Trigger) -> bool {
        let is_check = [pg_sys::F_RI_FKEY_NOACTION_DEL, pg_sys::F_RI_FKEY_RESTRICT_DEL];
        trigger.tgisinternal
            && !trigger.tgdeferrable
            && is_check.contains(&trigger.tgfoid.to_u32())
            && self.keys.iter().any(|(table, column)| {
                // SAFETY: catalog look-ups with C strings.
                let (table, column) = unsafe {
                    let table = pg_sys::get_relname_relid(table.as_ptr(), schema);
                    (table, pg_sys::get_attnum(table, column.as_ptr()))
                };
                // SAFETY: as above.
                let referenced = unsafe {
                    let table = pg_sys::get_relname_relid(self.table.as_ptr(), schema);
                    pg_sys::get_attnum(table, self.id.as_ptr())
                };
                table == trigger.tgconstrrelid && has_key(table, trigger.tgconstraint, (column, referenced))
            })
    }
}

/// Returns whether a table has statistics or indexes with expressions or conditions. The planner may evaluate these, and
/// they belong to the role that has added them.
///
/// # Safety
/// The relation must be open.
unsafe fn has_expressions(relation: pg_sys::Relation) -> bool {
    // SAFETY: as promised; an index of an open, locked table exists. A tuple is released after it was looked at.
    unsafe {
        if !pg_sys::RelationGetStatExtList(relation).is_null() {
            return true;
        }
        let indexes = pg_sys::RelationGetIndexList(relation).as_ref();
        let indexes =
            indexes.map_or(&[][..], |list| std::slice::from_raw_parts(list.elements, list.length as usize));
        indexes.iter().any(|cell| {
            let cache = pg_sys::SysCacheIdentifier::INDEXRELID as c_int;
            let tuple = pg_sys::SearchSysCache1(cache, Datum::from(cell.oid_value));
            if tuple.is_null() {
                return true;
            }
            let has = |column: u32| !pg_sys::heap_attisnull(tuple, column as c_int, std::ptr::null_mut());
            let has_expressions = has(pg_sys::Anum_pg_index_indexprs) || has(pg_sys::Anum_pg_index_indpred);
            pg_sys::ReleaseSysCache(tuple);
            has_expressions
        })
    }
}

/// Returns whether a foreign key of a table, the only one with this oid, has just this column and refers to just that
/// one, and no policy hides rows that have it.
fn has_key(table: Oid, key: Oid, (column, referenced): (i16, i16)) -> bool {
    let lock = pg_sys::AccessShareLock as pg_sys::LOCKMODE;
    // SAFETY: a relation that is gone is no error here. The list belongs to the open relation; nothing is looked up while
    // it is read.
    unsafe {
        let relation = pg_sys::try_relation_open(table, lock);
        let Some(open) = relation.as_ref() else { return false };
        let keys = pg_sys::RelationGetFKeyList(relation).as_ref();
        let keys =
            keys.map_or(&[][..], |keys| std::slice::from_raw_parts(keys.elements, keys.length as usize));
        let has_key = keys.iter().any(|cell| {
            let known = &*cell.ptr_value.cast::<pg_sys::ForeignKeyCacheInfo>();
            known.conoid == key
                && known.nkeys == 1
                && known.conkey[0] == column
                && known.confkey[0] == referenced
        });
        let is_visible = !(*open.rd_rel).relrowsecurity;
        pg_sys::relation_close(relation, lock);
        has_key && is_visible
    }
}

/// A guard: while it lives, only triggers that are enabled ALWAYS fire, as ours are. PostgreSQL reads the variable for
/// each statement that writes. Setting it as an ordinary setting (session_replication_role) would make it forget all
/// plans.
struct WithoutChecks(c_int);

impl WithoutChecks {
    fn begin() -> Self {
        // SAFETY: a backend-local variable, put back on drop, which an error's unwinding passes as well.
        unsafe {
            let before = Self(pg_sys::SessionReplicationRole);
            pg_sys::SessionReplicationRole = pg_sys::SESSION_REPLICATION_ROLE_REPLICA as c_int;
            before
        }
    }
}

impl Drop for WithoutChecks {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { pg_sys::SessionReplicationRole = self.0 };
    }
}
