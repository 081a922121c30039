//! Scans a whole table, below the executor, for questions about most of it.

use crate::core::error::TaskerError;
use crate::pg::datum::row::Row;
use crate::pg::heap::cursor::CursorScan;
use crate::pg::heap::cursor::Snapshot;
use crate::pg::heap::open_tables::OpenTable;
use crate::pg::heap::tables::TablePlace;
use crate::pg::host::interrupts;
use pgrx::pg_sys;

/// Passes the rows of an open table whose keys are wanted to `each`.
pub fn rows(
    open: &OpenTable,
    place: &TablePlace,
    snapshot: Snapshot,
    mut is_wanted: impl FnMut(i64) -> bool,
    each: &mut impl FnMut(&Row) -> Result<(), TaskerError>,
) -> Result<(), TaskerError> {
    let table = &open.table;
    let mut scan = Scan::begin(open, snapshot);
    let mut columns = place.layout.room();
    let mut result = Ok(());
    while result.is_ok()
        && let Some(tuple) = scan.step()
    {
        // SAFETY: the row at which the scan is.
        unsafe { place.layout.read(tuple, (*table.0).rd_att, &mut columns) };
        if is_wanted(columns.key(place.key)) {
            result = each(&columns.row(place.count));
        }
    }
    scan.end(open);
    result
}

/// A table scan in progress. It calls the functions of PostgreSQL's heap by name: through a table's list of functions,
/// an error would unwind over Rust's frames.
struct Scan {
    scan: pg_sys::TableScanDesc,
    reading: CursorScan,
}

impl Scan {
    fn begin(open: &OpenTable, snapshot: Snapshot) -> Self {
        let reading = CursorScan::begin(open.slot(), snapshot);
        let flags = pg_sys::ScanOptions::SO_TYPE_SEQSCAN
            | pg_sys::ScanOptions::SO_ALLOW_STRAT
            | pg_sys::ScanOptions::SO_ALLOW_PAGEMODE;
        let (no_keys, alone) = (std::ptr::null_mut(), std::ptr::null_mut());
        // Mirrors table_beginscan() (tableam.h) on a heap. Unchanged from 14 to 18; from 17 on, the scan reads pages ahead.
        // SAFETY: table and snapshot outlive the scan.
        let scan =
            unsafe { pg_sys::heap_beginscan(open.table.0, reading.snapshot(), 0, no_keys, alone, flags) };
        Self { scan, reading }
    }

    /// Returns the next row, if there is one.
    fn step(&mut self) -> Option<pg_sys::HeapTuple> {
        interrupts::check();
        // Mirrors systable_getnext() without an index, which uses slots. Unchanged from 14 to 18.
        // SAFETY: a scan in progress; the row is lent until the next step.
        let tuple = unsafe { pg_sys::heap_getnext(self.scan, pg_sys::ScanDirection::ForwardScanDirection) };
        (!tuple.is_null()).then_some(tuple)
    }

    fn end(self, open: &OpenTable) {
        // Mirrors table_endscan() (tableam.h). Unchanged from 14 to 18.
        // SAFETY: begun by `begin`.
        unsafe { pg_sys::heap_endscan(self.scan) };
        open.take_back(self.reading.end());
    }
}
