//! Finds the tables, indexes and columns of look-ups, and remembers them until PostgreSQL reports a change.

use crate::pg::heap::lookup::{Column, LookUp, family_of, reads_as};
use crate::pg::heap::tuple_layout::TupleLayout;
use crate::pg::host::acl;
use crate::pg::host::descriptors;
use pgrx::pg_sys::{self, Datum, Oid};
use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::rc::Rc;

/// `ATTRIBUTE_GENERATED_VIRTUAL` (pg_attribute.h), which only 18 has.
const VIRTUAL: u8 = b'v';

/// The place of a look-up's rows.
struct LookUpPlace {
    schema: Oid,
    look_up: LookUp,
    place: Rc<TablePlace>,
}

/// A table, one of its indexes that begins with the key, and the places of the wanted columns.
pub struct TablePlace {
    pub table: Oid,
    pub index: Oid,
    /// The layout of the returned columns and the key.
    pub layout: TupleLayout,
    /// The number of returned columns, which come first in the layout.
    pub count: usize,
    /// The index of the key in the layout.
    pub key: usize,
    /// The numbers of the returned attributes.
    pub numbers: Vec<i16>,
    /// The properties for writing rows without the executor; `None` if a statement must write them.
    pub writable: Option<WriteTarget>,
}

/// The properties of a table whose rows can be written without the executor.
pub struct WriteTarget {
    /// True if the returned columns make a whole row: all others may be NULL.
    pub is_whole: bool,
}

/// The purpose for which a table is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Reading,
    Writing,
}

impl Purpose {
    /// Returns the lock that the purpose needs, on a table and on its indexes.
    pub const fn lock(self) -> pg_sys::LOCKMODE {
        match self {
            Self::Reading => pg_sys::AccessShareLock as pg_sys::LOCKMODE,
            Self::Writing => pg_sys::RowExclusiveLock as pg_sys::LOCKMODE,
        }
    }
}

