//! Scans of one index by one key, below the executor (as PostgreSQL itself reads its catalogs, genam.c).

use super::finding::Finding;
use super::look_up::LookUp;
use super::opened::{OpenTable, OpenTables, Purpose};
use super::reading::Reading;
use super::{Row, Snapshot, table_scan};
use crate::core::error::TaskerError;
use crate::core::time::Timestamp;
use crate::pg::interrupts;
use pgrx::pg_sys::{self, Datum, Oid};

/// With fewer, whoever watches the statistics of a table should not see it scanned.
const MANY_KEYS: usize = 1_000;

/// Hands over the rows of these keys; `None` if that is not for an index scan to do, and nothing has been done.
pub(super) fn rows(
    tables: &OpenTables,
    look_up: LookUp,
    keys: &[i64],
    snapshot: Snapshot,
    each: &mut impl FnMut(&Row) -> Result<(), TaskerError>,
) -> Result<Option<()>, TaskerError> {
    let Some((open, place)) = tables.open(look_up, Purpose::Reading) else { return Ok(None) };
    let table = &open.table;
    // To go through a page costs what it costs to find a key.
    if keys.len() > MANY_KEYS && keys.len() > table.pages() {
        // Rows of the same key mostly follow each other.
        let mut last = None;
        let is_wanted = |key| {
            let (_, is_wanted) = *last.insert(match last {
                Some((of, known)) if of == key => (key, known),
                _ => (key, keys.binary_search(&key).is_ok()),
            });
            is_wanted
        };
        return table_scan::rows(&open, &place, snapshot, is_wanted, each).map(Some);
    }
    let mut finding = Finding::begin(&open, &place, look_up, snapshot);
    let result = keys.iter().try_for_each(|key| finding.rows(*key, |row, _| each(row).map(|()| true)));
    finding.end();
    result.map(Some)
}

/// Hands over the rows whose key, a time, is later; `None` as above.
pub(super) fn rows_after(
    tables: &OpenTables,
    look_up: LookUp,
    after: Timestamp,
    snapshot: Snapshot,
    each: &mut impl FnMut(&Row) -> Result<(), TaskerError>,
) -> Result<Option<()>, TaskerError> {
    let Some((open, place)) = tables.open(look_up, Purpose::Reading) else { return Ok(None) };
    let table = &open.table;
    let mut scan = Scan::begin(&open, place.index, snapshot, 1);
    let mut columns = place.layout.room();
    let mut end = |direction| {
        scan.seek(NOT_EARLIER, Timestamp::MINUS_INFINITY.to_postgres());
        scan.step(direction).then(|| {
            scan.reading.read(table, &place, &mut columns);
            columns.key(place.key)
        })
    };
    let first = end(pg_sys::ScanDirection::ForwardScanDirection);
    let last = end(pg_sys::ScanDirection::BackwardScanDirection);
    let mut result = Ok(());
    if is_most(first.zip(last), after) {
        scan.end(&open);
        result = table_scan::rows(&open, &place, snapshot, |key| key > after.to_postgres(), each);
    } else {
        scan.seek(LATER, after.to_postgres());
        while result.is_ok() && scan.step(pg_sys::ScanDirection::ForwardScanDirection) {
            scan.reading.read(table, &place, &mut columns);
            result = each(&columns.row(place.count));
        }
        scan.end(&open);
    }
    result.map(Some)
}

/// Whether what is later is more than half of all there is, if times are spread evenly between the first and the last:
/// through an index a row costs twice what it costs in a scan of the table.
fn is_most(ends: Option<(i64, i64)>, after: Timestamp) -> bool {
    ends.is_some_and(|(first, last)| {
        after.to_postgres() < first.saturating_add(last.saturating_sub(first) / 2)
    })
}

/// Hands over the row with the greatest key, if there is one, and after its columns the transaction that wrote it;
/// `None` as above.
pub(super) fn last_row(
    tables: &OpenTables,
    look_up: LookUp,
    snapshot: Snapshot,
    each: &mut impl FnMut(&Row) -> Result<(), TaskerError>,
) -> Result<Option<()>, TaskerError> {
    let Some((open, place)) = tables.open(look_up, Purpose::Reading) else { return Ok(None) };
    let mut scan = Scan::begin(&open, place.index, snapshot, 0);
    scan.seek_any();
    let mut result = Ok(());
    if scan.step(pg_sys::ScanDirection::BackwardScanDirection) {
        let mut columns = place.layout.room();
        scan.reading.read(&open.table, &place, &mut columns);
        result = scan.with_writer(&columns.row(place.count), each);
    }
    scan.end(&open);
    result.map(Some)
}

