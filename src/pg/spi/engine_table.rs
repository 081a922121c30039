//! Tables of the engine that are written below the executor, as the side tables are: where nothing else has to be done than
//! to write a row, and the current user may do it.

use super::Session;
use super::index_condition::cast;
use super::look_up::LookUp;
use super::place::Table;
use super::values::timestamp;
use super::writing::Writing;
use crate::core::time::Timestamp;
use pgrx::IntoDatum;
use pgrx::pg_sys::{self, Datum, Oid};
use std::ffi::CStr;

/// Between two transitions of a step or task, as the engine counts them.
const SORT_KEYS: i32 = 10;
/// The places of columns in `LookUp::EngineTransitions` and `LookUp::EngineTaskTransitions`.
const SORT_KEY: usize = 5;

/// A transition that is to be the current one of its step, or of its task.
pub struct NewTransition<'a> {
    pub of: i64,
    pub from: &'a str,
    pub to: &'a str,
    /// A `jsonb` value.
    pub metadata: Datum,
    pub at: Timestamp,
}

impl Session {
    /// Puts each transition behind the last one of its step or task, which is locked, and whose current one has been left;
    /// answers with their ids and sort keys; `None` if that is not to be done here, and nothing has been done.
    ///
    /// # Complexity
    /// O(log n + transitions of the step or task) for each.
    pub fn enter_states(&self, table: LookUp, transitions: &[NewTransition]) -> Option<Vec<(i64, i32)>> {
        let writing = Writing::begin(&self.tables, table)?;
        let sequence =
            writing.writable().filter(|writable| writable.is_whole).and_then(|found| found.sequence);
        let last = |transition: &NewTransition| writing.greatest(transition.of, SORT_KEY);
        let sort_keys: Option<Vec<i32>> =
            transitions.iter().map(|transition| last(transition).checked_add(SORT_KEYS)).collect();
        let (sequence, sort_keys) = (sequence.filter(|_| writing.makes_entries())?, sort_keys?);
        let enter = |(transition, sort_key)| {
            let id = next_value(sequence);
            writing.insert(&row(id, transition, sort_key));
            (id, sort_key)
        };
        Some(transitions.iter().zip(sort_keys).map(enter).collect())
    }
}

/// By the columns of those look-ups.
fn row(id: i64, transition: &NewTransition, sort_key: i32) -> [Option<Datum>; 9] {
    let at = Some(timestamp(transition.at));
    [
        id.into_datum(),
        transition.of.into_datum(),
        transition.to.into_datum(),
        transition.from.into_datum(),
        Some(transition.metadata),
        sort_key.into_datum(),
        true.into_datum(),
        at,
        at,
    ]
}

/// The next value of a sequence, if the current user may take it (42501).
fn next_value(sequence: Oid) -> i64 {
    // SAFETY: nextval() takes a regclass and returns a bigint, or raises an error.
    let next = unsafe { pgrx::direct_function_call_as_datum(pg_sys::nextval_oid, &[Some(sequence.into())]) };
    next.map_or(0, |next| next.value() as i64)
}

/// Whether the current user may read and write the whole of the table, which is a plain one.
pub(super) fn is_open(table: &Table) -> bool {
    let wanted = pg_sys::AclMode::from(pg_sys::ACL_SELECT | pg_sys::ACL_INSERT | pg_sys::ACL_UPDATE);
    // SAFETY: an open relation; a catalog look-up by oid.
    unsafe {
        let class = &*(*table.0).rd_rel;
        class.relkind == pg_sys::RELKIND_RELATION as std::ffi::c_char
            && class.relam == pg_sys::HEAP_TABLE_AM_OID
            && !class.relrowsecurity
            && !class.relhassubclass
            && wanted
                == pg_sys::pg_class_aclmask(
                    (*table.0).rd_id,
                    pg_sys::GetUserId(),
                    wanted,
                    pg_sys::AclMaskHow::ACLMASK_ALL,
                )
    }
}

/// Whether a trigger has nothing to do where we insert transitions of steps and tasks that are locked, and change columns of no
/// key: ours follow neither (`Writer::enter_steps`, `Writer::move_task`), and foreign keys between the engine's tables hold.
pub(super) fn rests(table: &Table, trigger: &pg_sys::Trigger) -> bool {
    // SAFETY: an open relation; catalog look-ups by oid, which return NULL or a C string; a trigger has a name.
    unsafe {
        let is_of = |names: &[&CStr]| {
            let name = pg_sys::get_rel_name(trigger.tgconstrrelid);
            !name.is_null()
                && pg_sys::get_rel_namespace(trigger.tgconstrrelid) == (*(*table.0).rd_rel).relnamespace
                && names.contains(&CStr::from_ptr(name))
        };
        let events = (pg_sys::TRIGGER_TYPE_INSERT | pg_sys::TRIGGER_TYPE_UPDATE) as i16;
        match pg_sys::RI_FKey_trigger_type(trigger.tgfoid) as u32 {
            pg_sys::RI_TRIGGER_FK => {
                !trigger.tgdeferrable
                    && is_of(&[
                        c"tasker_workflow_steps",
                        c"tasker_tasks",
                        c"tasker_named_steps",
                        c"tasker_named_tasks",
                    ])
            }
            pg_sys::RI_TRIGGER_PK => trigger.tgconstrindid == pg_sys::RelationGetPrimaryKeyIndex(table.0),
            _ => {
                trigger.tgtype & events == 0
                    || trigger.tgenabled as u8 == pg_sys::TRIGGER_DISABLED
                    || CStr::from_ptr(trigger.tgname).to_bytes().starts_with(b"tasker_core_")
            }
        }
    }
}

/// The sequence that a column's values come from, if nothing else makes them.
pub(super) fn sequence(table: &Table, column: i16) -> Option<Oid> {
    // SAFETY: an open relation, and a column of it; the default is an expression, ours, or NULL.
    unsafe {
        let default = pg_sys::build_column_default(table.0, column.into());
        let call = cast::<pg_sys::FuncExpr>(default, pg_sys::NodeTag::T_FuncExpr)?;
        let arguments = call.args.as_ref().filter(|list| list.length == 1)?;
        let sequence = (*arguments.elements).ptr_value.cast::<pg_sys::Node>();
        let sequence = cast::<pg_sys::Const>(sequence, pg_sys::NodeTag::T_Const)?;
        let is_next = call.funcid == Oid::from(pg_sys::F_NEXTVAL) && !sequence.constisnull;
        is_next.then(|| Oid::from(sequence.constvalue.value() as u32))
    }
}
