//! Finds the relations of a plan, and checks whether it may be run with the rights of another role than the caller's.
//!
//! A statement runs more than its own text: triggers, rules, views, checks, defaults and index expressions of the
//! tables that it names. These belong to the owners of the tables, and triggers to every role with the privilege
//! TRIGGER. Code that the current user does not trust (src/pg/host/acl.rs) must not run as that user.

use crate::core::error::TaskerError;
use crate::pg::host::acl::{self, is_trusted};
use pgrx::pg_sys::{self, Datum, Oid};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::CStr;
use std::rc::Rc;

/// The beginning of the names of side tables.
const SIDE_TABLE: &str = "tasker_core_";

/// The relations that a plan names, including views and the relations behind them.
pub(crate) struct Relations {
    read: Vec<Oid>,
    /// The schema and name that each had when the plan was made, in the same order. PostgreSQL makes a plan again by
    /// the names in its text, which mean other relations once one is renamed or moved.
    names: Vec<Option<(Oid, String)>>,
    /// The relations that the plan writes.
    written: Vec<Oid>,
}

thread_local! {
    /// The facts about relations as seen by a role, forgotten when a relation, a function or a role changes.
    static KNOWN: RefCell<HashMap<(Oid, Oid), Rc<RelationFacts>>> = RefCell::default();
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

#[derive(Default)]
struct RelationFacts {
    /// The schema and name of the relation; `None` if it does not exist any more.
    name: Option<(Oid, String)>,
    /// The owner, if the current user does not trust it.
    foreign_owner: Option<Oid>,
    /// A trigger that is not trusted, and the owner of its function.
    foreign_trigger: Option<(String, Oid)>,
    /// A trigger that is not ours, even if it is trusted.
    other_trigger: Option<String>,
    /// A trigger that can be deferred, and the owner of its function.
    deferrable_trigger: Option<(String, Oid)>,
}

/// A trigger, copied from the relation cache, which frees it when the relation changes.
struct Trigger {
    name: String,
    function: Oid,
    /// True if the trigger has a condition or arguments, which belong to the role that has attached it.
    is_told: bool,
    is_deferrable: bool,
}

impl Relations {
    /// Reads the relations of a plan.
    ///
    /// # Safety
    /// The plan must have been prepared, and not been run.
    pub(crate) unsafe fn of(plan: pg_sys::SPIPlanPtr) -> Self {
        let (mut read, mut written) = (Vec::new(), Vec::new());
        // SAFETY: as promised; its sources hold analysed and rewritten queries, and the oids of all that these depend on.
        unsafe {
            for source in cells(pg_sys::SPI_plan_get_plan_sources(plan)) {
                let source = &*source.ptr_value.cast::<pg_sys::CachedPlanSource>();
                read.extend(cells(source.relationOids).iter().map(|cell| cell.oid_value));
                for query in cells(source.query_list) {
                    add_written(query.ptr_value.cast(), &mut written);
                }
            }
        }
        read.sort_unstable_by_key(|relation| relation.to_u32());
        read.dedup();
        written.sort_unstable_by_key(|relation| relation.to_u32());
        written.dedup();
        let names = read.iter().map(|relation| known(*relation, user()).name.clone()).collect();
        Self { read, names, written }
    }

    /// Returns whether all of the relations still exist, under the same names.
    pub(crate) fn are_present(&self) -> bool {
        let user = user();
        let mut relations = self.read.iter().zip(&self.names);
        relations.all(|(relation, name)| {
            let known = known(*relation, user);
            known.name.is_some() && known.name == *name
        })
    }

    /// Refuses a plan that would run code of roles that the owner of the installation does not trust, or that temporary
    /// tables of the caller could mislead. The owner's own code may also run as a role on whose behalf the extension
    /// acts: the role accepted that when it created its rule.
    pub(crate) fn require_trusted(&self, caller: Oid, owner: Oid) -> Result<(), TaskerError> {
        let user = user();
        for relation in &self.read {
            let known = known(*relation, owner);
            if let Some(owner) = known.foreign_owner {
                return Err(TaskerError::ForeignOwner { table: name_of(*relation), owner: role(owner) });
            }
            if !self.written.contains(relation) {
                continue;
            }
            if let Some((trigger, owner)) = &known.foreign_trigger {
                let (trigger, owner) = (trigger.clone(), role(*owner));
                return Err(TaskerError::ForeignTrigger { table: name_of(*relation), trigger, owner });
            }
            // What is deferred runs as the caller, at the end of the transaction; only that of Rails tables is run before.
            if let Some((trigger, owner)) = &known.deferrable_trigger
                && known.name.as_ref().is_some_and(|(_, name)| name.starts_with(SIDE_TABLE))
                && !is_trusted(*owner, caller)
            {
                let (trigger, owner) = (trigger.clone(), role(*owner));
                return Err(TaskerError::ForeignTrigger { table: name_of(*relation), trigger, owner });
            }
            if let Some(trigger) = &known.other_trigger
                && has_temporary_schema()
                && !is_trusted(caller, user)
            {
                return Err(TaskerError::TemporarySchema {
                    table: name_of(*relation),
                    trigger: trigger.clone(),
                });
            }
        }
        Ok(())
    }
}

/// Adds the relations that a query writes.
///
/// # Safety
/// The query must be analysed.
unsafe fn add_written(query: *mut pg_sys::Query, written: &mut Vec<Oid>) {
    // SAFETY: as promised; the target is the number, from 1, of an entry of the range table; WITH has queries.
    unsafe {
        let query = &*query;
        if let Some(target) = usize::try_from(query.resultRelation - 1).ok()
            && let Some(entry) = cells(query.rtable).get(target)
        {
            written.push((*entry.ptr_value.cast::<pg_sys::RangeTblEntry>()).relid);
        }
        for expression in cells(query.cteList) {
            let expression = &*expression.ptr_value.cast::<pg_sys::CommonTableExpr>();
            if (*expression.ctequery).type_ == pg_sys::NodeTag::T_Query {
                add_written(expression.ctequery.cast(), written);
            }
        }
    }
}

/// Returns the cells of a list.
///
/// # Safety
/// The list must be valid, or NULL for an empty one.
unsafe fn cells<'a>(list: *mut pg_sys::List) -> &'a [pg_sys::ListCell] {
    // SAFETY: as promised.
    unsafe {
        let list = list.as_ref();
        list.map_or(&[][..], |list| std::slice::from_raw_parts(list.elements, list.length as usize))
    }
}

fn user() -> Oid {
    // SAFETY: a backend-local variable.
    unsafe { pg_sys::GetUserId() }
}

fn known(relation: Oid, user: Oid) -> Rc<RelationFacts> {
    listen();
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&(relation, user)).cloned()) {
        return known;
    }
    let known = Rc::new(look_at(relation, user));
    KNOWN.with_borrow_mut(|all| all.insert((relation, user), Rc::clone(&known)));
    known
}

