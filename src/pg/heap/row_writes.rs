//! Writes heap rows and index entries directly, as PostgreSQL does for its catalogs (`indexing.c`). Starting and ending
//! an executor plan costs several times more than writing one row.
//!
//! A row that another session holds is left unchanged and reported to the caller, which runs a statement for it.

use crate::core::error::TaskerError;
use crate::core::time::Timestamp;
use crate::pg::datum::row::Row;
use crate::pg::heap::cursor::CursorScan;
use crate::pg::heap::cursor::Snapshot;
use crate::pg::heap::index_entries::{EntryScope, StoredRow};
use crate::pg::heap::index_scan::{NOT_EARLIER, Scan};
use crate::pg::heap::key_search::KeySearch;
use crate::pg::heap::lookup::LookUp;
use crate::pg::heap::open_tables::{OpenTable, OpenTables};
use crate::pg::heap::row_locks;
use crate::pg::heap::tables::Purpose;
use crate::pg::heap::tables::{TablePlace, WriteTarget};
use pgrx::pg_sys::{self, Datum};
use std::rc::Rc;

/// The new values of columns, each with the index of its column in the look-up; `None` for NULL.
pub type NewValues = Vec<(usize, Option<Datum>)>;

/// The result of writing rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteResult {
    /// The number of rows that have been written.
    pub done: u64,
    /// The number of rows that another session held, or had changed since the snapshot.
    pub busy: u64,
}

/// The result of changing rows, with what was read from each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeResult<R> {
    /// The results of `change`, one for each changed row.
    pub done: Vec<R>,
    /// The number of rows that another session held, or had changed since the snapshot.
    pub busy: u64,
}

impl OpenTables {
    /// Inserts rows, each with all columns of the look-up, which must be all of the table. Returns `None`, and has done
    /// nothing, if a statement must do it. Rows with the same key must not exist (23505).
    ///
    /// # Complexity
    /// O(log n) a row and index.
    pub fn insert_rows(&self, look_up: LookUp, rows: &[Vec<Option<Datum>>]) -> Option<()> {
        let writing = TableWriter::begin(self, look_up)?;
        let is_whole = writing.writable().is_some_and(|writable| writable.is_whole);
        if !is_whole || !writing.makes_entries() {
            return None;
        }
        rows.iter().for_each(|row| writing.insert(row));
        Some(())
    }

