//! What scans and fetches have in common: a snapshot, and a slot for the row at which they are.

use crate::pg::heap::row_locks;
use crate::pg::heap::tables::{LockedTable, TablePlace};
use crate::pg::heap::tuple_layout::Columns;
use pgrx::pg_sys::{self, Datum};

/// What a reader sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshot {
    /// What the statement that called us sees, and nothing that it does itself.
    Callers,
    /// What is committed by now (at READ COMMITTED), and all that this transaction has done: for those who write.
    Fresh,
}

/// Where a scan puts its rows. An error needs no end of it: the (sub)transaction's end frees what it holds.
pub struct CursorScan {
    pub slot: *mut pg_sys::TupleTableSlot,
    snapshot: pg_sys::Snapshot,
    /// Whether the snapshot is ours to give back.
    is_registered: bool,
}

impl CursorScan {
    /// With a slot for rows of the table that is read.
    pub fn begin(slot: *mut pg_sys::TupleTableSlot, snapshot: Snapshot) -> Self {
        // SAFETY: a query is running, so that there is an active snapshot; a new one is registered for as long as the
        // reading lasts.
        unsafe {
            match snapshot {
                // Mirrors a statement of a function that is not volatile (spi.c). Unchanged from 14 to 18.
                Snapshot::Callers => {
                    Self { slot, snapshot: pg_sys::GetActiveSnapshot(), is_registered: false }
                }
                // Mirrors a statement of a volatile function (there). Unchanged from 14 to 18.
                Snapshot::Fresh => {
                    pg_sys::CommandCounterIncrement();
                    let snapshot = pg_sys::RegisterSnapshot(pg_sys::GetTransactionSnapshot());
                    Self { slot, snapshot, is_registered: true }
                }
            }
        }
    }

    pub fn snapshot(&self) -> pg_sys::Snapshot {
        self.snapshot
    }

    /// The current row.
    pub fn tuple(&self) -> pg_sys::HeapTuple {
        // SAFETY: the slot of a heap holds a tuple.
        unsafe { (*self.slot.cast::<pg_sys::HeapTupleTableSlot>()).tuple }
    }

    /// Where the current row is.
    pub fn tid(&self) -> pg_sys::ItemPointerData {
        // SAFETY: as above.
        unsafe { (*self.tuple()).t_self }
    }

    /// Whether a transaction that is still running has changed or locked the current row. Trying to lock the row would
    /// tell that too, but takes three visits to the lock manager.
    pub fn is_taken(&self) -> bool {
        if !row_locks::is_touched(self.tuple()) {
            return false;
        }
        // Mirrors how heap_lock_tuple() (heapam.c) reads a header. The flags (htup_details.h) are the same.
        // SAFETY: the slot keeps the page of the row pinned, whose lock is held while the row's header is read.
        let (mask, by) = unsafe {
            let buffer = (*self.slot.cast::<pg_sys::BufferHeapTupleTableSlot>()).buffer;
            pg_sys::LockBuffer(buffer, pg_sys::BUFFER_LOCK_SHARE as i32);
            let header = &*(*self.tuple()).t_data;
            let (mask, by) = (u32::from(header.t_infomask), header.t_choice.t_heap.t_xmax);
            pg_sys::LockBuffer(buffer, pg_sys::BUFFER_LOCK_UNLOCK as i32);
            (mask, by)
        };
        // What several have locked, and what is locked against a change of its key alone, may be locked yet.
        let may_be_shared =
            pg_sys::HEAP_XMAX_INVALID | pg_sys::HEAP_XMAX_IS_MULTI | pg_sys::HEAP_XMAX_KEYSHR_LOCK;
        // Mirrors HeapTupleSatisfiesUpdate() (heapam_visibility.c), which asks both functions in this order. Unchanged from 14 to 18.
        // SAFETY: of any transaction.
        mask & may_be_shared == 0
            && unsafe {
                !pg_sys::TransactionIdIsCurrentTransactionId(by) && pg_sys::TransactionIdIsInProgress(by)
            }
    }

    /// Goes to the row at a place of the table, if the snapshot shows one there.
    pub fn fetch(&mut self, table: &LockedTable, tid: pg_sys::ItemPointerData) -> bool {
        // Mirrors heapam_fetch_row_version() (heapam_handler.c). 15 gave heap_fetch() the argument `keep_buf`; 17 dropped its
        // check of old_snapshot_threshold. Its predicate locks (SERIALIZABLE) are the same.
        // SAFETY: a slot for rows of a heap, which keeps the page pinned. No other session can shorten a table that is locked,
        // and a place on a page that is empty by now has no row.
        unsafe {
            let slot = self.slot.cast::<pg_sys::BufferHeapTupleTableSlot>();
            let (row, mut buffer) = (&raw mut (*slot).base.tupdata, pg_sys::InvalidBuffer as pg_sys::Buffer);
            (*row).t_self = tid;
            #[cfg(feature = "pg14")]
            let is_found = pg_sys::heap_fetch(table.0, self.snapshot, row, &mut buffer);
            #[cfg(not(feature = "pg14"))]
            let is_found = pg_sys::heap_fetch(table.0, self.snapshot, row, &mut buffer, false);
            if is_found {
                pg_sys::ExecStorePinnedBufferHeapTuple(row, self.slot, buffer);
            }
            is_found
        }
    }

    /// Puts the columns of the current row into the room.
    pub fn read(&self, table: &LockedTable, place: &TablePlace, columns: &mut Columns) {
        // SAFETY: a row of the table.
        unsafe { place.layout.read(self.tuple(), (*table.0).rd_att, columns) };
    }

    /// The transaction that wrote the current row.
    pub fn xmin(&self) -> Option<Datum> {
        // Mirrors HeapTupleHeaderGetRawXmin() (htup_details.h). Unchanged from 14 to 18.
        // SAFETY: a tuple of a table has a header.
        unsafe { Some(Datum::from(u32::from((*self.tuple().as_ref()?.t_data).t_choice.t_heap.t_xmin))) }
    }

    /// Ends it, after the scan that has used it; hands the slot back, which holds no row any more.
    pub fn end(self) -> *mut pg_sys::TupleTableSlot {
        // SAFETY: a slot of ours, which lets go of the page of its row; the snapshot is not used any more.
        unsafe {
            pg_sys::ExecStoreAllNullTuple(self.slot);
            if self.is_registered {
                pg_sys::UnregisterSnapshot(self.snapshot);
            }
        }
        self.slot
    }
}