fn look_at(relation: Oid, user: Oid) -> RelationFacts {
    let Some((name, owner, triggers)) = name_owner_and_triggers(relation) else {
        return RelationFacts::default();
    };
    let foreign_owner = (!is_trusted(owner, user)).then_some(owner);
    let mut known = RelationFacts { name: Some(name), foreign_owner, ..RelationFacts::default() };
    for trigger in triggers.into_iter().filter(|trigger| !acl::is_ours(trigger.function)) {
        let owner = owner_of_function(trigger.function);
        // The role that has attached it is known by nothing but the privilege to do so.
        let is_foreign = !is_trusted(owner, user)
            || trigger.is_told && !acl::only_trusted_attach_triggers_to(relation, user);
        if is_foreign {
            known.foreign_trigger.get_or_insert((trigger.name.clone(), owner));
        }
        if trigger.is_deferrable {
            known.deferrable_trigger.get_or_insert((trigger.name.clone(), owner));
        }
        known.other_trigger.get_or_insert(trigger.name);
    }
    known
}

/// Returns the name and owner of a relation, and its triggers that may fire, except those of foreign keys.
fn name_owner_and_triggers(relation: Oid) -> Option<((Oid, String), Oid, Vec<Trigger>)> {
    // SAFETY: a relation that is gone is no error here; what is taken of an open one is copied before anything else is
    // looked up. A trigger has a name.
    unsafe {
        let open = pg_sys::try_relation_open(relation, pg_sys::AccessShareLock as i32);
        let found = open.as_ref()?;
        let triggers = found.trigdesc.as_ref().map_or(&[][..], |triggers| {
            std::slice::from_raw_parts(triggers.triggers, triggers.numtriggers as usize)
        });
        let may_fire = |trigger: &&pg_sys::Trigger| {
            !trigger.tgisinternal && trigger.tgenabled as u8 != pg_sys::TRIGGER_DISABLED
        };
        let triggers = triggers.iter().filter(may_fire).map(|trigger| Trigger {
            name: CStr::from_ptr(trigger.tgname).to_string_lossy().into_owned(),
            function: trigger.tgfoid,
            is_told: !trigger.tgqual.is_null() || trigger.tgnargs > 0,
            is_deferrable: trigger.tgdeferrable,
        });
        let class = &*found.rd_rel;
        let name = CStr::from_ptr(class.relname.data.as_ptr()).to_string_lossy().into_owned();
        let result = ((class.relnamespace, name), class.relowner, triggers.collect());
        pg_sys::relation_close(open, pg_sys::NoLock as i32);
        Some(result)
    }
}

