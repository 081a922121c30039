//! Scans of one index by one key, below the executor (as PostgreSQL itself reads its catalogs, genam.c).

use super::look_up::{Column, LookUp, reads_as};
use super::{Row, Snapshot};
use crate::core::error::TaskerError;
use crate::pg::interrupts;
use pgrx::pg_sys::{self, Datum, Oid};
use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::rc::Rc;

/// Where a look-up finds its rows.
struct Known {
    schema: Oid,
    look_up: LookUp,
    place: Rc<Place>,
}

/// A table, an index of it that begins with the key, and where the wanted columns are.
struct Place {
    table: Oid,
    index: Oid,
    columns: Vec<i16>,
    /// The last of them in the table.
    width: usize,
    /// Whether they are the first columns of the table, in its order.
    is_prefix: bool,
}

impl Place {
    /// Where columns that are not are gathered.
    fn room(&self) -> (Vec<Datum>, Vec<bool>) {
        let count = if self.is_prefix { 0 } else { self.columns.len() };
        (vec![Datum::from(0); count], vec![false; count])
    }

    /// The wanted ones of a row's columns.
    fn row<'a>(
        &self,
        (values, nulls): (&'a [Datum], &'a [bool]),
        gathered: &'a mut (Vec<Datum>, Vec<bool>),
    ) -> Row<'a> {
        if self.is_prefix {
            return Row { values, nulls };
        }
        for (at, column) in self.columns.iter().enumerate() {
            let column = *column as usize - 1;
            (gathered.0[at], gathered.1[at]) = (values[column], nulls[column]);
        }
        Row { values: &gathered.0, nulls: &gathered.1 }
    }
}

