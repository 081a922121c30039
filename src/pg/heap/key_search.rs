//! Finds the rows of given keys: where they were last seen, or otherwise through an index.
//!
//! A session that moves a step reads, locks and writes the same few rows one after the other. A row that was seen
//! before is fetched by its last tuple id. It is used if the snapshot shows a row with the wanted key there: whatever
//! happened meanwhile, that row has the key.

use crate::core::error::TaskerError;
use crate::pg::datum::row::Row;
use crate::pg::heap::cursor::CursorScan;
use crate::pg::heap::cursor::Snapshot;
use crate::pg::heap::index_scan::{Scan, equal};
use crate::pg::heap::lookup::LookUp;
use crate::pg::heap::open_tables::OpenTable;
use crate::pg::heap::tables::TablePlace;
use crate::pg::heap::tuple_layout::Columns;
use crate::pg::host::interrupts;
use pgrx::pg_sys;

/// A search for rows in progress.
pub struct KeySearch<'a> {
    open: &'a OpenTable,
    place: &'a TablePlace,
    look_up: LookUp,
    snapshot: Snapshot,
    columns: Columns,
    /// The cursor for rows that are still where they were last seen.
    seen: Option<CursorScan>,
    /// The index scan for all other rows.
    scan: Option<Scan>,
}

impl<'a> KeySearch<'a> {
    pub fn begin(open: &'a OpenTable, place: &'a TablePlace, look_up: LookUp, snapshot: Snapshot) -> Self {
        let columns = place.layout.room();
        Self { open, place, look_up, snapshot, columns, seen: None, scan: None }
    }

    /// Passes each row of a key to `each`, with the cursor at the row; `each` says whether the row is a wanted one.
    pub fn rows(
        &mut self,
        key: i64,
        mut each: impl FnMut(&Row, &CursorScan) -> Result<bool, TaskerError>,
    ) -> Result<(), TaskerError> {
        let Self { open, place, columns, .. } = self;
        if self.look_up.finds_one()
            && let Some(tid) = open.seen_at(key)
        {
            interrupts::check();
            let reading = self.seen.get_or_insert_with(|| CursorScan::begin(open.slot(), self.snapshot));
            if reading.fetch(&open.table, tid) {
                reading.read(&open.table, place, columns);
                if columns.key(place.key) == key && each(&columns.row(place.count), reading)? {
                    return Ok(());
                }
            }
        }
        let scan = self.scan.get_or_insert_with(|| Scan::begin(open, place.index, self.snapshot, 1));
        scan.seek(equal(self.look_up), key);
        while scan.step(pg_sys::ScanDirection::ForwardScanDirection) {
            scan.reading.read(&open.table, place, columns);
            if each(&columns.row(place.count), &scan.reading)? && self.look_up.finds_one() {
                open.see(key, scan.reading.tid());
            }
        }
        Ok(())
    }

    pub fn end(self) {
        if let Some(scan) = self.scan {
            scan.end(self.open);
        }
        if let Some(reading) = self.seen {
            self.open.take_back(reading.end());
        }
    }
}
