//! What index scans and table scans have in common: a snapshot, and a slot for the row at which they are.

use super::Snapshot;
use super::place::Table;
use pgrx::pg_sys::{self, Datum};

/// Where a scan puts its rows. An error needs no end of it: the (sub)transaction's end frees what it holds.
pub(super) struct Reading {
    pub(super) slot: *mut pg_sys::TupleTableSlot,
    pub(super) snapshot: pg_sys::Snapshot,
    /// Whether the snapshot is ours to give back.
    is_registered: bool,
}

impl Reading {
    pub(super) fn begin(table: &Table, snapshot: Snapshot) -> Self {
        // SAFETY: a query is running, so that there is an active snapshot; a new one is registered for as long as the
        // reading lasts. The table is open, and stays so.
        unsafe {
            let slot = pg_sys::table_slot_create(table.0, std::ptr::null_mut());
            match snapshot {
                Snapshot::Callers => {
                    Self { slot, snapshot: pg_sys::GetActiveSnapshot(), is_registered: false }
                }
                Snapshot::Fresh => {
                    pg_sys::CommandCounterIncrement();
                    let snapshot = pg_sys::RegisterSnapshot(pg_sys::GetTransactionSnapshot());
                    Self { slot, snapshot, is_registered: true }
                }
            }
        }
    }

    /// The current row.
    pub(super) fn tuple(&self) -> pg_sys::HeapTuple {
        // SAFETY: the slot of a heap holds a tuple.
        unsafe { (*self.slot.cast::<pg_sys::HeapTupleTableSlot>()).tuple }
    }

    /// The transaction that wrote the current row.
    pub(super) fn xmin(&self) -> Option<Datum> {
        // SAFETY: a tuple of a table has a header.
        unsafe { Some(Datum::from(u32::from((*self.tuple().as_ref()?.t_data).t_choice.t_heap.t_xmin))) }
    }

    /// Ends it, after the scan that has used it.
    pub(super) fn end(self) {
        // SAFETY: made by `begin`, and not used any more.
        unsafe {
            pg_sys::ExecDropSingleTupleTableSlot(self.slot);
            if self.is_registered {
                pg_sys::UnregisterSnapshot(self.snapshot);
            }
        }
    }
}
