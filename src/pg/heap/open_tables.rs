//! Keeps the tables of a session open, with their indexes, until the session ends: opening and closing a table costs
//! more than finding a row. Scans are not kept: each would hold 27 kB, which PostgreSQL would get from the kernel and
//! give back with every call.

use crate::pg::datum::memory::InMemory;
use crate::pg::heap::index_entries::{self, Indexes};
use crate::pg::heap::lookup::LookUp;
use crate::pg::heap::tables::{self, Index, LockedTable, Purpose, TablePlace};
use crate::pg::host::installation::SessionIdentity;
use pgrx::pg_sys::{self, Oid};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// The open tables of a session. After an error, the end of the (sub)transaction in which the session began closes
/// them, and the end of the one in which a scan began ends the scan.
pub struct OpenTables {
    schema: Oid,
    /// True if the session usually writes the rows that it reads.
    is_to_write: bool,
    /// The memory context and resource owner of the session, to which the open tables belong. Code that runs in between
    /// may use a memory context that is freed earlier.
    home: InMemory,
    entries: RefCell<Vec<Entry>>,
}

/// A table that has been opened for a look-up.
struct Entry {
    look_up: LookUp,
    purpose: Purpose,
    /// The identity whose privileges have been checked.
    user: SessionIdentity,
    found: (Rc<OpenTable>, Rc<TablePlace>),
}

/// An open table, with its open indexes and slots.
pub struct OpenTable {
    pub table: LockedTable,
    purpose: Purpose,
    home: InMemory,
    /// The indexes that are scanned.
    scanned: RefCell<Vec<(Oid, Index)>>,
    /// The indexes that are written: all indexes of the table.
    written: OnceCell<Indexes>,
    /// True if entries can be inserted here in all indexes; computed once it is needed.
    makes_entries: OnceCell<bool>,
    /// Slots for rows that are free for reuse.
    slots: RefCell<Vec<*mut pg_sys::TupleTableSlot>>,
    /// The tuple ids at which rows were last seen, by their keys.
    seen: RefCell<HashMap<i64, pg_sys::ItemPointerData>>,
}

impl OpenTables {
    pub fn new(schema: Oid, is_to_write: bool) -> Self {
        Self { schema, is_to_write, home: InMemory::current(), entries: RefCell::default() }
    }

    /// Returns the schema of the installation.
    pub fn schema(&self) -> Oid {
        self.schema
    }

    /// Returns the table of a look-up, opened if necessary, and the places of its columns; `None` if the current user
    /// may not scan it directly.
    pub fn open(&self, look_up: LookUp, purpose: Purpose) -> Option<(Rc<OpenTable>, Rc<TablePlace>)> {
        let user = SessionIdentity::current();
        let purpose = self.purpose_of(look_up, purpose);
        let found =
            |entry: &&Entry| entry.user == user && entry.purpose == purpose && entry.look_up == look_up;
        if let Some(entry) = self.entries.borrow().iter().find(found) {
            return Some(entry.found.clone());
        }
        let found = match self.already_open(look_up, purpose) {
            Some(found) => found,
            None => {
                let (table, place) = self.home.run(|| LockedTable::open(self.schema, look_up, purpose))?;
                (Rc::new(OpenTable::new(table, purpose, self.home)), place)
            }
        };
        self.entries.borrow_mut().push(Entry { look_up, purpose, user, found: found.clone() });
        Some(found)
    }

    /// Returns the purpose for which a table is opened: writing at once, if the session usually writes to it next.
    fn purpose_of(&self, look_up: LookUp, purpose: Purpose) -> Purpose {
        // SAFETY: a backend-local variable.
        let may_write = || unsafe { !pg_sys::XactReadOnly };
        if self.is_to_write && look_up.leads_to_writing() && may_write() { Purpose::Writing } else { purpose }
    }

