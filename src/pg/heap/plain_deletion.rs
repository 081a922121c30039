//! Deletes rows of the engine's tables without the executor, where a deletion does nothing but delete: no code of the
//! application would run, and each foreign key is one that we can look up.
//!
//! For each deleted row and foreign key, PostgreSQL runs a query of its own (`RI_FKey_noaction_del()` of ri_triggers.c,
//! the same in 14 to 18), which is half of what a purge costs. Here, all rows are deleted first, and then the keys are
//! looked up in the indexes of the tables that refer to them. Keys that are deferrable are looked up at once, too: a row
//! that is refused at the end of a transaction would undo the other deletions.
//!
//! # Why this finds what PostgreSQL would find
//! A row that refers to one of ours is inserted only after its session has locked ours. If it did so before, its
//! transaction has ended, or our row is not free; if later, it waits for us, and finds the row gone. So a snapshot that
//! is taken after the deletion shows every such row.
//!
//! # Why no code of others runs
//! Tables are found once, by their schema, and locked: everything after that concerns the open table, whatever its name
//! is by now. While a table is locked, no trigger, rule, policy or foreign key can be added to it. Nothing is planned
//! or evaluated: no expression, operator or cast that others have defined.

use crate::pg::datum::memory::InMemory;
use crate::pg::heap::cursor::Snapshot;
use crate::pg::heap::index_scan::{EQUAL_BIGINT, Scan};
use crate::pg::heap::lookup::LookUp;
use crate::pg::heap::open_tables::{OpenTable, OpenTables};
use crate::pg::heap::row_locks;
use crate::pg::heap::tables::{LockedTable, Purpose};
use crate::pg::host::{acl, transactions};
use pgrx::pg_sys::{self, Oid};
use std::ffi::CStr;

/// A table of the engine whose rows can be deleted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineTable {
    Steps,
    Tasks,
}

impl EngineTable {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Steps => "tasker_workflow_steps",
            Self::Tasks => "tasker_tasks",
        }
    }

    /// Returns the look-up whose key is the id of the rows.
    const fn rows(self) -> LookUp {
        match self {
            Self::Steps => LookUp::LockedSteps,
            Self::Tasks => LookUp::LockedTasks,
        }
    }

    /// Returns our trigger function, which has nothing to do for these rows: the caller does its work.
    const fn follower(self) -> &'static CStr {
        match self {
            Self::Steps => c"_tasker_sync_steps",
            Self::Tasks => c"_tasker_sync_tasks",
        }
    }
}

/// An open table, and what is needed to delete its rows.
struct Target {
    open: OpenTable,
    index: Oid,
    keys: Vec<ForeignKey>,
}

/// A foreign key to a table: the constraint, the table that refers to it, and the column that is referred to.
#[derive(Clone, Copy)]
struct ForeignKey {
    constraint: Oid,
    table: Oid,
    referenced: i16,
    is_deferrable: bool,
}

/// When a statement would check the foreign keys to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    AtOnce,
    /// Some of them at the end of the transaction, perhaps.
    Deferrable,
}

/// A table that refers to others, with an index for its foreign key.
struct Referrer {
    open: OpenTable,
    index: Oid,
}

impl OpenTables {
    /// Returns when a deletion by the current user checks foreign keys; `None` if it runs more than that and our trigger.
    pub fn checks_of(&self, table: EngineTable) -> Option<Checks> {
        let target = Target::open(self.schema(), table)?;
        target.open.close();
        let are_deferrable = target.keys.iter().any(|key| key.is_deferrable);
        Some(if are_deferrable { Checks::Deferrable } else { Checks::AtOnce })
    }

    /// Deletes the rows of these ids as the current user. Returns whether all of them were there and free, and no row
    /// refers to them any more: otherwise the caller must undo the deletion. Returns `None`, and has done nothing, if a
    /// statement must do it.
    ///
    /// # Errors
    /// 55000 if deletions are published and the table has no replica identity.
    ///
    /// # Privileges
    /// Those of a statement: SELECT and DELETE.
    ///
    /// # Complexity
    /// O(log n) for each id and foreign key; opens the tables.
    pub fn delete_engine_rows(&self, table: EngineTable, ids: &[i64]) -> Option<bool> {
        let target = Target::open(self.schema(), table)?;
        let open = |key: &ForeignKey| Referrer::open(*key);
        let referrers: Vec<Referrer> = target.keys.iter().map_while(open).collect();
        let can_look_up = referrers.len() == target.keys.len();
        let result = can_look_up
            .then(|| target.delete(ids) && !referrers.iter().any(|referrer| referrer.refers_to(ids)));
        referrers.into_iter().for_each(|referrer| referrer.open.close());
        target.open.close();
        result
    }
}

impl Target {
    /// Opens a table, if a deletion of its rows runs nothing but our trigger and checks of foreign keys.
    fn open(schema: Oid, table: EngineTable) -> Option<Self> {
        // SAFETY: a backend-local variable. An extension that audits expects to see the statement.
        let is_audited = unsafe { pg_sys::ExecutorCheckPerms_hook }.is_some();
        if is_audited || !transactions::sees_what_is_new() {
            return None;
        }
        let wanted = pg_sys::AclMode::from(pg_sys::ACL_SELECT | pg_sys::ACL_DELETE);
        let found = LockedTable::open_named(schema, table.rows().table(), Purpose::Writing)?;
        let look = || {
            let id = found.may_be_used(wanted).then(|| found.column(table.rows().key()))??;
            Some((found.index(id, pg_sys::INT8OID)?, found.keys_to(id, table.follower())?))
        };
        let Some((index, keys)) = look() else {
            found.close();
            return None;
        };
        Some(Self { open: OpenTable::new(found, Purpose::Writing, InMemory::current()), index, keys })
    }

