//! Tables that an installation of an earlier layout lacks.

use crate::core::error::TaskerError;
use crate::pg::host::installation::schema_name;
use crate::pg::spi::Session;
use pgrx::pg_sys;
use std::ffi::CStr;

impl Session {
    /// Returns whether the installation has a side table, or an index of one.
    pub fn has_table(&self, table: &CStr) -> bool {
        // SAFETY: a catalog look-up with a C string constant.
        unsafe { pg_sys::get_relname_relid(table.as_ptr(), self.schema()) != pg_sys::InvalidOid }
    }

    /// Refuses an action in an installation without a side table.
    ///
    /// # Errors
    /// [`TaskerError::NotPermitted`]
    pub fn require_table(&self, table: &CStr, action: &str) -> Result<(), TaskerError> {
        if self.has_table(table) {
            return Ok(());
        }
        Err(TaskerError::NotPermitted {
            action: action.to_owned(),
            reason: format!(
                "the installation in schema \"{}\" has an earlier layout",
                schema_name(self.schema())
            ),
            hint: "Run SELECT * FROM tasker_upgrade().",
        })
    }
}