thread_local! {
    /// The known places, forgotten when PostgreSQL reports a change of the table, like its own caches.
    static KNOWN: RefCell<Vec<LookUpPlace>> = const { RefCell::new(Vec::new()) };
    /// A counter that grows with each such report.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// An open table, locked until the transaction ends.
pub struct LockedTable(pub pg_sys::Relation);

impl LockedTable {
    /// Opens the table of a look-up, if it can be scanned.
    pub fn open(schema: Oid, look_up: LookUp, purpose: Purpose) -> Option<(Self, Rc<TablePlace>)> {
        listen();
        loop {
            let known = known(schema, look_up);
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
                let relation = pg_sys::try_relation_open(table, purpose.lock());
                if relation.is_null() {
                    return None;
                }
                (Self(relation), changes)
            };
            // Taking the lock has read the invalidations of earlier changes: what was known may be outdated, and the
            // name may belong to another table now. Invalidations of other tables can arrive without end, so they are
            // no reason to retry.
            let known = known.filter(|_| CHANGES.get() == changes);
            // SAFETY: as above; an open relation.
            let is_still_it =
                || unsafe { pg_sys::get_relname_relid(look_up.table().as_ptr(), schema) == (*table.0).rd_id };
            if CHANGES.get() != changes && !is_still_it() {
                table.close();
                continue;
            }
            let changes = CHANGES.get();
            let place =
                if table.is_open_to_us(look_up) { known.or_else(|| table.place(look_up)) } else { None };
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

    /// Returns whether the table is a plain one of the current user, and no policy binds that user.
    fn may_be_read(&self) -> bool {
        // SAFETY: an open relation; backend-local variables.
        unsafe {
            let class = &*(*self.0).rd_rel;
            self.is_plain_heap()
                && class.relowner == pg_sys::GetUserId()
                && (!class.relrowsecurity || pg_sys::InNoForceRLSOperation())
        }
    }

    /// Opens the table of this name, if there is one.
    pub fn open_named(schema: Oid, name: &CStr, purpose: Purpose) -> Option<Self> {
        loop {
            // SAFETY: catalog look-ups with a C string.
            let named = || unsafe { pg_sys::get_relname_relid(name.as_ptr(), schema) };
            let table = named();
            if table == pg_sys::InvalidOid {
                return None;
            }
            // Taking the lock may have waited, and the name may belong to another table now.
            let open = Self::open_by_id(table, purpose);
            if named() == table {
                return open;
            }
            open.into_iter().for_each(Self::close);
        }
    }

    /// Opens a table, unless it is gone.
    pub fn open_by_id(table: Oid, purpose: Purpose) -> Option<Self> {
        // SAFETY: a relation that is gone is no error here.
        let relation = unsafe { pg_sys::try_relation_open(table, purpose.lock()) };
        (!relation.is_null()).then_some(Self(relation))
    }

    /// Returns whether the table is a plain one, of rows in a heap.
    pub fn is_plain_heap(&self) -> bool {
        // SAFETY: an open relation.
        let class = unsafe { &*(*self.0).rd_rel };
        class.relkind == pg_sys::RELKIND_RELATION as std::ffi::c_char
            && class.relam == pg_sys::HEAP_TABLE_AM_OID
    }

    /// Returns whether the table is a plain one, and the current user has these privileges on every row of it.
    pub fn may_be_used(&self, wanted: pg_sys::AclMode) -> bool {
        // SAFETY: an open relation, whose facts are copied before the catalogs are looked at.
        unsafe {
            let class = *(*self.0).rd_rel;
            self.is_plain_heap()
                && !class.relrowsecurity
                && !class.relhassubclass
                && wanted
                    == pg_sys::pg_class_aclmask(
                        (*self.0).rd_id,
                        pg_sys::GetUserId(),
                        wanted,
                        pg_sys::AclMaskHow::ACLMASK_ALL,
                    )
        }
    }

    /// Returns whether the current user may do what a look-up is for.
    pub fn is_open_to_us(&self, look_up: LookUp) -> bool {
        let to_lock = pg_sys::AclMode::from(pg_sys::ACL_SELECT | pg_sys::ACL_UPDATE);
        if look_up.locks_for_engine() { self.may_be_used(to_lock) } else { self.may_be_read() }
    }

    /// Refuses a command if a publication needs a replica identity, and the table has none (55000).
    ///
    /// Mirrors the call in `CheckValidResultRel()` (execMain.c). 15 added row filters and column lists to the check
    /// (42P10), and 18 generated columns.
    pub fn check_identity(&self, command: pg_sys::CmdType::Type) {
        // SAFETY: an open relation.
        unsafe { pg_sys::CheckCmdReplicaIdentity(self.0, command) };
    }

    /// Returns the number of pages of the table.
    pub fn pages(&self) -> usize {
        // SAFETY: an open relation.
        unsafe { pg_sys::RelationGetNumberOfBlocksInFork(self.0, pg_sys::ForkNumber::MAIN_FORKNUM) as usize }
    }

    /// Finds the columns and the index of a look-up.
    fn place(&self, look_up: LookUp) -> Option<Rc<TablePlace>> {
        let (key, key_type) = look_up.key();
        let key = self.column((key, key_type))?;
        let columns: Option<Vec<i16>> = look_up.columns().iter().map(|column| self.column(*column)).collect();
        let mut columns = columns?;
        let count = columns.len();
        let numbers = columns.clone();
        let index = self.index(key, key_type)?;
        let at = columns.iter().position(|column| *column == key).unwrap_or_else(|| {
            columns.push(key);
            count
        });
        Some(Rc::new(TablePlace {
            // SAFETY: an open relation.
            table: unsafe { (*self.0).rd_id },
            index,
            layout: TupleLayout::new(self.attributes(), &columns),
            count,
            key: at,
            numbers,
            writable: self.writable(look_up),
        }))
    }

    /// Returns the properties for writing rows of a side table directly; `None` if more is necessary than writing rows
    /// and their index entries. No trigger may fire except ours that count, whose work the writer does. No rule,
    /// constraint, default or expression may need evaluation. Only this function decides between the two ways of
    /// writing. The engine's tables are written by statements alone.
    fn writable(&self, look_up: LookUp) -> Option<WriteTarget> {
        if !look_up.is_of_side_table() {
            return None;
        }
        // SAFETY: an open relation; its triggers are as many as it says. They are copied: the cache frees them when it hears
        // of a change, which any look-up may bring.
        let (is_plain, triggers) = unsafe {
            let class = *(*self.0).rd_rel;
            let triggers = (*self.0).trigdesc.as_ref().map_or(&[][..], |triggers| {
                std::slice::from_raw_parts(triggers.triggers, triggers.numtriggers as usize)
            });
            let triggers: Vec<(Oid, i8)> =
                triggers.iter().map(|trigger| (trigger.tgfoid, trigger.tgenabled)).collect();
            let generates = descriptors::has_generated_columns((*self.0).rd_att);
            let is_plain = class.relchecks == 0 && !class.relhasrules && !class.relispartition && !generates;
            (is_plain, triggers)
        };
        let columns: Option<Vec<i16>> = look_up.columns().iter().map(|column| self.column(*column)).collect();
        let columns = columns?;
        let (mine, others): (Vec<_>, Vec<_>) =
            self.attributes().iter().partition(|attribute| columns.contains(&attribute.attnum));
        let only_counts = triggers.into_iter().all(|(function, enabled)| {
            enabled as u8 == pg_sys::TRIGGER_FIRES_ALWAYS && acl::is_ours(function)
        });
        if !is_plain || !only_counts || mine.into_iter().any(is_bounded) {
            return None;
        }
        Some(WriteTarget { is_whole: others.into_iter().all(may_be_left_out) })
    }

    /// Returns the columns of the table, including dropped ones.
    pub fn attributes(&self) -> &[pg_sys::FormData_pg_attribute] {
        // SAFETY: an open relation has a descriptor with this number of attributes.
        unsafe { descriptors::attributes((*self.0).rd_att) }
    }

    /// Returns the indexes of the table.
    pub fn indexes(&self) -> impl Iterator<Item = Oid> {
        // Mirrors ExecOpenIndices() (execIndexing.c). Unchanged from 14 to 18; 17 and 18 only differ in which
        // primary key identifies rows.
        // SAFETY: an open relation; the list, ours, is NULL when empty, and its oids are of indexes that live as long as
        // the table is locked.
        let cells = unsafe {
            let list = pg_sys::RelationGetIndexList(self.0).as_ref();
            list.map_or(&[][..], |list| std::slice::from_raw_parts(list.elements, list.length as usize))
        };
        // SAFETY: the list has oids.
        cells.iter().map(|cell| unsafe { cell.oid_value })
    }

    /// Returns the number of the column with this name and type, if rows hold it. PostgreSQL 18 computes a virtual
    /// generated column when it is read.
    pub fn column(&self, (name, of_type): Column) -> Option<i16> {
        let found = self.attributes().iter().find(|attribute| {
            // SAFETY: a name ends within its 64 bytes.
            let is_it = unsafe { CStr::from_ptr(attribute.attname.data.as_ptr()) } == name;
            !attribute.attisdropped && attribute.attgenerated as u8 != VIRTUAL && is_it
        })?;
        let (number, type_id) = (found.attnum, found.atttypid);
        reads_as(type_id, of_type).then_some(number)
    }

    /// Finds a B-tree over all rows that begins with a column.
    pub fn index(&self, key: i16, key_type: Oid) -> Option<Oid> {
        self.indexes().find(|index| {
            let index = Index::open(*index, Purpose::Reading);
            let is_fit = index.begins_with(key, key_type);
            index.close();
            is_fit
        })
    }

    pub fn close(self) {
        // SAFETY: opened by us; the lock stays, as a plan's would.
        unsafe { pg_sys::relation_close(self.0, pg_sys::NoLock as i32) };
    }
}

/// An open and locked index.
pub struct Index(pub pg_sys::Relation);

impl Index {
    pub fn open(index: Oid, purpose: Purpose) -> Self {
        // SAFETY: of a table that is locked.
        Self(unsafe { pg_sys::index_open(index, purpose.lock()) })
    }

    /// Returns whether rows can be looked up by a column alone, in PostgreSQL's own order of its type, and none is missing.
    ///
    /// Mirrors `get_relation_info()` (plancat.c), but does not evaluate a condition of the index, which may call a function
    /// of the table's owner. Unchanged from 14 to 18.
    fn begins_with(&self, key: i16, key_type: Oid) -> bool {
        let condition = pg_sys::Anum_pg_index_indpred as std::ffi::c_int;
        // SAFETY: an open index has these structs, and as many key columns as it says, at least one.
        unsafe {
            let index = &*(*self.0).rd_index;
            (*(*self.0).rd_rel).relam == pg_sys::BTREE_AM_OID
                && index.indisvalid
                && !index.indcheckxmin
                && index.indkey.values.as_slice(1)[0] == key
                && *(*self.0).rd_opcintype == key_type
                && Some(*(*self.0).rd_opfamily) == family_of(key_type)
                && pg_sys::heap_attisnull((*self.0).rd_indextuple, condition, std::ptr::null_mut())
        }
    }

    pub fn close(self) {
        // SAFETY: as for tables.
        unsafe { pg_sys::index_close(self.0, pg_sys::NoLock as i32) };
    }
}

/// Returns whether a column's type has a length, which is a constraint. The precision of times does not count: all of
/// ours have it.
pub fn is_bounded(attribute: &pg_sys::FormData_pg_attribute) -> bool {
    attribute.atttypmod != -1 && (attribute.atttypid != pg_sys::TIMESTAMPOID || attribute.atttypmod != 6)
}

/// Returns whether a row can be written without a value for a column.
pub fn may_be_left_out(attribute: &pg_sys::FormData_pg_attribute) -> bool {
    attribute.attisdropped
        || !(attribute.attnotnull
            || attribute.atthasdef
            || attribute.attidentity != 0
            || is_domain(attribute))
}

/// Returns whether a column's type is a domain, which may have a default and refuse NULL.
fn is_domain(attribute: &pg_sys::FormData_pg_attribute) -> bool {
    // SAFETY: a catalog look-up by oid.
    unsafe { pg_sys::getBaseType(attribute.atttypid) != attribute.atttypid }
}

/// Returns the place of a look-up's rows, if it is known and PostgreSQL has reported no change.
pub fn known(schema: Oid, look_up: LookUp) -> Option<Rc<TablePlace>> {
    KNOWN.with_borrow(|known| {
        let found = known.iter().find(|known| known.schema == schema && known.look_up == look_up);
        found.map(|known| Rc::clone(&known.place))
    })
}

fn remember(schema: Oid, look_up: LookUp, place: &Rc<TablePlace>) {
    KNOWN.with_borrow_mut(|known| {
        if !known.iter().any(|known| known.schema == schema && known.look_up == look_up) {
            known.push(LookUpPlace { schema, look_up, place: Rc::clone(place) });
        }
    });
}

/// Registers a callback for changes of relations, once in the life of a backend.
fn listen() {
    if !IS_LISTENING.replace(true) {
        // SAFETY: a function that lives as long as the backend.
        unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(forget), Datum::from(0)) };
    }
}

/// Forgets the places in a relation, or all if it is 0, when PostgreSQL reports a change of it. It must not fail.
unsafe extern "C-unwind" fn forget(_argument: Datum, relation: Oid) {
    let is_ours = |known: &LookUpPlace| {
        relation == pg_sys::InvalidOid || [known.place.table, known.place.index].contains(&relation)
    };
    KNOWN.with_borrow_mut(|known| known.retain(|known| !is_ours(known)));
    CHANGES.set(CHANGES.get() + 1);
}