    /// Locks the wanted rows among these keys that no other session has locked, and passes each to `each`. Returns
    /// `None` if a statement must do it.
    ///
    /// # Complexity
    /// O(log n) for each key, and O(1) for each row.
    pub fn lock_free_rows(
        &self,
        look_up: LookUp,
        keys: &[i64],
        is_wanted: impl Fn(&Row) -> bool,
        mut each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<Option<()>, TaskerError> {
        let Some(writing) = TableWriter::to_lock(self, look_up) else { return Ok(None) };
        let result = writing.for_each_row(keys, |_, row, reading| {
            let is_wanted = is_wanted(row);
            if is_wanted && row_locks::lock(&writing.open.table, reading.tuple()) {
                each(row)?;
            }
            Ok(is_wanted)
        });
        result.map(Some)
    }

    /// Locks the first wanted rows from a time on that no other session has locked, up to the limit. It passes them to
    /// `each` in their order, with the transaction that wrote a row after its columns. Returns `None` if a statement
    /// must do it.
    ///
    /// # Complexity
    /// O(log n), and O(1) for each row that is locked or passed over.
    pub fn lock_first_free(
        &self,
        look_up: LookUp,
        (from, limit): (Timestamp, usize),
        is_wanted: impl Fn(&Row) -> bool,
        mut each: impl FnMut(&Row),
    ) -> Option<()> {
        let writing = TableWriter::to_lock(self, look_up)?;
        let mut columns = writing.place.layout.room();
        let mut scan = writing.scan(1);
        scan.seek(NOT_EARLIER, from.to_postgres());
        let mut left = limit;
        while left > 0 && scan.step(pg_sys::ScanDirection::ForwardScanDirection) {
            scan.reading.read(&writing.open.table, &writing.place, &mut columns);
            let row = columns.row(writing.place.count);
            if is_wanted(&row)
                && !scan.reading.is_taken()
                && row_locks::lock(&writing.open.table, scan.reading.tuple())
            {
                left -= 1;
                scan.with_writer(&row, &mut each);
            }
        }
        scan.end(&writing.open);
        Some(())
    }

    /// Deletes the rows of these keys. Returns `None` if a statement must do it.
    ///
    /// # Complexity
    /// O(log n) for each key, and O(1) for each row.
    pub fn delete_rows(&self, look_up: LookUp, keys: &[i64]) -> Option<WriteResult> {
        let writing = TableWriter::begin(self, look_up)?;
        let mut written = WriteResult::default();
        let result = writing.for_each_row(keys, |_, _, reading| {
            writing.open.table.check_identity(pg_sys::CmdType::CMD_DELETE);
            *if row_locks::delete(&writing.open.table, reading.tuple()) {
                &mut written.done
            } else {
                &mut written.busy
            } += 1;
            Ok(true)
        });
        result.ok().map(|()| written)
    }

    /// Changes the wanted rows of these keys. `change` gets each row, and returns its new values and a result for the
    /// caller. Returns `None` if a statement must do it.
    ///
    /// # Complexity
    /// O(log n) for each key, and O(1) for each row, if no index has one of the columns.
    pub fn update_rows<R>(
        &self,
        look_up: LookUp,
        keys: &[i64],
        is_wanted: impl Fn(&Row) -> bool,
        mut change: impl FnMut(&Row) -> Result<(NewValues, R), TaskerError>,
    ) -> Result<Option<ChangeResult<R>>, TaskerError> {
        let writing = TableWriter::begin(self, look_up).filter(|writing| writing.makes_entries());
        let Some(writing) = writing else { return Ok(None) };
        let mut changed = ChangeResult { done: Vec::with_capacity(keys.len()), busy: 0 };
        let mut moved = Vec::with_capacity(keys.len());
        let result = writing.for_each_row(keys, |key, row, reading| {
            if !is_wanted(row) {
                return Ok(false);
            }
            let (change, said) = change(row)?;
            let tid = writing.update(reading, change, false);
            match tid {
                Some(_) => changed.done.push(said),
                None => changed.busy += 1,
            }
            moved.push((key, tid));
            Ok(true)
        });
        if look_up.finds_one() {
            moved.into_iter().for_each(|(key, tid)| writing.open.see(key, tid));
        }
        result.map(|()| Some(changed))
    }

    /// Changes the first wanted row of a small table that no other session holds, and returns whether there was one.
    /// Returns `None` if a statement must do it.
    ///
    /// # Complexity
    /// O(rows that are passed over)
    pub fn update_first_free(
        &self,
        look_up: LookUp,
        is_wanted: impl Fn(&Row) -> bool,
        change: impl Fn(&Row) -> NewValues,
    ) -> Option<bool> {
        let writing = TableWriter::begin(self, look_up).filter(|writing| writing.makes_entries())?;
        let mut scan = writing.scan(0);
        scan.seek_any();
        let mut columns = writing.place.layout.room();
        let mut is_done = false;
        while !is_done && scan.step(pg_sys::ScanDirection::ForwardScanDirection) {
            scan.reading.read(&writing.open.table, &writing.place, &mut columns);
            let row = columns.row(writing.place.count);
            is_done = is_wanted(&row) && writing.update(&scan.reading, change(&row), true).is_some();
        }
        scan.end(&writing.open);
        Some(is_done)
    }
}

/// A table that is open for writing.
pub struct TableWriter {
    open: Rc<OpenTable>,
    place: Rc<TablePlace>,
    look_up: LookUp,
}

impl TableWriter {
    /// Opens the table of a look-up to write rows.
    fn begin(tables: &OpenTables, look_up: LookUp) -> Option<Self> {
        Self::to_lock(tables, look_up).filter(|writing| writing.place.writable.is_some())
    }

    /// Opens the table of a look-up to lock rows and nothing else.
    fn to_lock(tables: &OpenTables, look_up: LookUp) -> Option<Self> {
        // SAFETY: backend-local variables. A statement says why it cannot write, and that a snapshot is too old (40001).
        let is_usual =
            unsafe { !pg_sys::XactReadOnly && pg_sys::XactIsoLevel < pg_sys::XACT_REPEATABLE_READ as i32 };
        if !is_usual {
            return None;
        }
        let (open, place) = tables.open(look_up, Purpose::Writing)?;
        Some(Self { open, place, look_up })
    }

    pub fn writable(&self) -> Option<&WriteTarget> {
        self.place.writable.as_ref()
    }

    /// Returns whether entries can be inserted here in all indexes. Deleting a row needs none.
    pub fn makes_entries(&self) -> bool {
        self.open.makes_entries()
    }

