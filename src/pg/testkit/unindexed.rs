//! Fills tables without their indexes, and builds the indexes afterwards: sorting all entries once costs less than half
//! of finding a place for each.

use crate::core::error::TaskerError;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::{self, Oid};

/// The smallest number of steps for which this pays: with fewer, a dozen new index files cost more than their entries
/// would.
const FEWEST_STEPS: usize = 5_000;
/// The least number of bytes that a step takes in `tasker_core_steps`.
const BYTES_OF_A_STEP: usize = 110;

/// Tables whose indexes are not maintained until they are built again. No other session can use the tables until the
/// transaction ends. If it fails, the indexes are what they were.
pub struct UnindexedTables(());

impl UnindexedTables {
    /// Stops maintaining the indexes of the tables that tasks and their steps are written to, if that pays. It pays if
    /// the tables have no more rows than will be added, because the entries of the old rows are built again as well.
    /// Returns `None` if it does not pay, if a session or the calling statement itself is using the tables, or if an
    /// index is already broken.
    pub fn begin(writer: &Writer, steps: usize) -> Result<Option<Self>, TaskerError> {
        if steps < FEWEST_STEPS {
            return Ok(None);
        }
        let (mut tables, mut can_be_left, mut bytes) = (Vec::new(), true, 0);
        let schema = spi::bigint(writer.session.schema().to_u32().into());
        writer.rails(Statement::BulkTables, &[schema], |row| {
            tables.push(row.i64(0));
            bytes += row.i64(1);
            can_be_left &= row.bool(2);
        })?;
        // This session must not use the tables either.
        writer.session.close_tables();
        let pays = usize::try_from(bytes).is_ok_and(|bytes| bytes / BYTES_OF_A_STEP <= steps);
        let oids: Vec<Oid> =
            tables.iter().filter_map(|&table| u32::try_from(table).ok().map(Oid::from)).collect();
        if !can_be_left || !pays || !are_ours_alone(&oids) {
            return Ok(None);
        }
        writer.rails(Statement::LeaveTestIndexes, &[spi::bigint_array(&tables)], |_| {})?;
        Ok(Some(Self(())))
    }

    /// Builds the indexes.
    pub fn build(self, writer: &Writer) -> Result<(), TaskerError> {
        writer.session.close_tables();
        writer.rails(Statement::BuildTestIndexes, &[], |_| {})
    }
}

/// Locks these tables against all other sessions, all of them or none, without waiting. Returns false and keeps no lock
/// if that fails, or if this session itself is using one of them.
fn are_ours_alone(tables: &[Oid]) -> bool {
    let lock = pg_sys::AccessExclusiveLock as i32;
    // SAFETY: tables that the catalog names; what is unlocked has been locked here.
    unsafe {
        let locked =
            tables.iter().take_while(|table| pg_sys::ConditionalLockRelationOid(**table, lock)).count();
        if locked == tables.len() && tables.iter().all(|table| is_idle(*table)) {
            return true;
        }
        // A session that holds one of them may want another one next.
        tables[..locked].iter().for_each(|table| pg_sys::UnlockRelationOid(*table, lock));
    }
    false
}

/// Returns whether no other code of this session has the table open, and no trigger of the table is pending.
///
/// # Safety
/// The table must be locked.
unsafe fn is_idle(table: Oid) -> bool {
    // SAFETY: locked before it is opened, and closed again.
    unsafe {
        let relation = pg_sys::try_relation_open(table, pg_sys::NoLock as i32);
        if relation.is_null() {
            return false;
        }
        let is_idle = (*relation).rd_refcnt == 1 && !pg_sys::AfterTriggerPendingOnRel(table);
        pg_sys::relation_close(relation, pg_sys::NoLock as i32);
        is_idle
    }
}