    /// Deletes the rows of these ids, and returns whether all of them were there and free.
    fn delete(&self, ids: &[i64]) -> bool {
        let table = &self.open.table;
        let mut scan = Scan::begin(&self.open, self.index, Snapshot::Fresh, 1);
        let mut deleted = 0;
        for id in ids {
            scan.seek(EQUAL_BIGINT, *id);
            while scan.step(pg_sys::ScanDirection::ForwardScanDirection) {
                table.check_identity(pg_sys::CmdType::CMD_DELETE);
                deleted += usize::from(row_locks::delete(table, scan.reading.tuple()));
            }
        }
        scan.end(&self.open);
        deleted == ids.len()
    }
}

impl Referrer {
    /// Opens the table of a foreign key, if the key is of one `bigint` column and can be looked up.
    fn open(key: ForeignKey) -> Option<Self> {
        let table = LockedTable::open_by_id(key.table, Purpose::Reading)?;
        let look = || {
            let column = table.is_plain_heap().then(|| table.referring_column(key))??;
            table.index(column, pg_sys::INT8OID)
        };
        let Some(index) = look() else {
            table.close();
            return None;
        };
        Some(Self { open: OpenTable::new(table, Purpose::Reading, InMemory::current()), index })
    }

    /// Returns whether a row refers to one of these ids.
    fn refers_to(&self, ids: &[i64]) -> bool {
        let mut scan = Scan::begin(&self.open, self.index, Snapshot::Fresh, 1);
        let refers = ids.iter().any(|id| {
            scan.seek(EQUAL_BIGINT, *id);
            scan.step(pg_sys::ScanDirection::ForwardScanDirection)
        });
        scan.end(&self.open);
        refers
    }
}

impl LockedTable {
    /// Returns the foreign keys to a column whose checks a deletion runs; `None` if it runs anything else.
    ///
    /// Mirrors `TriggerEnabled()` (trigger.c) for a deletion. Unchanged from 14 to 18.
    fn keys_to(&self, referenced: i16, follower: &CStr) -> Option<Vec<ForeignKey>> {
        // SAFETY: backend-local variables; an open relation. Its triggers are copied before anything is looked up that may
        // accept invalidations, which free them.
        let (is_plain, triggers) = unsafe {
            let replicates =
                pg_sys::SessionReplicationRole as u32 == pg_sys::SESSION_REPLICATION_ROLE_REPLICA;
            let other =
                if replicates { pg_sys::TRIGGER_FIRES_ON_ORIGIN } else { pg_sys::TRIGGER_FIRES_ON_REPLICA };
            let fires = |trigger: &&pg_sys::Trigger| {
                u32::from(trigger.tgtype.cast_unsigned()) & pg_sys::TRIGGER_TYPE_DELETE != 0
                    && ![pg_sys::TRIGGER_DISABLED, other].contains(&(trigger.tgenabled as u8))
            };
            let triggers = (*self.0).trigdesc.as_ref().map_or(&[][..], |triggers| {
                std::slice::from_raw_parts(triggers.triggers, triggers.numtriggers as usize)
            });
            let class = &*(*self.0).rd_rel;
            let is_plain = !class.relhasrules && !class.relispartition;
            (is_plain, triggers.iter().filter(fires).copied().collect::<Vec<_>>())
        };
        let (ours, others): (Vec<_>, Vec<_>) =
            triggers.into_iter().partition(|trigger| acl::is_ours_and_named(trigger.tgfoid, follower));
        // A role that attaches our function again can give it a condition, which a statement evaluates.
        let is_after = |trigger: &pg_sys::Trigger| {
            u32::from(trigger.tgtype.cast_unsigned()) & pg_sys::TRIGGER_TYPE_TIMING_MASK
                == pg_sys::TRIGGER_TYPE_AFTER
        };
        let is_known = is_plain && ours.iter().all(|trigger| trigger.tgqual.is_null() && is_after(trigger));
        let is_check = [pg_sys::F_RI_FKEY_NOACTION_DEL, pg_sys::F_RI_FKEY_RESTRICT_DEL];
        let key = |trigger: pg_sys::Trigger| {
            let is_key = trigger.tgisinternal && is_check.contains(&trigger.tgfoid.to_u32());
            is_key.then_some(ForeignKey {
                constraint: trigger.tgconstraint,
                table: trigger.tgconstrrelid,
                referenced,
                is_deferrable: trigger.tgdeferrable,
            })
        };
        if is_known { others.into_iter().map(key).collect() } else { None }
    }

    /// Returns the column of a foreign key of this table, if the key is of this column alone, compared as a `bigint`.
    fn referring_column(&self, key: ForeignKey) -> Option<i16> {
        // SAFETY: the list belongs to the open relation; nothing is looked up while it is read.
        let (column, operator) = unsafe {
            let keys = pg_sys::RelationGetFKeyList(self.0).as_ref()?;
            let keys = std::slice::from_raw_parts(keys.elements, keys.length as usize);
            let known = keys
                .iter()
                .map(|cell| &*cell.ptr_value.cast::<pg_sys::ForeignKeyCacheInfo>())
                .find(|known| known.conoid == key.constraint)?;
            if known.nkeys != 1 || known.confkey[0] != key.referenced {
                return None;
            }
            (known.conkey[0], known.conpfeqop[0])
        };
        // SAFETY: a catalog look-up by oid.
        let function = unsafe { pg_sys::get_opcode(operator) };
        (function.to_u32() == pg_sys::F_INT8EQ).then_some(column)
    }
}
