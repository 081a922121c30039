//! Finds which roles have the rights of another role anyway, and which roles hold privileges on its objects.

use pgrx::pg_sys::{self, Datum, Oid};
use std::ffi::c_int;
use std::ffi::{CStr, CString};

/// The system caches that the answers of this module depend on.
pub const TRUST_DEPENDS_ON: [c_int; 4] = [
    pg_sys::SysCacheIdentifier::NAMESPACEOID as c_int,
    pg_sys::SysCacheIdentifier::AUTHOID as c_int,
    pg_sys::SysCacheIdentifier::AUTHMEMROLEMEM as c_int,
    pg_sys::SysCacheIdentifier::DATABASEOID as c_int,
];

/// Returns whether a role can do what `user` can without the help of the extension.
pub fn is_trusted(role: Oid, user: Oid) -> bool {
    // SAFETY: catalog look-ups by oid.
    role == user || unsafe { pg_sys::superuser_arg(role) || pg_sys::has_privs_of_role(role, user) }
}

/// Checks whether a role holds a privilege on a schema. From 16 on, PostgreSQL has one function for every kind of
/// object.
pub fn check_schema(schema: Oid, role: Oid, privilege: u32) -> pg_sys::AclResult::Type {
    let mode = pg_sys::AclMode::from(privilege);
    // SAFETY: a catalog look-up by oid.
    unsafe {
        #[cfg(any(feature = "pg14", feature = "pg15"))]
        {
            pg_sys::pg_namespace_aclcheck(schema, role, mode)
        }
        #[cfg(not(any(feature = "pg14", feature = "pg15")))]
        {
            pg_sys::object_aclcheck(pg_sys::NamespaceRelationId, schema, role, mode)
        }
    }
}

/// Returns whether a role may read a table of a schema.
pub fn may_select(role: Oid, schema: Oid, table: &CStr) -> bool {
    // SAFETY: catalog look-ups with a C string; the privileges are those of a table that exists.
    unsafe {
        let table = pg_sys::get_relname_relid(table.as_ptr(), schema);
        let mode = pg_sys::AclMode::from(pg_sys::ACL_SELECT);
        table != pg_sys::InvalidOid
            && pg_sys::pg_class_aclcheck(table, role, mode) == pg_sys::AclResult::ACLCHECK_OK
    }
}

/// Returns whether every role that may create objects in a schema is trusted by `user`.
pub fn only_trusted_create_in(schema: Oid, user: Oid) -> bool {
    let Some((owner, acl)) = owner_and_acl(
        pg_sys::SysCacheIdentifier::NAMESPACEOID as c_int,
        schema,
        pg_sys::Anum_pg_namespace_nspowner,
        pg_sys::Anum_pg_namespace_nspacl,
    ) else {
        return false;
    };
    let is_trusted = |role: Oid| match role.to_u32() {
        0 => false,
        pg_sys::ROLE_PG_DATABASE_OWNER => {
            // SAFETY: a backend-local variable.
            let database = unsafe { pg_sys::MyDatabaseId };
            owner_of_database(database).is_some_and(|owner| is_trusted(owner, user))
        }
        _ => is_trusted(role, user),
    };
    is_trusted(owner) && grantees(acl, pg_sys::ACL_CREATE).into_iter().all(is_trusted)
}

/// Returns whether every role that may attach triggers to a table is trusted by `user`.
pub fn only_trusted_attach_triggers_to(table: Oid, user: Oid) -> bool {
    let found = owner_and_acl(
        pg_sys::SysCacheIdentifier::RELOID as c_int,
        table,
        pg_sys::Anum_pg_class_relowner,
        pg_sys::Anum_pg_class_relacl,
    );
    found.is_some_and(|(owner, acl)| {
        let holders = grantees(acl, pg_sys::ACL_TRIGGER);
        is_trusted(owner, user)
            && holders.into_iter().all(|role| role != pg_sys::InvalidOid && is_trusted(role, user))
    })
}

fn owner_of_database(database: Oid) -> Option<Oid> {
    owner_and_acl(
        pg_sys::SysCacheIdentifier::DATABASEOID as c_int,
        database,
        pg_sys::Anum_pg_database_datdba,
        pg_sys::Anum_pg_database_datacl,
    )
    .map(|(owner, _)| owner)
}

