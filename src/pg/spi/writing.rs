//! Rows written below the executor, as PostgreSQL writes its own catalogs (indexing.c): to begin and end a plan costs several
//! times what a row does.
//!
//! Nobody is waited for here. What somebody else holds is left as it is, and the caller told: a statement knows what to do.

use super::entries::Indexes;
use super::index_scan::{NOT_EARLIER, Scan, equal};
use super::look_up::LookUp;
use super::place::{Place, Table, Writable};
use super::{Row, Session, Snapshot};
use crate::core::error::TaskerError;
use crate::core::time::Timestamp;
use pgrx::pg_sys::{self, Datum, Oid};
use std::cell::OnceCell;
use std::rc::Rc;

/// New values of columns, by their places among those of a look-up; `None` for NULL.
pub type Change = Vec<(usize, Option<Datum>)>;

/// What has been done to rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// So many have been written.
    pub done: u64,
    /// So many were somebody else's, or have been changed since the snapshot.
    pub busy: u64,
}

impl Session {
    /// Inserts rows, each with all columns of the table, which are those of the look-up; `None` if that is not to be done
    /// here, and nothing has been done. Rows with the same key must not be there (23505).
    ///
    /// # Complexity
    /// O(log n) a row and index.
    pub fn insert_rows(&self, look_up: LookUp, rows: &[Vec<Option<Datum>>]) -> Option<()> {
        let writing = Writing::begin(self.schema, look_up)?;
        let is_whole = writing.writable().is_some_and(|writable| writable.is_whole);
        let indexes = writing.indexes().filter(|_| is_whole);
        let inserted = indexes.map(|indexes| rows.iter().for_each(|row| writing.insert(indexes, row)));
        writing.end();
        inserted
    }

    /// Locks those of the rows of these keys that are wanted and that nobody else has locked, and hands them over; `None` as
    /// above.
    ///
    /// # Complexity
    /// As [`Self::delete_rows`].
    pub fn lock_free_rows(
        &self,
        look_up: LookUp,
        keys: &[i64],
        is_wanted: impl Fn(&Row) -> bool,
        mut each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<Option<()>, TaskerError> {
        let Some(writing) = Writing::begin(self.schema, look_up) else { return Ok(None) };
        let mut columns = writing.place.layout.room();
        let result = writing.for_each_row(keys, |scan| {
            scan.read(&writing.table, &writing.place, &mut columns);
            let row = columns.row(writing.place.count);
            if is_wanted(&row) && writing.lock(scan) { each(&row) } else { Ok(()) }
        });
        writing.end();
        result.map(Some)
    }

    /// Locks the first rows from a time on that are wanted and that nobody else has locked, at most so many, and hands them
    /// over in their order, each with the transaction that wrote it after its columns; `None` as above.
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
        let writing = Writing::begin(self.schema, look_up)?;
        let mut columns = writing.place.layout.room();
        let mut scan = writing.scan(1);
        scan.seek(NOT_EARLIER, from.to_postgres());
        let mut left = limit;
        while left > 0 && scan.step(pg_sys::ScanDirection::ForwardScanDirection) {
            scan.read(&writing.table, &writing.place, &mut columns);
            let row = columns.row(writing.place.count);
            if is_wanted(&row) && writing.lock(&scan) {
                left -= 1;
                scan.with_writer(&row, &mut each);
            }
        }
        scan.end();
        writing.end();
        Some(())
    }

    /// Deletes the rows of these keys; `None` as above.
    ///
    /// # Complexity
    /// O(log n) for each key, and O(1) for each row.
    pub fn delete_rows(&self, look_up: LookUp, keys: &[i64]) -> Option<Written> {
        let writing = Writing::begin(self.schema, look_up)?;
        let mut written = Written::default();
        let result = writing.for_each_row(keys, |scan| {
            written.count(writing.delete(scan));
            Ok(())
        });
        writing.end();
        result.ok().map(|()| written)
    }

    /// Changes the rows of these keys that are wanted as `change` says, which is handed each; `None` as above.
    ///
    /// # Complexity
    /// As [`Self::delete_rows`], if no index has one of the columns.
    pub fn update_rows(
        &self,
        look_up: LookUp,
        keys: &[i64],
        is_wanted: impl Fn(&Row) -> bool,
        mut change: impl FnMut(&Row) -> Result<Change, TaskerError>,
    ) -> Result<Option<Written>, TaskerError> {
        let Some(writing) = Writing::begin_with_indexes(self.schema, look_up) else { return Ok(None) };
        let mut written = Written::default();
        let mut columns = writing.place.layout.room();
        let result = writing.for_each_row(keys, |scan| {
            scan.read(&writing.table, &writing.place, &mut columns);
            if is_wanted(&columns.row(writing.place.count)) {
                written.count(writing.update(scan, &mut change)?);
            }
            Ok(())
        });
        writing.end();
        result.map(|()| Some(written))
    }

