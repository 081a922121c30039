//! Runs rare statements outside any installation.

use crate::pg::spi::statement_text;
use pgrx::pg_sys;

/// Runs a statement outside any installation, without keeping its plan, and returns the columns as text; empty for
/// NULL. It is for rare statements.
pub fn text_rows(statement: &str) -> Vec<Vec<String>> {
    let statement = std::ffi::CString::new(statement_text::without_comments(statement)).unwrap_or_default();
    let mut rows = Vec::new();
    // SAFETY: as in `connected` and `for_each_row`; SPI_getvalue returns NULL or a C string in the memory of the
    // connection, which is copied before that is closed.
    unsafe {
        pg_sys::SPI_connect();
        pg_sys::SPI_execute(statement.as_ptr(), false, 0);
        if let Some(table) = pg_sys::SPI_tuptable.as_ref() {
            for tuple in std::slice::from_raw_parts(table.vals, table.numvals as usize) {
                let value = |column| {
                    let value = pg_sys::SPI_getvalue(*tuple, table.tupdesc, column);
                    let text = (!value.is_null()).then(|| std::ffi::CStr::from_ptr(value).to_string_lossy());
                    text.unwrap_or_default().into_owned()
                };
                rows.push((1..=(*table.tupdesc).natts).map(value).collect());
            }
        }
        pg_sys::SPI_finish();
    }
    rows
}
