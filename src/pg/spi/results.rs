//! Goes through the rows that statements return.

use crate::core::error::TaskerError;
use crate::pg::datum::row::Row;
use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::{self, Datum, Oid};

impl Session {
    /// Goes through the result of the statement just run. Its columns must have the types that [`Row`] reads: the owner
    /// of a schema can create tables of any shape under our names.
    pub(super) fn for_each_row(
        &self,
        statement: Statement,
        mut each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        let Some(table) = self.require_columns(statement)? else { return Ok(()) };
        // SAFETY: the table has the result of the statement just run; its first `numvals` tuples are of its
        // descriptor, which has `natts` columns.
        unsafe {
            let descriptor = (*table).tupdesc;
            let columns = (*descriptor).natts as usize;
            let mut values = vec![Datum::from(0); columns];
            let mut nulls = vec![false; columns];
            let tuples = std::slice::from_raw_parts((*table).vals, (*table).numvals as usize);
            for tuple in tuples {
                pg_sys::heap_deform_tuple(*tuple, descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
                each(&Row { values: &values, nulls: &nulls })?;
            }
            pg_sys::SPI_freetuptable(table);
            Ok(())
        }
    }

    /// Returns the result of the statement just run, `None` if it has none, after a look at the types of its columns.
    fn require_columns(
        &self,
        statement: Statement,
    ) -> Result<Option<*mut pg_sys::SPITupleTable>, TaskerError> {
        // SAFETY: SPI_tuptable is the result of the statement just run, or NULL; its descriptor has `natts` columns.
        unsafe {
            let table = pg_sys::SPI_tuptable;
            if table.is_null() {
                return Ok(None);
            }
            let descriptor = (*table).tupdesc;
            let types: Vec<Oid> =
                (1..=(*descriptor).natts).map(|column| pg_sys::SPI_gettypeid(descriptor, column)).collect();
            if !statement.returns(&types) {
                return Err(TaskerError::TablesAltered { schema: self.schema_name().to_owned() });
            }
            Ok(Some(table))
        }
    }
}