thread_local! {
    /// Forgotten when PostgreSQL says that a table has changed, as its own caches are.
    static KNOWN: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
    /// Grows with each such word.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// Hands over the rows of these keys; `None` if that is not for an index scan to do, and nothing has been done.
pub(super) fn rows(
    schema: Oid,
    look_up: LookUp,
    keys: &[i64],
    snapshot: Snapshot,
    each: &mut impl FnMut(&Row) -> Result<(), TaskerError>,
) -> Result<Option<()>, TaskerError> {
    let Some((table, place)) = Table::open(schema, look_up) else { return Ok(None) };
    let mut scan = Scan::begin(&table, place.index, snapshot, 1);
    let mut gathered = place.room();
    let result = keys.iter().try_for_each(|key| {
        scan.seek(look_up.key().1, *key);
        while scan.step(pg_sys::ScanDirection::ForwardScanDirection) {
            each(&place.row(scan.columns(place.width), &mut gathered))?;
        }
        Ok(())
    });
    scan.end();
    table.close();
    result.map(Some)
}

/// Hands over the row with the greatest key, if there is one, and after its columns the transaction that wrote it;
/// `None` as above.
pub(super) fn last_row(
    schema: Oid,
    look_up: LookUp,
    snapshot: Snapshot,
    each: &mut impl FnMut(&Row) -> Result<(), TaskerError>,
) -> Result<Option<()>, TaskerError> {
    let Some((table, place)) = Table::open(schema, look_up) else { return Ok(None) };
    let mut scan = Scan::begin(&table, place.index, snapshot, 0);
    scan.seek_any();
    let mut result = Ok(());
    if scan.step(pg_sys::ScanDirection::BackwardScanDirection) {
        let xmin = scan.xmin();
        let mut gathered = place.room();
        let row = place.row(scan.columns(place.width), &mut gathered);
        let values: Vec<Datum> = row.values.iter().copied().chain(xmin).collect();
        let nulls: Vec<bool> = row.nulls.iter().copied().chain(xmin.map(|_| false)).collect();
        result = each(&Row { values: &values, nulls: &nulls });
    }
    scan.end();
    table.close();
    result.map(Some)
}

/// A table that is open and locked for reading, until the transaction ends.
struct Table(pg_sys::Relation);

impl Table {
    /// Opens the table of a look-up, if it can be scanned.
    fn open(schema: Oid, look_up: LookUp) -> Option<(Self, Rc<Place>)> {
        listen();
        loop {
            let known = KNOWN.with_borrow(|known| {
                let found = known.iter().find(|known| known.schema == schema && known.look_up == look_up);
                found.map(|known| Rc::clone(&known.place))
            });
            // SAFETY: catalog look-ups with a C string constant; a relation that is gone is no error here.
            let (table, changes) = unsafe {
                let table = match &known {
                    Some(place) => place.table,
                    None => pg_sys::get_relname_relid(look_up.table().as_ptr(), schema),
                };
                if table == pg_sys::InvalidOid {
                    return None;
                }
                let changes = CHANGES.get();
                let relation = pg_sys::try_relation_open(table, pg_sys::AccessShareLock as i32);
                if relation.is_null() {
                    return None;
                }
                (Self(relation), changes)
            };
            // With the lock came the news of what has changed before: with any, what was known is not known any more.
            if CHANGES.get() != changes {
                table.close();
                continue;
            }
            let place = if table.may_be_read() { known.or_else(|| table.place(look_up)) } else { None };
            let Some(place) = place else {
                table.close();
                return None;
            };
            if CHANGES.get() == changes {
                remember(schema, look_up, &place);
            }
            return Some((table, place));
        }
    }

    /// Whether it is a table of the current user, whom no policy binds.
    fn may_be_read(&self) -> bool {
        // SAFETY: an open relation; backend-local variables.
        unsafe {
            let class = &*(*self.0).rd_rel;
            class.relkind == pg_sys::RELKIND_RELATION as std::ffi::c_char
                && class.relowner == pg_sys::GetUserId()
                && (!class.relrowsecurity || pg_sys::InNoForceRLSOperation())
        }
    }

    /// Finds columns and index.
    fn place(&self, look_up: LookUp) -> Option<Rc<Place>> {
        let (key, key_type) = look_up.key();
        let key = self.column((key, key_type))?;
        let columns: Option<Vec<i16>> = look_up.columns().iter().map(|column| self.column(*column)).collect();
        let columns = columns?;
        let is_prefix = columns.iter().enumerate().all(|(at, column)| at + 1 == *column as usize);
        let width = columns.iter().copied().max()? as usize;
        let index = self.index(key, key_type)?;
        // SAFETY: an open relation.
        let table = unsafe { (*self.0).rd_id };
        Some(Rc::new(Place { table, index, columns, width, is_prefix }))
    }

    /// The number of a column, if there is one of that name and type.
    fn column(&self, (name, of_type): Column) -> Option<i16> {
        // SAFETY: an open relation has a descriptor with so many attributes; a name ends within its 64 bytes.
        unsafe {
            let descriptor = (*self.0).rd_att;
            let attributes = (*descriptor).attrs.as_slice((*descriptor).natts as usize);
            let found = attributes.iter().find(|attribute| {
                !attribute.attisdropped && CStr::from_ptr(attribute.attname.data.as_ptr()) == name
            })?;
            reads_as(found.atttypid, of_type).then_some(found.attnum)
        }
    }

    /// A B-tree over all rows that begins with a column.
    fn index(&self, key: i16, key_type: Oid) -> Option<Oid> {
        // SAFETY: an open relation; the list, ours, is NULL when empty, and its oids are of indexes that live as long as
        // the table is locked.
        unsafe {
            let list = pg_sys::RelationGetIndexList(self.0).as_ref()?;
            let cells = std::slice::from_raw_parts(list.elements, list.length as usize);
            cells.iter().map(|cell| cell.oid_value).find(|index| {
                let index = Index::open(*index);
                let is_fit = index.begins_with(key, key_type);
                index.close();
                is_fit
            })
        }
    }

    fn close(self) {
        // SAFETY: opened by us; the lock stays, as a plan's would.
        unsafe { pg_sys::relation_close(self.0, pg_sys::NoLock as i32) };
    }
}

/// An index that is open and locked.
struct Index(pg_sys::Relation);

impl Index {
    fn open(index: Oid) -> Self {
        // SAFETY: of a table that is locked.
        Self(unsafe { pg_sys::index_open(index, pg_sys::AccessShareLock as i32) })
    }

    /// Whether rows can be looked up by a column alone, and none is missing: the questions that the planner asks.
    fn begins_with(&self, key: i16, key_type: Oid) -> bool {
        // SAFETY: an open index has these structs, and as many key columns as it says, at least one.
        unsafe {
            let index = &*(*self.0).rd_index;
            (*(*self.0).rd_rel).relam == pg_sys::BTREE_AM_OID
                && index.indisvalid
                && !index.indcheckxmin
                && index.indkey.values.as_slice(1)[0] == key
                && *(*self.0).rd_opcintype == key_type
                && pg_sys::RelationGetIndexPredicate(self.0).is_null()
        }
    }

    fn close(self) {
        // SAFETY: as for tables.
        unsafe { pg_sys::index_close(self.0, pg_sys::NoLock as i32) };
    }
}

/// A scan in progress. An error needs no end of it: the (sub)transaction's end frees what it holds.
struct Scan {
    scan: pg_sys::IndexScanDesc,
    slot: *mut pg_sys::TupleTableSlot,
    index: Index,
    /// If it is ours to give back.
    registered: Option<pg_sys::Snapshot>,
}

impl Scan {
    fn begin(table: &Table, index: Oid, snapshot: Snapshot, keys: i32) -> Self {
        let index = Index::open(index);
        // SAFETY: a query is running, so that there is an active snapshot; a new one is registered for as long as the
        // scan lasts. Table and index are open, and stay so.
        unsafe {
            let (snapshot, registered) = match snapshot {
                Snapshot::Callers => (pg_sys::GetActiveSnapshot(), None),
                Snapshot::Fresh => {
                    pg_sys::CommandCounterIncrement();
                    let snapshot = pg_sys::RegisterSnapshot(pg_sys::GetTransactionSnapshot());
                    (snapshot, Some(snapshot))
                }
            };
            let slot = pg_sys::table_slot_create(table.0, std::ptr::null_mut());
            let scan = pg_sys::index_beginscan(table.0, index.0, snapshot, keys, 0);
            Self { scan, slot, index, registered }
        }
    }

    /// Goes to the first row of a key.
    fn seek(&mut self, key_type: Oid, key: i64) {
        let equal = if key_type == pg_sys::INT4OID { pg_sys::F_INT4EQ } else { pg_sys::F_INT8EQ };
        let mut entry = pg_sys::ScanKeyData::default();
        let strategy = pg_sys::BTEqualStrategyNumber as pg_sys::StrategyNumber;
        // SAFETY: the scan copies the key, which compares the first column of the index with its own type.
        unsafe {
            pg_sys::ScanKeyInit(&mut entry, 1, strategy, Oid::from(equal), Datum::from(key));
            pg_sys::index_rescan(self.scan, &mut entry, 1, std::ptr::null_mut(), 0);
        }
    }

    /// Begins with the whole index.
    fn seek_any(&mut self) {
        // SAFETY: a scan without keys.
        unsafe {
            pg_sys::index_rescan(self.scan, std::ptr::null_mut(), 0, std::ptr::null_mut(), 0);
        }
    }

    /// Goes to the next row, if there is one.
    fn step(&mut self, direction: pg_sys::ScanDirection::Type) -> bool {
        interrupts::check();
        // SAFETY: scan and slot are of the same table.
        unsafe { pg_sys::index_getnext_slot(self.scan, direction, self.slot) }
    }

    /// The first columns of the current row, as long as it is that.
    fn columns(&self, width: usize) -> (&[Datum], &[bool]) {
        // SAFETY: the slot holds a row of a table that has so many columns, and has room for all of them.
        unsafe {
            if ((*self.slot).tts_nvalid as usize) < width {
                pg_sys::slot_getsomeattrs_int(self.slot, width as i32);
            }
            (
                std::slice::from_raw_parts((*self.slot).tts_values, width),
                std::slice::from_raw_parts((*self.slot).tts_isnull, width),
            )
        }
    }

    /// The transaction that wrote the current row.
    fn xmin(&self) -> Option<Datum> {
        // SAFETY: the slot holds a row of a table, which is lent as a tuple with a header.
        unsafe {
            let tuple = pg_sys::ExecFetchSlotHeapTuple(self.slot, false, std::ptr::null_mut()).as_ref()?;
            Some(Datum::from(u32::from((*tuple.t_data).t_choice.t_heap.t_xmin)))
        }
    }

    fn end(self) {
        // SAFETY: ends what `begin` began, in reverse.
        unsafe {
            pg_sys::index_endscan(self.scan);
            pg_sys::ExecDropSingleTupleTableSlot(self.slot);
            if let Some(snapshot) = self.registered {
                pg_sys::UnregisterSnapshot(snapshot);
            }
        }
        self.index.close();
    }
}

fn remember(schema: Oid, look_up: LookUp, place: &Rc<Place>) {
    KNOWN.with_borrow_mut(|known| {
        if !known.iter().any(|known| known.schema == schema && known.look_up == look_up) {
            known.push(Known { schema, look_up, place: Rc::clone(place) });
        }
    });
}

/// Asks to be told of changes, once in the life of a backend.
fn listen() {
    if !IS_LISTENING.replace(true) {
        // SAFETY: a function that lives as long as the backend.
        unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(forget), Datum::from(0)) };
    }
}

/// PostgreSQL says that a relation, or (0) anything, has changed. It must not fail.
unsafe extern "C-unwind" fn forget(_argument: Datum, relation: Oid) {
    let is_ours = |known: &Known| {
        relation == pg_sys::InvalidOid || [known.place.table, known.place.index].contains(&relation)
    };
    KNOWN.with_borrow_mut(|known| known.retain(|known| !is_ours(known)));
    CHANGES.set(CHANGES.get() + 1);
}