    fn scan(&self, keys: i32) -> Scan {
        Scan::begin(&self.open, self.place.index, Snapshot::Fresh, keys)
    }

    /// Passes each row of these keys to `each`, which says whether the row is a wanted one.
    fn for_each_row(
        &self,
        keys: &[i64],
        mut each: impl FnMut(i64, &Row, &CursorScan) -> Result<bool, TaskerError>,
    ) -> Result<(), TaskerError> {
        let mut finding = KeySearch::begin(&self.open, &self.place, self.look_up, Snapshot::Fresh);
        let result =
            keys.iter().try_for_each(|key| finding.rows(*key, |row, reading| each(*key, row, reading)));
        finding.end();
        result
    }

    /// Inserts a row, and its entries in indexes.
    pub fn insert(&self, row: &[Option<Datum>]) {
        let (mut values, mut nulls) = self.room();
        self.put(row.iter().copied().enumerate(), &mut values, &mut nulls, |_| {});
        let table = &self.open.table;
        // SAFETY: a value or a NULL for each attribute, of its type; the tuple is freed once it is stored.
        unsafe {
            let descriptor = (*table.0).rd_att;
            let tuple = pg_sys::heap_form_tuple(descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
            // Mirrors CatalogTupleInsert() (indexing.c). Unchanged from 14 to 18.
            pg_sys::simple_heap_insert(table.0, tuple);
            let tid = &raw mut (*tuple).t_self;
            self.open.indexes().put(
                table,
                EntryScope::All,
                &StoredRow { tid, values: &values, nulls: &nulls },
            );
            pg_sys::heap_freetuple(tuple);
        }
    }

    /// Changes the current row of the cursor, if it is free and may be changed this way, and returns its new tuple id.
    /// With `locks_first` the row is always locked first, which waits for a session that currently holds it, as an
    /// UPDATE does. Otherwise a row that no transaction has touched is changed without that lock.
    fn update(
        &self,
        reading: &CursorScan,
        change: NewValues,
        locks_first: bool,
    ) -> Option<pg_sys::ItemPointerData> {
        if change.iter().any(|(column, value)| value.is_none() && self.must_be_known(*column)) {
            return None;
        }
        let (table, old) = (&self.open.table, reading.tuple());
        if (locks_first || row_locks::is_touched(old)) && !row_locks::lock(table, old) {
            return None;
        }
        let (mut values, mut nulls) = self.room();
        self.open.table.check_identity(pg_sys::CmdType::CMD_UPDATE);
        let mut replaced = vec![false; values.len()];
        self.put(change.into_iter(), &mut values, &mut nulls, |at| replaced[at] = true);
        // SAFETY: a value or a NULL for each attribute that is replaced, of its type; the new row is freed once it is stored.
        unsafe {
            let descriptor = (*table.0).rd_att;
            let new = pg_sys::heap_modify_tuple(
                old,
                descriptor,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
                replaced.as_mut_ptr(),
            );
            let replaced = row_locks::replace(table, old, new);
            if let Some(wanted) = replaced.filter(|wanted| *wanted != EntryScope::None) {
                pg_sys::heap_deform_tuple(new, descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
                let tid = &raw mut (*new).t_self;
                self.open.indexes().put(table, wanted, &StoredRow { tid, values: &values, nulls: &nulls });
            }
            let tid = (*new).t_self;
            pg_sys::heap_freetuple(new);
            replaced.map(|_| tid)
        }
    }

    /// Returns whether a column is NOT NULL.
    fn must_be_known(&self, column: usize) -> bool {
        self.open.table.attributes()[self.place.numbers[column] as usize - 1].attnotnull
    }

    /// Returns values for all attributes, all of them NULL.
    fn room(&self) -> (Vec<Datum>, Vec<bool>) {
        let count = self.open.table.attributes().len();
        (vec![Datum::from(0); count], vec![true; count])
    }

    /// Copies the values of columns to the positions of their attributes.
    fn put(
        &self,
        columns: impl Iterator<Item = (usize, Option<Datum>)>,
        values: &mut [Datum],
        nulls: &mut [bool],
        mut each: impl FnMut(usize),
    ) {
        for (column, value) in columns {
            let at = self.place.numbers[column] as usize - 1;
            if let Some(value) = value {
                (values[at], nulls[at]) = (value, false);
            }
            each(at);
        }
    }
}
