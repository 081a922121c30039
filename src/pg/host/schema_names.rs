//! Returns names of schemas, as text and as SQL.

use pgrx::pg_sys::{self, Oid};
use std::ffi::{CStr, CString};

/// Returns the schema's name as it is in the catalog, or its oid if the schema no longer exists.
pub fn schema_name(schema: Oid) -> String {
    // SAFETY: returns a palloc'd C string, or NULL for a schema that is gone.
    unsafe {
        let name = pg_sys::get_namespace_name(schema);
        if name.is_null() {
            return schema.to_u32().to_string();
        }
        let owned = CStr::from_ptr(name).to_string_lossy().into_owned();
        pg_sys::pfree(name.cast());
        owned
    }
}

/// Returns a name as SQL text, quoted if necessary.
pub fn quoted(name: &str) -> String {
    let Ok(name) = CString::new(name) else { return String::new() };
    // SAFETY: quote_identifier takes a C string, and returns it or a palloc'd one.
    unsafe { CStr::from_ptr(pg_sys::quote_identifier(name.as_ptr())).to_string_lossy().into_owned() }
}
