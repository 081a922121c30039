//! Inserts index entries for rows that are written below the executor, as `CatalogIndexInsert()` (indexing.c) and
//! `ExecInsertIndexTuples()` (execIndexing.c) do.
//!
//! Differences between versions: 15 has NULLS NOT DISTINCT, which B-trees check themselves. From 16 on, a row that
//! stays on its page may need entries in summarizing indexes (BRIN). 17 has `index_insert_cleanup()`. 18 has keys
//! WITHOUT OVERLAPS, which are exclusion constraints too: a statement writes these tables.

mod condition;

use crate::pg::heap::index_entries::condition::IndexCondition;
use crate::pg::heap::tables::Purpose;
use crate::pg::heap::tables::{Index, LockedTable};
use pgrx::pg_sys::{self, Datum, Oid};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// A row that is stored, and the values of its attributes.
pub struct StoredRow<'a> {
    pub tid: pg_sys::ItemPointer,
    pub values: &'a [Datum],
    pub nulls: &'a [bool],
}

/// The indexes in which a row gets new entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryScope {
    All,
    /// Entries in indexes that summarize whole pages (BRIN): the row has a new place on its old page.
    #[cfg(not(any(feature = "pg14", feature = "pg15")))]
    Summarizing,
    None,
}

/// Returns whether entries can be inserted here in all current indexes of a table. Another command of this transaction
/// may have created some of them.
pub fn can_be_made(table: &LockedTable) -> bool {
    table.indexes().all(|oid| {
        known_shape(oid)
            .unwrap_or_else(|| {
                let index = Index::open(oid, Purpose::Writing);
                let shape = shape_of(&index);
                index.close();
                shape
            })
            .is_some()
    })
}

/// The indexes of a table, open for writing.
pub struct Indexes(Vec<IndexEntry>);

/// An open index, with the facts that an insertion needs.
struct IndexEntry {
    index: Index,
    shape: Rc<Shape>,
    /// The description that access methods other than B-tree require; NULL for B-trees, as when PostgreSQL stores
    /// toasted values.
    info: *mut pg_sys::IndexInfo,
}

/// The facts about an index that stay the same during its life.
struct Shape {
    /// The numbers of the attributes that the index contains.
    attributes: Vec<i16>,
    /// The conditions that a row must meet to have an entry.
    conditions: Vec<IndexCondition>,
}

