//! Reads the columns of a row type, which PostgreSQL's versions keep in different places.

use pgrx::pg_sys;

/// Returns all columns, including dropped ones.
///
/// # Safety
/// The descriptor must be complete, and live for as long as the caller uses the columns.
pub unsafe fn attributes<'a>(descriptor: pg_sys::TupleDesc) -> &'a [pg_sys::FormData_pg_attribute] {
    // SAFETY: as promised; a descriptor has as many attributes as it says. From 18 on they lie behind the same number of compact
    // ones (`TupleDescAttr()`, tupdesc.h).
    unsafe {
        let count = (*descriptor).natts as usize;
        #[cfg(not(feature = "pg18"))]
        let attributes = (*descriptor).attrs.as_ptr();
        #[cfg(feature = "pg18")]
        let attributes = (*descriptor).compact_attrs.as_ptr().add(count).cast();
        std::slice::from_raw_parts(attributes, count)
    }
}

/// Returns whether any column is computed from others, either when the row is written or, from 18 on, when it is read.
///
/// # Safety
/// The descriptor must be complete.
pub unsafe fn has_generated_columns(descriptor: pg_sys::TupleDesc) -> bool {
    // SAFETY: as promised; its constraints are NULL if it has none.
    unsafe { (*descriptor).constr.as_ref() }.is_some_and(|constraints| {
        #[cfg(not(feature = "pg18"))]
        let is_virtual = false;
        #[cfg(feature = "pg18")]
        let is_virtual = constraints.has_generated_virtual;
        constraints.has_generated_stored || is_virtual
    })
}
