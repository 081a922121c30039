//! Checks whether an installation has the triggers that keep its side rows.
//!
//! Changes do not reach the side rows if a schema was copied without its triggers, or a load left them disabled; every
//! answer would be wrong. A backend checks once for each installation, and again when PostgreSQL reports a change of
//! one of the tables.

use crate::core::error::TaskerError;
use crate::pg::host::acl::is_ours_and_named;
use crate::pg::host::installed_columns::{self, ColumnUse};
use crate::pg::host::schema_names::schema_name;
use pgrx::pg_sys::{self, Datum, Oid};
use std::cell::{Cell, RefCell};
use std::ffi::CStr;

/// The triggers that a table must have: how many of them call which function. `_tasker_expected_triggers()` names them.
struct ExpectedTriggers {
    table: &'static CStr,
    function: &'static CStr,
    number: usize,
}

const EXPECTED: [ExpectedTriggers; 7] = [
    ExpectedTriggers { table: c"tasker_tasks", function: c"_tasker_sync_tasks", number: 4 },
    ExpectedTriggers { table: c"tasker_workflow_steps", function: c"_tasker_sync_steps", number: 4 },
    ExpectedTriggers {
        table: c"tasker_workflow_step_edges",
        function: c"_tasker_sync_step_edges",
        number: 4,
    },
    ExpectedTriggers {
        table: c"tasker_workflow_step_transitions",
        function: c"_tasker_sync_step_transitions",
        number: 5,
    },
    ExpectedTriggers {
        table: c"tasker_task_transitions",
        function: c"_tasker_sync_task_transitions",
        number: 5,
    },
    ExpectedTriggers { table: c"tasker_core_steps", function: c"_tasker_count_steps", number: 2 },
    ExpectedTriggers { table: c"tasker_core_tasks", function: c"_tasker_count_tasks", number: 2 },
];

/// An installation that had all its triggers when this backend checked it.
struct Complete {
    schema: Oid,
    tables: [Oid; EXPECTED.len()],
    /// The tables of the engine, which are fit for the uses in `fit_for`.
    engine_tables: [Oid; installed_columns::COUNT],
    fit_for: Vec<ColumnUse>,
}

thread_local! {
    static COMPLETE: RefCell<Vec<Complete>> = const { RefCell::new(Vec::new()) };
    /// A counter that grows with each change of a relation that PostgreSQL reports.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// Raises 55000 unless the installation in a schema has all its triggers, enabled ALWAYS.
///
/// # Complexity
/// Searches a list of the installations that this backend uses; the first time, opens seven tables.
pub fn require(schema: Oid) -> Result<(), TaskerError> {
    if COMPLETE.with_borrow(|complete| complete.iter().any(|known| known.schema == schema)) {
        return Ok(());
    }
    listen();
    let changes = CHANGES.get();
    let mut tables = [pg_sys::InvalidOid; EXPECTED.len()];
    let mut problems = Vec::new();
    for (expected, table) in EXPECTED.iter().zip(&mut tables) {
        let name = expected.table.to_string_lossy();
        // SAFETY: a catalog look-up with a C string constant.
        *table = unsafe { pg_sys::get_relname_relid(expected.table.as_ptr(), schema) };
        let Some(triggers) = triggers_of(*table) else {
            problems.push(format!("Table \"{name}\" is missing."));
            continue;
        };
        let ours =
            triggers.into_iter().filter(|(function, _)| is_ours_and_named(*function, expected.function));
        let enabled = ours.filter(|(_, enabled)| *enabled == pg_sys::TRIGGER_FIRES_ALWAYS).count();
        if enabled < expected.number {
            let number = expected.number;
            problems
                .push(format!("Of the {number} triggers of table \"{name}\", {enabled} are enabled always."));
        }
    }
    if !problems.is_empty() {
        return Err(TaskerError::TriggersMissing { schema: schema_name(schema), problems });
    }
    // What changed while we looked must be looked at again.
    if CHANGES.get() == changes {
        let engine_tables = [pg_sys::InvalidOid; installed_columns::COUNT];
        let complete = Complete { schema, tables, engine_tables, fit_for: Vec::new() };
        COMPLETE.with_borrow_mut(|all| all.push(complete));
    }
    Ok(())
}

/// Raises 55000 unless the engine's tables, in an installation that has its triggers, have the columns for a use.
///
/// # Complexity
/// The cost of [`require`]; the first time, opens the 12 tables.
pub fn require_columns(schema: Oid, what: ColumnUse) -> Result<(), TaskerError> {
    let is_fit = |known: &Complete| known.schema == schema && known.fit_for.contains(&what);
    if COMPLETE.with_borrow(|complete| complete.iter().any(is_fit)) {
        return Ok(());
    }
    listen();
    let changes = CHANGES.get();
    let (engine_tables, problems) = installed_columns::problems(schema, what);
    if !problems.is_empty() {
        return Err(TaskerError::TablesUnfit { schema: schema_name(schema), problems });
    }
    if CHANGES.get() == changes {
        COMPLETE.with_borrow_mut(|complete| {
            if let Some(known) = complete.iter_mut().find(|known| known.schema == schema) {
                known.engine_tables = engine_tables;
                known.fit_for.push(what);
            }
        });
    }
    Ok(())
}

/// Returns the functions that the triggers of a table call, each with the setting that says when the trigger fires.
fn triggers_of(table: Oid) -> Option<Vec<(Oid, u8)>> {
    let lock = pg_sys::AccessShareLock as pg_sys::LOCKMODE;
    // SAFETY: a relation that is gone, as InvalidOid is, is no error here. The triggers are copied before anything is
    // called that may accept invalidations, which free them.
    unsafe {
        let relation = pg_sys::try_relation_open(table, lock);
        let relation_data = relation.as_ref()?;
        let triggers = relation_data.trigdesc.as_ref().map_or(&[][..], |triggers| {
            std::slice::from_raw_parts(triggers.triggers, triggers.numtriggers as usize)
        });
        let copied = triggers.iter().map(|trigger| (trigger.tgfoid, trigger.tgenabled as u8)).collect();
        pg_sys::relation_close(relation, lock);
        Some(copied)
    }
}

/// Registers a callback for changes of relations, once in the life of a backend.
fn listen() {
    if !IS_LISTENING.replace(true) {
        // SAFETY: a function that lives as long as the backend.
        unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(forget), Datum::from(0)) };
    }
}

/// Forgets the installations that use a relation, or all if it is 0, when PostgreSQL reports a change of it. It must
/// not fail.
unsafe extern "C-unwind" fn forget(_argument: Datum, relation: Oid) {
    COMPLETE.with_borrow_mut(|complete| {
        complete.retain(|known| {
            relation != pg_sys::InvalidOid
                && !known.tables.contains(&relation)
                && !known.engine_tables.contains(&relation)
        });
    });
    CHANGES.set(CHANGES.get() + 1);
}
