//! Reads rows of a table by the values of one column: through an index, or by a scan of the whole table if that is
//! cheaper.

use crate::core::error::TaskerError;
use crate::core::time::Timestamp;
use crate::pg::datum::row::Row;
use crate::pg::heap::cursor::Snapshot;
use crate::pg::heap::index_scan::{LATER, NOT_EARLIER, Scan};
use crate::pg::heap::key_search::KeySearch;
use crate::pg::heap::lookup::LookUp;
use crate::pg::heap::open_tables::OpenTables;
use crate::pg::heap::table_scan;
use crate::pg::heap::tables::Purpose;
use pgrx::pg_sys;

/// The number of keys above which the whole table may be scanned. With fewer keys, an operator who watches the
/// statistics of a table should not see sequential scans.
const MANY_KEYS: usize = 1_000;

/// Passes the rows of these keys to `each`. Returns `None`, and has done nothing, if a statement must do it.
pub fn rows(
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
        // Rows of the same key usually follow each other.
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
    let mut finding = KeySearch::begin(&open, &place, look_up, snapshot);
    let result = keys.iter().try_for_each(|key| finding.rows(*key, |row, _| each(row).map(|()| true)));
    finding.end();
    result.map(Some)
}

/// Passes the rows whose key, a time, is later to `each`. Returns `None`, and has done nothing, if a statement must do
/// it.
pub fn rows_after(
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

/// Returns whether the later rows are more than half of all, if times are spread evenly between the first and the last.
/// A row costs twice as much through an index as in a scan of the table.
fn is_most(ends: Option<(i64, i64)>, after: Timestamp) -> bool {
    ends.is_some_and(|(first, last)| {
        after.to_postgres() < first.saturating_add(last.saturating_sub(first) / 2)
    })
}

/// Passes the row with the greatest key to `each`, if there is one, with the transaction that wrote it after its
/// columns. Returns `None`, and has done nothing, if a statement must do it.
pub fn last_row(
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

/// Returns the least key, which must be an integer or a time, in a fresh snapshot; the outer `None` if a statement must
/// do it, the inner one if there is no row.
pub fn first_key(tables: &OpenTables, look_up: LookUp) -> Option<Option<i64>> {
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
