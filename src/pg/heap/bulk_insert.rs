//! Inserts many rows into a table that no other session uses and whose indexes are built later: page by page, without
//! the executor.

use crate::pg::heap::tables::{is_bounded, may_be_left_out};
use crate::pg::host::descriptors;
use pgrx::pg_sys::{self, Datum, Oid};
use std::ffi::CStr;

/// The number of rows that are collected before they are written together.
const ROWS_AT_ONCE: usize = 1_000;

/// A table to which rows are added. Rows that are still collected when it is dropped without [`BulkInsert::end`] are
/// not written: an error ends the transaction.
pub struct BulkInsert<const COLUMNS: usize> {
    relation: pg_sys::Relation,
    /// The index of each column among the attributes.
    places: [usize; COLUMNS],
    values: Vec<Datum>,
    nulls: Vec<bool>,
    slots: Vec<*mut pg_sys::TupleTableSlot>,
    held: usize,
    /// The memory that holds the rows until they are written.
    memory: pg_sys::MemoryContext,
}

impl<const COLUMNS: usize> BulkInsert<COLUMNS> {
    /// Opens a table that the transaction has locked against all other sessions and whose indexes are not in use.
    /// Returns `None` if more is necessary than writing these columns with these types, because another column needs a
    /// value, or a constraint must be checked. Triggers are not fired.
    pub fn begin(schema: Oid, table: &CStr, columns: [(&CStr, Oid); COLUMNS]) -> Option<Self> {
        // SAFETY: a catalog look-up with a C string, and a table that is locked; closed again where it is of no use.
        unsafe {
            let table = pg_sys::get_relname_relid(table.as_ptr(), schema);
            if table == pg_sys::InvalidOid {
                return None;
            }
            let relation = pg_sys::relation_open(table, pg_sys::RowExclusiveLock as i32);
            let Some(places) = places(relation, columns) else {
                pg_sys::relation_close(relation, pg_sys::NoLock as i32);
                return None;
            };
            let attributes = (*(*relation).rd_att).natts as usize;
            let slot =
                |_| pg_sys::MakeSingleTupleTableSlot((*relation).rd_att, &raw const pg_sys::TTSOpsHeapTuple);
            Some(Self {
                relation,
                places,
                values: vec![Datum::from(0); attributes],
                nulls: vec![true; attributes],
                slots: (0..ROWS_AT_ONCE).map(slot).collect(),
                held: 0,
                memory: pg_sys::AllocSetContextCreateInternal(
                    pg_sys::CurrentMemoryContext,
                    c"rows to insert".as_ptr(),
                    0,
                    8 * 1024,
                    8 * 1024 * 1024,
                ),
            })
        }
    }

    /// Adds a row. Its values are made in memory that is freed when the row has been written.
    pub fn add(&mut self, row: impl FnOnce() -> [Datum; COLUMNS]) {
        // SAFETY: a value or a NULL for each attribute, of its type; the tuple lives in `memory`, as its values may.
        unsafe {
            let before = pg_sys::MemoryContextSwitchTo(self.memory);
            for (place, value) in self.places.iter().zip(row()) {
                self.values[*place] = value;
                self.nulls[*place] = false;
            }
            let (values, nulls) = (self.values.as_mut_ptr(), self.nulls.as_mut_ptr());
            let tuple = pg_sys::heap_form_tuple((*self.relation).rd_att, values, nulls);
            pg_sys::ExecStoreHeapTuple(tuple, self.slots[self.held], false);
            pg_sys::MemoryContextSwitchTo(before);
        }
        self.held += 1;
        if self.held == self.slots.len() {
            self.write();
        }
    }

    fn write(&mut self) {
        // SAFETY: the held slots contain tuples for this relation, which is open and locked; they are emptied before
        // the memory that they point to is freed.
        unsafe {
            let before = pg_sys::MemoryContextSwitchTo(self.memory);
            let command = pg_sys::GetCurrentCommandId(true);
            let (slots, held) = (self.slots.as_mut_ptr(), self.held as i32);
            // Through all shared buffers and not a ring of them: the indexes are built from these pages soon.
            let no_ring = std::ptr::null_mut();
            // Mirrors CopyMultiInsertBufferFlush() (copyfrom.c). Unchanged from 14 to 18; from 16 on, the table grows
            // by several pages at once.
            pg_sys::heap_multi_insert(self.relation, slots, held, command, 0, no_ring);
            pg_sys::MemoryContextSwitchTo(before);
            for slot in &self.slots[..self.held] {
                pg_sys::ExecStoreAllNullTuple(*slot);
            }
            pg_sys::MemoryContextReset(self.memory);
        }
        self.held = 0;
    }

    /// Writes the rows that are still collected. The commands after this one see all rows.
    pub fn end(mut self) {
        if self.held > 0 {
            self.write();
        }
        // SAFETY: what `begin` has made, each once.
        unsafe {
            self.slots.iter().for_each(|slot| pg_sys::ExecDropSingleTupleTableSlot(*slot));
            pg_sys::MemoryContextDelete(self.memory);
            pg_sys::relation_close(self.relation, pg_sys::NoLock as i32);
            pg_sys::CommandCounterIncrement();
        }
    }
}

/// Returns the indexes of these columns among the attributes, or `None` if a row needs others.
///
/// # Safety
/// The relation must be open.
unsafe fn places<const COLUMNS: usize>(
    relation: pg_sys::Relation,
    columns: [(&CStr, Oid); COLUMNS],
) -> Option<[usize; COLUMNS]> {
    // SAFETY: an open relation has a descriptor with this number of attributes, whose names end within their 64 bytes.
    let (class, attributes) =
        unsafe { ((*relation).rd_rel.as_ref()?, descriptors::attributes((*relation).rd_att)) };
    let mut places = [None; COLUMNS];
    for (place, attribute) in attributes.iter().enumerate().filter(|(_, attribute)| !attribute.attisdropped) {
        // SAFETY: as above.
        let name = unsafe { CStr::from_ptr(attribute.attname.data.as_ptr()) };
        match columns.iter().position(|(column, _)| *column == name) {
            Some(at) if attribute.atttypid == columns[at].1 && !is_bounded(attribute) => {
                places[at] = Some(place)
            }
            None if may_be_left_out(attribute) => {}
            _ => return None,
        }
    }
    let is_plain = class.relam == pg_sys::HEAP_TABLE_AM_OID && class.relchecks == 0;
    if !is_plain || places.contains(&None) {
        return None;
    }
    Some(places.map(Option::unwrap_or_default))
}
