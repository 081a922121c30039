//! Scans one index by one key, below the executor, as PostgreSQL reads its own catalogs (genam.c).

use crate::pg::datum::row::Row;
use crate::pg::heap::cursor::CursorScan;
use crate::pg::heap::cursor::Snapshot;
use crate::pg::heap::lookup::LookUp;
use crate::pg::heap::open_tables::OpenTable;
use crate::pg::host::interrupts;
use pgrx::pg_sys::{self, Datum, Oid};

/// The strategy number of a comparison in a B-tree, and its function.
pub type Comparison = (u32, u32);

pub const NOT_EARLIER: Comparison = (pg_sys::BTGreaterEqualStrategyNumber, pg_sys::F_TIMESTAMP_GE);
pub const LATER: Comparison = (pg_sys::BTGreaterStrategyNumber, pg_sys::F_TIMESTAMP_GT);
pub const EQUAL_BIGINT: Comparison = (pg_sys::BTEqualStrategyNumber, pg_sys::F_INT8EQ);
const EQUAL_INTEGER: Comparison = (pg_sys::BTEqualStrategyNumber, pg_sys::F_INT4EQ);

pub fn equal(look_up: LookUp) -> Comparison {
    if look_up.key().1 == pg_sys::INT4OID { EQUAL_INTEGER } else { EQUAL_BIGINT }
}

/// An index scan in progress.
pub struct Scan {
    scan: pg_sys::IndexScanDesc,
    pub reading: CursorScan,
}

impl Scan {
    pub fn begin(open: &OpenTable, index: Oid, snapshot: Snapshot, keys: i32) -> Self {
        let (index, reading) = (open.index(index), CursorScan::begin(open.slot(), snapshot));
        let (table, seen) = (open.table.0, reading.snapshot());
        // Mirrors systable_beginscan() (genam.c). 16 asserts that there is a snapshot; 18 has an argument for EXPLAIN ANALYZE,
        // NULL for catalogs. Predicate locks on relations and index pages (SERIALIZABLE) are the same.
        // SAFETY: table and index are open, and stay so; the snapshot outlives the scan.
        #[cfg(not(feature = "pg18"))]
        let scan = unsafe { pg_sys::index_beginscan(table, index, seen, keys, 0) };
        // SAFETY: as above.
        #[cfg(feature = "pg18")]
        let scan = unsafe { pg_sys::index_beginscan(table, index, seen, std::ptr::null_mut(), keys, 0) };
        Self { scan, reading }
    }

    /// Starts the scan at the first row whose key matches this comparison.
    pub fn seek(&mut self, (strategy, comparison): Comparison, key: i64) {
        let mut entry = pg_sys::ScanKeyData::default();
        // Mirrors systable_beginscan(). Unchanged from 14 to 18.
        // SAFETY: the scan copies the key, which compares the first column of the index with its own type.
        unsafe {
            let strategy = strategy as pg_sys::StrategyNumber;
            pg_sys::ScanKeyInit(&mut entry, 1, strategy, Oid::from(comparison), Datum::from(key));
            pg_sys::index_rescan(self.scan, &mut entry, 1, std::ptr::null_mut(), 0);
        }
    }

    /// Starts the scan of the whole index.
    pub fn seek_any(&mut self) {
        // Mirrors systable_beginscan_ordered() (genam.c). Unchanged from 14 to 18.
        // SAFETY: a scan without keys.
        unsafe {
            pg_sys::index_rescan(self.scan, std::ptr::null_mut(), 0, std::ptr::null_mut(), 0);
        }
    }

    /// Moves to the next row, and returns whether there is one.
    pub fn step(&mut self, direction: pg_sys::ScanDirection::Type) -> bool {
        interrupts::check();
        // Mirrors systable_getnext(). Unchanged from 14 to 18.
        // SAFETY: scan and slot are of the same table.
        unsafe { pg_sys::index_getnext_slot(self.scan, direction, self.reading.slot) }
    }

    /// Passes a row to `each`, with the transaction that wrote it after its columns.
    pub fn with_writer<R>(&self, row: &Row, each: impl FnOnce(&Row) -> R) -> R {
        let xmin = self.reading.xmin();
        let values: Vec<Datum> = row.values.iter().copied().chain(xmin).collect();
        let nulls: Vec<bool> = row.nulls.iter().copied().chain(xmin.map(|_| false)).collect();
        each(&Row { values: &values, nulls: &nulls })
    }

    pub fn end(self, open: &OpenTable) {
        // Mirrors systable_endscan(). Unchanged from 14 to 18.
        // SAFETY: begun by `begin`.
        unsafe { pg_sys::index_endscan(self.scan) };
        open.take_back(self.reading.end());
    }
}
