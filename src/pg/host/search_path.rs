//! Sets the search path for work that does not run as the caller: its plans are made and run under a path that the
//! caller cannot fill.
//!
//! PostgreSQL looks up `NULLIF`, `CASE x WHEN`, `IS DISTINCT FROM` and every operator without a schema through the
//! search path when it makes a plan, or makes it again. With the caller's path, the caller's operators would run with
//! the rights of the owner.

use crate::pg::host::acl;
use crate::pg::host::installation;
use pgrx::pg_sys::{self, Datum, Oid};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::rc::Rc;

thread_local! {
    /// The path of each installation schema and user, forgotten when a schema or a role changes.
    static PATHS: RefCell<HashMap<(Oid, Oid), Rc<CStr>>> = RefCell::default();
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` with the search path `pg_catalog`, the installation schema, `pg_temp`. The schema is left out if a role
/// that does not have the rights of the installation's owner may create objects there: it could put operators into it.
///
/// An error needs no undoing: ending the (sub)transaction restores the path.
pub fn pinned<R>(schema: Oid, owner: Oid, work: impl FnOnce() -> R) -> R {
    let path = path_of(schema, owner);
    // SAFETY: the setting's variable is NULL or a C string that lives until it is set again.
    let is_set = unsafe {
        let present = pg_sys::namespace_search_path;
        !present.is_null() && CStr::from_ptr(present) == &*path
    };
    if is_set {
        return work();
    }
    // SAFETY: what PostgreSQL does for a function with a SET clause (fmgr_security_definer): a level of its own, which is
    // ended below or by the end of the (sub)transaction; the name and the value are C strings, which are copied.
    let level = unsafe {
        let level = pg_sys::NewGUCNestLevel();
        pg_sys::set_config_option(
            c"search_path".as_ptr(),
            path.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SAVE,
            true,
            0,
            false,
        );
        level
    };
    let result = work();
    // SAFETY: ends the level that was begun above.
    unsafe { pg_sys::AtEOXact_GUC(true, level) };
    result
}

fn path_of(schema: Oid, user: Oid) -> Rc<CStr> {
    listen();
    let known = PATHS.with_borrow(|paths| paths.get(&(schema, user)).cloned());
    known.unwrap_or_else(|| {
        let path = match acl::only_trusted_create_in(schema, user) {
            true => {
                format!("pg_catalog, {}, pg_temp", installation::quoted(&installation::schema_name(schema)))
            }
            false => "pg_catalog, pg_temp".to_owned(),
        };
        let path: Rc<CStr> = CString::new(path).unwrap_or_default().into();
        PATHS.with_borrow_mut(|paths| paths.insert((schema, user), Rc::clone(&path)));
        path
    })
}

/// Registers a callback for changes of schemas and roles, once in the life of a backend.
fn listen() {
    if !IS_LISTENING.replace(true) {
        for cache in acl::TRUST_DEPENDS_ON {
            // SAFETY: a function that lives as long as the backend.
            unsafe { pg_sys::CacheRegisterSyscacheCallback(cache, Some(forget), Datum::from(0)) };
        }
    }
}

/// Forgets all paths when a schema or a role has changed. It must not fail.
unsafe extern "C-unwind" fn forget(_argument: Datum, _cache: i32, _hash: u32) {
    PATHS.with_borrow_mut(HashMap::clear);
}
