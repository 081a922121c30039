//! Locks, deletes or replaces one row of a table, as heapam.c does, unless another session holds the row.

use crate::pg::heap::index_entries::EntryScope;
use crate::pg::heap::tables::LockedTable;
use pgrx::pg_sys;

/// Returns whether a transaction, including this one, has locked or changed the row, or has tried to.
pub fn is_touched(row: pg_sys::HeapTuple) -> bool {
    // SAFETY: a row has a header.
    unsafe { (*(*row).t_data).t_infomask & pg_sys::HEAP_XMAX_INVALID as u16 == 0 }
}

/// Locks a row if it is the latest version and no other session holds it.
pub fn lock(table: &LockedTable, row: pg_sys::HeapTuple) -> bool {
    // Mirrors heapam_tuple_lock() (heapam_handler.c) for SKIP LOCKED. Unchanged from 14 to 18; the setting
    // log_lock_failures of 18 is for NOWAIT.
    // SAFETY: a row of this table. The buffer comes back pinned, whatever the result.
    unsafe {
        let mut row = pg_sys::HeapTupleData { t_self: (*row).t_self, ..Default::default() };
        let (mut buffer, mut failure) =
            (pg_sys::InvalidBuffer as pg_sys::Buffer, pg_sys::TM_FailureData::default());
        let result = pg_sys::heap_lock_tuple(
            table.0,
            &mut row,
            pg_sys::GetCurrentCommandId(true),
            pg_sys::LockTupleMode::LockTupleNoKeyExclusive,
            pg_sys::LockWaitPolicy::LockWaitSkip,
            false,
            &mut buffer,
            &mut failure,
        );
        pg_sys::ReleaseBuffer(buffer);
        result == pg_sys::TM_Result::TM_Ok
    }
}

/// Deletes a row, and returns whether it was free.
pub fn delete(table: &LockedTable, row: pg_sys::HeapTuple) -> bool {
    let delete = |waits| {
        // Mirrors heapam_tuple_delete() (heapam_handler.c). Unchanged from 14 to 18.
        // SAFETY: a row of this table, which is open and locked for writing.
        unsafe {
            let mut tid = (*row).t_self;
            let mut failure = pg_sys::TM_FailureData::default();
            let (command, any) = (pg_sys::GetCurrentCommandId(true), std::ptr::null_mut());
            pg_sys::heap_delete(table.0, &mut tid, command, any, waits, &mut failure, false)
        }
    };
    match delete(false) {
        pg_sys::TM_Result::TM_Ok => true,
        // The holder may be this transaction: heap_delete() checks that only when it is allowed to wait for the holder.
        pg_sys::TM_Result::TM_BeingModified => lock(table, row) && delete(true) == pg_sys::TM_Result::TM_Ok,
        _ => false,
    }
}

/// Replaces an old row by a new one. It returns the entries that the new one needs, or `None` if the old one has been
/// changed. It may wait unless this transaction has locked the old row: heap_update() cannot be called without
/// permission to wait.
///
/// # Safety
/// The old row must be of this table, which must be open and locked for writing; the new one must be made for it.
/// A row of this table, which is open and locked for writing, and one that is made for it.
pub unsafe fn replace(
    table: &LockedTable,
    old: pg_sys::HeapTuple,
    new: pg_sys::HeapTuple,
) -> Option<EntryScope> {
    let (mut failure, mut mode) = (pg_sys::TM_FailureData::default(), 0);
    // Mirrors heapam_tuple_update() (heapam_handler.c). Before 16 a row that stays on its page (HOT) needs no entry, and no column
    // of any index may have changed. From 16 on, heap_update() says which entries are needed: columns of summarizing indexes
    // may change. 18 and the last releases of 15 answer TM_Deleted for a row that was removed meanwhile, which happens with
    // catalogs alone: the snapshot keeps this one.
    // SAFETY: as promised.
    unsafe {
        let (command, any) = (pg_sys::GetCurrentCommandId(true), std::ptr::null_mut());
        let mut tid = (*old).t_self;
        let (old, failure) = (&mut tid, &mut failure);
        #[cfg(any(feature = "pg14", feature = "pg15"))]
        {
            let result = pg_sys::heap_update(table.0, old, new, command, any, true, failure, &mut mode);
            let is_moved = u32::from((*(*new).t_data).t_infomask2) & pg_sys::HEAP_ONLY_TUPLE == 0;
            let wanted = if is_moved { EntryScope::All } else { EntryScope::None };
            (result == pg_sys::TM_Result::TM_Ok).then_some(wanted)
        }
        #[cfg(not(any(feature = "pg14", feature = "pg15")))]
        {
            let mut entries = pg_sys::TU_UpdateIndexes::TU_None;
            let result =
                pg_sys::heap_update(table.0, old, new, command, any, true, failure, &mut mode, &mut entries);
            let wanted = match entries {
                pg_sys::TU_UpdateIndexes::TU_None => EntryScope::None,
                pg_sys::TU_UpdateIndexes::TU_Summarizing => EntryScope::Summarizing,
                _ => EntryScope::All,
            };
            (result == pg_sys::TM_Result::TM_Ok).then_some(wanted)
        }
    }
}