    /// Changes the first row of a small table that is wanted and nobody else's; `None` as above.
    ///
    /// # Complexity
    /// O(rows that are passed over)
    pub fn update_first_free(
        &self,
        look_up: LookUp,
        is_wanted: impl Fn(&Row) -> bool,
        mut change: impl FnMut(&Row) -> Result<Change, TaskerError>,
    ) -> Result<Option<Written>, TaskerError> {
        let Some(writing) = Writing::begin_with_indexes(self.schema, look_up) else { return Ok(None) };
        let mut written = Written::default();
        let mut scan = writing.scan(0);
        scan.seek_any();
        let mut columns = writing.place.layout.room();
        let mut result = Ok(());
        while written.done == 0 && result.is_ok() && scan.step(pg_sys::ScanDirection::ForwardScanDirection) {
            scan.read(&writing.table, &writing.place, &mut columns);
            if is_wanted(&columns.row(writing.place.count)) {
                result = writing.update(&scan, &mut change).map(|is_done| written.count(is_done));
            }
        }
        scan.end();
        writing.end();
        result.map(|()| Some(written))
    }
}

impl Written {
    fn count(&mut self, is_done: bool) {
        *if is_done { &mut self.done } else { &mut self.busy } += 1;
    }
}

/// A table that is open for writing.
pub(super) struct Writing {
    table: Table,
    place: Rc<Place>,
    look_up: LookUp,
    /// To delete a row takes none.
    indexes: OnceCell<Option<Indexes>>,
}

impl Writing {
    pub(super) fn begin(schema: Oid, look_up: LookUp) -> Option<Self> {
        // SAFETY: backend-local variables. A statement says why it cannot write, and that a snapshot is too old (40001).
        let is_usual =
            unsafe { !pg_sys::XactReadOnly && pg_sys::XactIsoLevel < pg_sys::XACT_REPEATABLE_READ as i32 };
        if !is_usual {
            return None;
        }
        let (table, place) = Table::open_for_writing(schema, look_up)?;
        if place.writable.is_none() {
            table.close();
            return None;
        }
        Some(Self { table, place, look_up, indexes: OnceCell::new() })
    }

    /// The same with the means to make index entries.
    pub(super) fn begin_with_indexes(schema: Oid, look_up: LookUp) -> Option<Self> {
        let writing = Self::begin(schema, look_up)?;
        if writing.indexes().is_none() {
            writing.end();
            return None;
        }
        Some(writing)
    }

    pub(super) fn writable(&self) -> Option<&Writable> {
        self.place.writable.as_ref()
    }

    /// The indexes, if their entries can be made here.
    pub(super) fn indexes(&self) -> Option<&Indexes> {
        self.indexes.get_or_init(|| Indexes::open(&self.table)).as_ref()
    }

    /// The greatest integer in a column of the rows of a key; 0 if there is none greater.
    pub(super) fn greatest(&self, key: i64, column: usize) -> i32 {
        let mut greatest = 0;
        let mut columns = self.place.layout.room();
        let mut scan = self.scan(1);
        scan.seek(equal(self.look_up), key);
        while scan.step(pg_sys::ScanDirection::ForwardScanDirection) {
            scan.read(&self.table, &self.place, &mut columns);
            greatest = greatest.max(columns.row(self.place.count).optional_i32(column).unwrap_or_default());
        }
        scan.end();
        greatest
    }

    fn scan(&self, keys: i32) -> Scan {
        Scan::begin(&self.table, self.place.index, Snapshot::Fresh, keys)
    }

    /// Goes through the rows of these keys.
    fn for_each_row(
        &self,
        keys: &[i64],
        mut each: impl FnMut(&Scan) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        let mut scan = self.scan(1);
        let result = keys.iter().try_for_each(|key| {
            scan.seek(equal(self.look_up), *key);
            while scan.step(pg_sys::ScanDirection::ForwardScanDirection) {
                each(&scan)?;
            }
            Ok(())
        });
        scan.end();
        result
    }