thread_local! {
    /// The shapes of indexes; `None` for an index whose entries need the executor. They are forgotten when the index
    /// changes.
    static SHAPES: RefCell<HashMap<Oid, Option<Rc<Shape>>>> = RefCell::default();
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// Forgets the shape of an index, or all if it is 0, when PostgreSQL reports a change of it. It must not fail.
unsafe extern "C-unwind" fn forget(_argument: Datum, index: Oid) {
    SHAPES.with_borrow_mut(|shapes| match index {
        pg_sys::InvalidOid => shapes.clear(),
        index => _ = shapes.remove(&index),
    });
}

impl Indexes {
    /// Opens the indexes of a table whose entries can be inserted here.
    pub fn open(table: &LockedTable) -> Self {
        let open = |oid| {
            let index = Index::open(oid, Purpose::Writing);
            Some(IndexEntry { shape: shape_of(&index)?, info: info_of(&index), index })
        };
        Self(table.indexes().filter_map(open).collect())
    }

    /// Inserts the entries of a row.
    pub fn put(&self, table: &LockedTable, wanted: EntryScope, row: &StoredRow) {
        for IndexEntry { index, shape, info } in &self.0 {
            // SAFETY: an open index has its catalog row.
            let facts = unsafe { &*(*index.0).rd_index };
            let has_entry = facts.indisready
                && takes(index, wanted)
                && shape.conditions.iter().all(|condition| condition.holds(row.values, row.nulls));
            if !has_entry {
                continue;
            }
            let mut values = [Datum::from(0); pg_sys::INDEX_MAX_KEYS as usize];
            let mut nulls = [true; pg_sys::INDEX_MAX_KEYS as usize];
            for (at, number) in shape.attributes.iter().enumerate() {
                let attribute = *number as usize - 1;
                (values[at], nulls[at]) = (row.values[attribute], row.nulls[attribute]);
            }
            let check = match facts.indisunique {
                true => pg_sys::IndexUniqueCheck::UNIQUE_CHECK_YES,
                false => pg_sys::IndexUniqueCheck::UNIQUE_CHECK_NO,
            };
            let (values, nulls) = (values.as_mut_ptr(), nulls.as_mut_ptr());
            // Mirrors CatalogIndexInsert(). Unchanged from 14 to 18. The hint that no column of the index has changed, which
            // only the executor gives (14: for each UPDATE; from 15 on: where it is true), makes B-trees look for old versions.
            // SAFETY: an open index of an open table; a value or a NULL for each of its columns.
            unsafe { pg_sys::index_insert(index.0, values, nulls, row.tid, table.0, check, false, *info) };
            release(index, *info);
        }
    }

    pub fn close(self) {
        for IndexEntry { index, .. } in self.0 {
            index.close();
        }
    }
}

/// Returns whether an index is among those in which a row gets entries.
fn takes(_index: &Index, wanted: EntryScope) -> bool {
    match wanted {
        EntryScope::All => true,
        // Mirrors `ii_Summarizing`, which 16 has added to what ExecInsertIndexTuples() and CatalogIndexInsert() look at.
        // SAFETY: an open index has its access method.
        #[cfg(not(any(feature = "pg14", feature = "pg15")))]
        EntryScope::Summarizing => unsafe { (*(*_index.0).rd_indam).amsummarizing },
        EntryScope::None => false,
    }
}

fn info_of(index: &Index) -> *mut pg_sys::IndexInfo {
    // Mirrors CatalogOpenIndexes() (indexing.c). 15, 16 and 18 fill in more members of what BuildIndexInfo() returns.
    // SAFETY: an open index.
    unsafe {
        match (*(*index.0).rd_rel).relam {
            pg_sys::BTREE_AM_OID => std::ptr::null_mut(),
            _ => pg_sys::BuildIndexInfo(index.0),
        }
    }
}

/// Frees what an access method would keep from entry to entry. The pages that BRIN keeps pinned belong to the current
/// resource owner, and a session closes its indexes under another one.
fn release(_index: &Index, _info: *mut pg_sys::IndexInfo) {
    #[cfg(not(any(feature = "pg14", feature = "pg15", feature = "pg16")))]
    if !_info.is_null() {
        // Mirrors ExecCloseIndices() (execIndexing.c), from 17 on. The first releases of 17 leave a cache behind that is of no use.
        // SAFETY: an open index, and what was made for it.
        unsafe {
            pg_sys::index_insert_cleanup(_index.0, _info);
            (*_info).ii_AmCache = std::ptr::null_mut();
        }
    }
}

fn known_shape(index: Oid) -> Option<Option<Rc<Shape>>> {
    SHAPES.with_borrow(|shapes| shapes.get(&index).cloned())
}

fn shape_of(index: &Index) -> Option<Rc<Shape>> {
    // SAFETY: an open relation.
    let oid = unsafe { (*index.0).rd_id };
    known_shape(oid).unwrap_or_else(|| {
        if !IS_LISTENING.replace(true) {
            // SAFETY: a function that lives as long as the backend.
            unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(forget), Datum::from(0)) };
        }
        let shape = Shape::of(index).map(Rc::new);
        SHAPES.with_borrow_mut(|shapes| shapes.insert(oid, shape.clone()));
        shape
    })
}

impl Shape {
    fn of(index: &Index) -> Option<Self> {
        // SAFETY: an open index has its catalog row, with as many attributes as it says, and an expression, ours, or NULL.
        unsafe {
            let facts = &*(*index.0).rd_index;
            let attributes = facts.indkey.values.as_slice(facts.indnatts as usize).to_vec();
            // An expression is no attribute.
            let is_plain = facts.indimmediate && !facts.indisexclusion && !attributes.contains(&0);
            let conditions = IndexCondition::all_of(pg_sys::RelationGetIndexPredicate(index.0));
            conditions.filter(|_| is_plain).map(|conditions| Self { attributes, conditions })
        }
    }
}