/// The least key that there is, if it is an integer or a time, in a fresh snapshot; `None` as above.
pub(super) fn first_key(tables: &OpenTables, look_up: LookUp) -> Option<Option<i64>> {
    let (open, place) = tables.open(look_up, Purpose::Reading)?;
    if open.table.pages() == 0 {
        return Some(None);
    }
    let mut scan = Scan::begin(&open, place.index, Snapshot::Fresh, 0);
    scan.seek_any();
    let first = scan.step(pg_sys::ScanDirection::ForwardScanDirection).then(|| {
        let mut columns = place.layout.room();
        scan.reading.read(&open.table, &place, &mut columns);
        columns.key(place.key)
    });
    scan.end(&open);
    Some(first)
}

/// The number of a comparison in a B-tree, and its function.
pub(super) type Comparison = (u32, u32);

pub(super) const NOT_EARLIER: Comparison = (pg_sys::BTGreaterEqualStrategyNumber, pg_sys::F_TIMESTAMP_GE);
const LATER: Comparison = (pg_sys::BTGreaterStrategyNumber, pg_sys::F_TIMESTAMP_GT);

pub(super) fn equal(look_up: LookUp) -> Comparison {
    let function = if look_up.key().1 == pg_sys::INT4OID { pg_sys::F_INT4EQ } else { pg_sys::F_INT8EQ };
    (pg_sys::BTEqualStrategyNumber, function)
}

/// A scan in progress.
pub(super) struct Scan {
    scan: pg_sys::IndexScanDesc,
    pub(super) reading: Reading,
}

impl Scan {
    pub(super) fn begin(open: &OpenTable, index: Oid, snapshot: Snapshot, keys: i32) -> Self {
        let (index, reading) = (open.index(index), Reading::begin(open.slot(), snapshot));
        // SAFETY: table and index are open, and stay so; the snapshot outlives the scan.
        let scan = unsafe { pg_sys::index_beginscan(open.table.0, index, reading.snapshot(), keys, 0) };
        Self { scan, reading }
    }

    /// Goes to the first row whose key compares so.
    pub(super) fn seek(&mut self, (strategy, comparison): Comparison, key: i64) {
        let mut entry = pg_sys::ScanKeyData::default();
        // SAFETY: the scan copies the key, which compares the first column of the index with its own type.
        unsafe {
            let strategy = strategy as pg_sys::StrategyNumber;
            pg_sys::ScanKeyInit(&mut entry, 1, strategy, Oid::from(comparison), Datum::from(key));
            pg_sys::index_rescan(self.scan, &mut entry, 1, std::ptr::null_mut(), 0);
        }
    }

    /// Begins with the whole index.
    pub(super) fn seek_any(&mut self) {
        // SAFETY: a scan without keys.
        unsafe {
            pg_sys::index_rescan(self.scan, std::ptr::null_mut(), 0, std::ptr::null_mut(), 0);
        }
    }

    /// Goes to the next row, if there is one.
    pub(super) fn step(&mut self, direction: pg_sys::ScanDirection::Type) -> bool {
        interrupts::check();
        // SAFETY: scan and slot are of the same table.
        unsafe { pg_sys::index_getnext_slot(self.scan, direction, self.reading.slot) }
    }

    /// Hands over a row and after its columns the transaction that wrote it.
    pub(super) fn with_writer<R>(&self, row: &Row, each: impl FnOnce(&Row) -> R) -> R {
        let xmin = self.reading.xmin();
        let values: Vec<Datum> = row.values.iter().copied().chain(xmin).collect();
        let nulls: Vec<bool> = row.nulls.iter().copied().chain(xmin.map(|_| false)).collect();
        each(&Row { values: &values, nulls: &nulls })
    }

    pub(super) fn end(self, open: &OpenTable) {
        // SAFETY: begun by `begin`.
        unsafe { pg_sys::index_endscan(self.scan) };
        open.take_back(self.reading.end());
    }
}