fn owner_of_function(function: Oid) -> Oid {
    // SAFETY: the tuple is read before its cache entry is released, and rows of pg_proc begin with the struct.
    unsafe {
        let cache = pg_sys::SysCacheIdentifier::PROCOID as i32;
        let tuple = pg_sys::SearchSysCache1(cache, Datum::from(function));
        if tuple.is_null() {
            return pg_sys::InvalidOid;
        }
        let found: *mut pg_sys::FormData_pg_proc = pg_sys::heap_tuple_get_struct(tuple);
        let owner = (*found).proowner;
        pg_sys::ReleaseSysCache(tuple);
        owner
    }
}

/// Returns whether the session has ever made a temporary table.
fn has_temporary_schema() -> bool {
    let (mut schema, mut toast) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
    // SAFETY: reads backend-local variables.
    unsafe { pg_sys::GetTempNamespaceState(&mut schema, &mut toast) };
    schema != pg_sys::InvalidOid
}

fn name_of(relation: Oid) -> String {
    // SAFETY: returns a palloc'd C string, or NULL for a relation that is gone.
    unsafe {
        let name = pg_sys::get_rel_name(relation);
        if name.is_null() {
            relation.to_u32().to_string()
        } else {
            CStr::from_ptr(name).to_string_lossy().into_owned()
        }
    }
}

fn role(role: Oid) -> String {
    // SAFETY: as above.
    unsafe {
        let name = pg_sys::GetUserNameFromId(role, true);
        if name.is_null() {
            role.to_u32().to_string()
        } else {
            CStr::from_ptr(name).to_string_lossy().into_owned()
        }
    }
}

/// Registers callbacks for changes of relations, functions and roles, once in the life of a backend.
fn listen() {
    if !IS_LISTENING.replace(true) {
        // SAFETY: functions that live as long as the backend.
        unsafe {
            pg_sys::CacheRegisterRelcacheCallback(Some(forget_relation), Datum::from(0));
            for cache in [
                pg_sys::SysCacheIdentifier::PROCOID as i32,
                pg_sys::SysCacheIdentifier::AUTHOID as i32,
                pg_sys::SysCacheIdentifier::AUTHMEMROLEMEM as i32,
            ] {
                pg_sys::CacheRegisterSyscacheCallback(cache, Some(forget_all), Datum::from(0));
            }
        }
    }
}

/// Forgets a relation, or all if it is 0, when PostgreSQL reports a change of it. It must not fail.
unsafe extern "C-unwind" fn forget_relation(_argument: Datum, relation: Oid) {
    KNOWN.with_borrow_mut(|known| match relation {
        pg_sys::InvalidOid => known.clear(),
        relation => known.retain(|(of, _), _| *of != relation),
    });
}

/// Forgets all relations when a function or a role has changed. It must not fail.
unsafe extern "C-unwind" fn forget_all(_argument: Datum, _cache: i32, _hash: u32) {
    KNOWN.with_borrow_mut(HashMap::clear);
}