/// An item of an access control list: a role and the privileges that it holds.
struct Item {
    grantee: Oid,
    privileges: pg_sys::AclMode,
}

/// Returns the owner of an object and its access control list, which is empty if it is the default one.
fn owner_and_acl(cache: c_int, object: Oid, owner: u32, acl: u32) -> Option<(Oid, Vec<Item>)> {
    // SAFETY: the tuple is read before its cache entry is released; the columns are those of the cache's catalog. An access
    // control list is an array of one dimension without NULLs: its items follow its header, dimension and lower bound.
    unsafe {
        let tuple = pg_sys::SearchSysCache1(cache, Datum::from(object));
        if tuple.is_null() {
            return None;
        }
        let value = |column: u32| {
            let mut is_null = false;
            let value = pg_sys::SysCacheGetAttr(cache, tuple, column as i16, &mut is_null);
            (!is_null).then_some(value)
        };
        let items = value(acl).map_or_else(Vec::new, |acl| {
            let array: *mut pg_sys::ArrayType = pg_sys::pg_detoast_datum(acl.cast_mut_ptr()).cast();
            let dimension = array.add(1).cast::<i32>();
            let count = if (*array).ndim == 1 { usize::try_from(*dimension).unwrap_or(0) } else { 0 };
            let items = std::slice::from_raw_parts(dimension.add(2).cast::<pg_sys::AclItem>(), count);
            items.iter().map(|item| Item { grantee: item.ai_grantee, privileges: item.ai_privs }).collect()
        });
        let owner = value(owner).map(|owner| Oid::from(owner.value() as u32));
        pg_sys::ReleaseSysCache(tuple);
        Some((owner?, items))
    }
}

/// Returns the roles that hold a privilege; 0 stands for PUBLIC.
fn grantees(acl: Vec<Item>, privilege: u32) -> Vec<Oid> {
    let holds = |item: &Item| item.privileges & pg_sys::AclMode::from(privilege) != 0;
    acl.into_iter().filter(holds).map(|item| item.grantee).collect()
}

/// Returns whether a function belongs to our extension.
pub fn is_ours(function: Oid) -> bool {
    // SAFETY: catalog look-ups; the name is a C string.
    unsafe {
        let ours = pg_sys::get_extension_oid(c"tasker_core".as_ptr(), true);
        ours != pg_sys::InvalidOid
            && pg_sys::getExtensionOfObject(pg_sys::ProcedureRelationId, function) == ours
    }
}

/// Returns the name of the role that logged in, even if the session has set another role since.
pub fn session_user() -> String {
    // SAFETY: returns a palloc'd C string, or NULL for a role that has been dropped.
    unsafe {
        let name = pg_sys::GetUserNameFromId(pg_sys::GetSessionUserId(), true);
        if name.is_null() { String::new() } else { CStr::from_ptr(name).to_string_lossy().into_owned() }
    }
}

/// Returns whether a function has this name and belongs to our extension.
pub fn is_ours_and_named(function: Oid, name: &CStr) -> bool {
    // SAFETY: a catalog look-up by oid; the name is NULL or a palloc'd C string.
    let is_named = unsafe {
        let found = pg_sys::get_func_name(function);
        if found.is_null() {
            return false;
        }
        let is_named = CStr::from_ptr(found) == name;
        pg_sys::pfree(found.cast());
        is_named
    };
    is_named && is_ours(function)
}

/// Returns the name of a role; empty for one that has been dropped.
pub fn role_name(role: Oid) -> String {
    // SAFETY: returns a palloc'd C string, or NULL.
    unsafe {
        let name = pg_sys::GetUserNameFromId(role, true);
        if name.is_null() { String::new() } else { CStr::from_ptr(name).to_string_lossy().into_owned() }
    }
}

/// Returns the role of that name, if there is one.
pub fn role_named(name: &str) -> Option<Oid> {
    let name = CString::new(name).ok()?;
    // SAFETY: a catalog look-up with a C string.
    let role = unsafe { pg_sys::get_role_oid(name.as_ptr(), true) };
    (role != pg_sys::InvalidOid).then_some(role)
}