    /// Returns the table of a look-up if another look-up has opened it. The known facts about it cannot have changed
    /// since.
    fn already_open(&self, look_up: LookUp, purpose: Purpose) -> Option<(Rc<OpenTable>, Rc<TablePlace>)> {
        let place = tables::known(self.schema, look_up)?;
        let entries = self.entries.borrow();
        let fits = |entry: &&Entry| {
            entry.found.1.table == place.table
                && (entry.purpose == purpose || purpose == Purpose::Reading)
                && entry.found.0.table.is_open_to_us(look_up)
        };
        let open = entries.iter().find(fits).map(|entry| Rc::clone(&entry.found.0))?;
        Some((open, place))
    }

    /// Closes all tables, before a statement that changes tables and therefore needs them closed. No scan may be
    /// running.
    pub fn close(&self) {
        // The session owns them, also where it closes them in a subtransaction.
        self.home.run(|| {
            for Entry { found: (open, _), .. } in self.entries.take() {
                // The last entry of a table closes it.
                if let Ok(open) = Rc::try_unwrap(open) {
                    open.close();
                }
            }
        });
    }
}

impl OpenTable {
    pub fn new(table: LockedTable, purpose: Purpose, home: InMemory) -> Self {
        let (scanned, slots, seen) = (RefCell::default(), RefCell::default(), RefCell::default());
        let (written, makes_entries) = (OnceCell::new(), OnceCell::new());
        Self { table, purpose, home, scanned, written, makes_entries, slots, seen }
    }

    /// Returns an index of the table, opened if necessary.
    pub fn index(&self, index: Oid) -> pg_sys::Relation {
        let mut scanned = self.scanned.borrow_mut();
        if let Some((_, open)) = scanned.iter().find(|(oid, _)| *oid == index) {
            return open.0;
        }
        let open = self.home.run(|| Index::open(index, self.purpose));
        let relation = open.0;
        scanned.push((index, open));
        relation
    }

    /// Returns whether entries can be inserted here in all indexes of the table, which must be open for writing.
    pub fn makes_entries(&self) -> bool {
        *self.makes_entries.get_or_init(|| index_entries::can_be_made(&self.table))
    }

    /// Returns all indexes of the table, opened when they are first needed. An update that keeps its row on the page
    /// needs no entries, so the indexes are not opened for it.
    pub fn indexes(&self) -> &Indexes {
        self.written.get_or_init(|| self.home.run(|| Indexes::open(&self.table)))
    }

    /// Returns a slot for a row of the table. The caller gives it back with [`Self::take_back`].
    pub fn slot(&self) -> *mut pg_sys::TupleTableSlot {
        let used = self.slots.borrow_mut().pop();
        used.unwrap_or_else(|| {
            // Mirrors systable_beginscan(), which makes such a slot for each scan. Unchanged from 14 to 18.
            // SAFETY: the table is open, and stays so for as long as the slot is there.
            self.home.run(|| unsafe { pg_sys::table_slot_create(self.table.0, std::ptr::null_mut()) })
        })
    }

    /// Takes an empty slot back.
    pub fn take_back(&self, slot: *mut pg_sys::TupleTableSlot) {
        self.slots.borrow_mut().push(slot);
    }

    /// Returns the tuple id at which the row of a key was last seen. The row may have moved since.
    pub fn seen_at(&self, key: i64) -> Option<pg_sys::ItemPointerData> {
        self.seen.borrow().get(&key).copied()
    }

    /// Records the tuple id of the row of a key; `None` if it is unknown. Only a session that writes uses it.
    pub fn see(&self, key: i64, tid: impl Into<Option<pg_sys::ItemPointerData>>) {
        if self.purpose == Purpose::Writing {
            match tid.into() {
                Some(tid) => _ = self.seen.borrow_mut().insert(key, tid),
                None => _ = self.seen.borrow_mut().remove(&key),
            }
        }
    }

    pub fn close(self) {
        for slot in self.slots.into_inner() {
            // SAFETY: made by `slot`, and not used any more.
            unsafe { pg_sys::ExecDropSingleTupleTableSlot(slot) };
        }
        if let Some(indexes) = self.written.into_inner() {
            indexes.close();
        }
        self.scanned.into_inner().into_iter().for_each(|(_, index)| index.close());
        self.table.close();
    }
}