    /// Inserts a row with entries in these indexes.
    pub(super) fn insert(&self, indexes: &Indexes, row: &[Option<Datum>]) {
        let (mut values, mut nulls) = self.room();
        self.put(row.iter().copied().enumerate(), &mut values, &mut nulls, |_| {});
        indexes.choose(&values, &nulls);
        // SAFETY: a value or a NULL for each attribute, of its type; the tuple is freed once it is stored.
        unsafe {
            let tuple =
                pg_sys::heap_form_tuple((*self.table.0).rd_att, values.as_mut_ptr(), nulls.as_mut_ptr());
            pg_sys::CatalogTupleInsertWithInfo(self.table.0, tuple, indexes.state);
            pg_sys::heap_freetuple(tuple);
        }
    }

    /// Deletes the row at which the scan is; returns whether it was free.
    fn delete(&self, scan: &Scan) -> bool {
        let delete = |waits| {
            // SAFETY: the row at which the scan is, of this table, which is open and locked for writing.
            unsafe {
                let mut tid = (*scan.reading.tuple()).t_self;
                let mut failure = pg_sys::TM_FailureData::default();
                let (command, any) = (pg_sys::GetCurrentCommandId(true), std::ptr::null_mut());
                pg_sys::heap_delete(self.table.0, &mut tid, command, any, waits, &mut failure, false)
            }
        };
        match delete(false) {
            pg_sys::TM_Result::TM_Ok => true,
            // By ourselves, it may be: heap_delete() asks who it is only where it may wait for him.
            pg_sys::TM_Result::TM_BeingModified => {
                self.lock(scan) && delete(true) == pg_sys::TM_Result::TM_Ok
            }
            _ => false,
        }
    }

    /// Changes the row at which the scan is; returns whether it was free.
    fn update(
        &self,
        scan: &Scan,
        change: &mut impl FnMut(&Row) -> Result<Change, TaskerError>,
    ) -> Result<bool, TaskerError> {
        let Some(indexes) = self.indexes().filter(|_| self.lock(scan)) else { return Ok(false) };
        let mut columns = self.place.layout.room();
        scan.read(&self.table, &self.place, &mut columns);
        let change = change(&columns.row(self.place.count))?;
        if change.iter().any(|(column, value)| value.is_none() && self.must_be_known(*column)) {
            return Ok(false);
        }
        let (mut values, mut nulls) = self.room();
        let mut replaced = vec![false; values.len()];
        self.put(change.into_iter(), &mut values, &mut nulls, |at| replaced[at] = true);
        // SAFETY: a value or a NULL for each attribute that is replaced, of its type. The row is locked, so that it can be
        // replaced; the new one is freed once it is stored.
        unsafe {
            if self.look_up.writes_for_engine() {
                // Somebody may publish the table (55000).
                pg_sys::CheckCmdReplicaIdentity(self.table.0, pg_sys::CmdType::CMD_UPDATE);
            }
            let (old, descriptor) = (scan.reading.tuple(), (*self.table.0).rd_att);
            let new = pg_sys::heap_modify_tuple(
                old,
                descriptor,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
                replaced.as_mut_ptr(),
            );
            if indexes.are_partial {
                pg_sys::heap_deform_tuple(new, descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
                indexes.choose(&values, &nulls);
            }
            let mut tid = (*old).t_self;
            pg_sys::CatalogTupleUpdateWithInfo(self.table.0, &mut tid, new, indexes.state);
            pg_sys::heap_freetuple(new);
        }
        Ok(true)
    }

    /// Whether a column cannot be NULL.
    fn must_be_known(&self, column: usize) -> bool {
        self.table.attributes()[self.place.numbers[column] as usize - 1].attnotnull
    }

    /// Locks the row at which the scan is, if it is the latest and nobody else's.
    fn lock(&self, scan: &Scan) -> bool {
        // SAFETY: the row at which the scan is, of this table. The buffer comes back pinned, whatever the result.
        unsafe {
            let mut tuple =
                pg_sys::HeapTupleData { t_self: (*scan.reading.tuple()).t_self, ..Default::default() };
            let (mut buffer, mut failure) =
                (pg_sys::InvalidBuffer as pg_sys::Buffer, pg_sys::TM_FailureData::default());
            let result = pg_sys::heap_lock_tuple(
                self.table.0,
                &mut tuple,
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

    /// Room for the values of all attributes, all of them NULL.
    fn room(&self) -> (Vec<Datum>, Vec<bool>) {
        let count = self.table.attributes().len();
        (vec![Datum::from(0); count], vec![true; count])
    }

    /// Puts the values of columns where their attributes are.
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

    pub(super) fn end(self) {
        if let Some(indexes) = self.indexes.into_inner().flatten() {
            indexes.close();
        }
        self.table.close();
    }
}
