//! Holds the common parts of scans and fetches: a snapshot, and a slot for the current row.

use crate::pg::heap::row_locks;
use crate::pg::heap::tables::{LockedTable, TablePlace};
use crate::pg::heap::tuple_layout::Columns;
use pgrx::pg_sys::{self, Datum};

/// The snapshot in which a reader reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshot {
    /// The snapshot of the statement that called the function, without the changes that the statement itself makes.
    Callers,
    /// A new snapshot for writers: all rows that are committed by now (at READ COMMITTED), and all changes of this
    /// transaction.
    Fresh,
}

/// A slot and a snapshot for a scan. After an error, the end of the (sub)transaction frees them.
pub struct CursorScan {
    pub slot: *mut pg_sys::TupleTableSlot,
    snapshot: pg_sys::Snapshot,
    /// True if the snapshot was registered here, and must be unregistered.
    is_registered: bool,
}

impl CursorScan {
    /// Creates a cursor with a slot for rows of the table.
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

    /// Returns the current row.
    pub fn tuple(&self) -> pg_sys::HeapTuple {
        // SAFETY: the slot of a heap holds a tuple.
        unsafe { (*self.slot.cast::<pg_sys::HeapTupleTableSlot>()).tuple }
    }

    /// Returns the tuple id (tid) of the current row.
    pub fn tid(&self) -> pg_sys::ItemPointerData {
        // SAFETY: as above.
        unsafe { (*self.tuple()).t_self }
    }

    /// Returns whether another running transaction has changed or locked the current row. Trying to lock the row would
    /// answer that too, but takes three visits to the lock manager.
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

    /// Moves to the row with a tuple id, if the snapshot shows one there.
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

    /// Copies the columns of the current row into `columns`.
    pub fn read(&self, table: &LockedTable, place: &TablePlace, columns: &mut Columns) {
        // SAFETY: a row of the table.
        unsafe { place.layout.read(self.tuple(), (*table.0).rd_att, columns) };
    }

    /// Returns the transaction that wrote the current row.
    pub fn xmin(&self) -> Option<Datum> {
        // Mirrors HeapTupleHeaderGetRawXmin() (htup_details.h). Unchanged from 14 to 18.
        // SAFETY: a tuple of a table has a header.
        unsafe { Some(Datum::from(u32::from((*self.tuple().as_ref()?.t_data).t_choice.t_heap.t_xmin))) }
    }

    /// Ends the cursor, after the scan that has used it, and returns the empty slot.
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
