//! Index entries of rows that are written below the executor.

use super::index_condition::Condition;
use super::place::Table;
use pgrx::pg_sys::{self, Datum};

/// The indexes of a table, open for writing.
pub(super) struct Indexes {
    pub(super) state: pg_sys::CatalogIndexState,
    /// Of each of them, whether it takes entries at all, and of which rows.
    entries: Vec<(bool, Vec<Condition>)>,
    /// Whether one of them leaves rows out.
    pub(super) are_partial: bool,
}

impl Indexes {
    /// Opens those that there are at this moment, which another command of this transaction may not have seen; `None` if
    /// entries of one of them take the executor to make.
    pub(super) fn open(table: &Table) -> Option<Self> {
        // SAFETY: the table is open and locked for writing; an open index has its catalog row.
        unsafe {
            let state = pg_sys::CatalogOpenIndexes(table.0);
            let infos = infos(state);
            let relations = match infos.len() {
                0 => &[],
                count => std::slice::from_raw_parts((*state).ri_IndexRelationDescs, count),
            };
            let entries = infos.iter().zip(relations).map(|(info, relation)| {
                let index = &*(**relation).rd_index;
                let is_plain =
                    index.indimmediate && !index.indisexclusion && (**info).ii_Expressions.is_null();
                let conditions = if is_plain { Condition::all_of((**info).ii_Predicate) } else { None };
                conditions.map(|conditions| ((**info).ii_ReadyForInserts, conditions))
            });
            let Some(entries) = entries.collect::<Option<Vec<_>>>() else {
                pg_sys::CatalogCloseIndexes(state);
                return None;
            };
            let are_partial = entries.iter().any(|(_, conditions)| !conditions.is_empty());
            Some(Self { state, entries, are_partial })
        }
    }

    /// Says which of them have an entry for a row with these values: those of catalogs have one for every row, so that nobody
    /// asks there.
    pub(super) fn choose(&self, values: &[Datum], nulls: &[bool]) {
        if !self.are_partial {
            return;
        }
        for (info, (is_ready, conditions)) in infos(self.state).iter().zip(&self.entries) {
            let has_entry = conditions.iter().all(|condition| condition.holds(values, nulls));
            // SAFETY: made for us alone by `open`.
            unsafe {
                (**info).ii_Predicate = std::ptr::null_mut();
                (**info).ii_ReadyForInserts = *is_ready && has_entry;
            }
        }
    }

    pub(super) fn close(self) {
        // SAFETY: opened by `open`.
        unsafe { pg_sys::CatalogCloseIndexes(self.state) };
    }
}

fn infos<'a>(state: pg_sys::CatalogIndexState) -> &'a [*mut pg_sys::IndexInfo] {
    // SAFETY: an open state has as many as it says; an array of none is NULL.
    unsafe {
        match (*state).ri_NumIndices as usize {
            0 => &[],
            count => std::slice::from_raw_parts((*state).ri_IndexRelationInfo, count),
        }
    }
}
