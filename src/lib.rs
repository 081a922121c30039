//! tasker_core: the brain of the Tasker workflow engine, inside PostgreSQL.
//!
//! * [`core`] holds the rules: pure, testable without a database.
//! * [`pg`] is the glue: it decodes what PostgreSQL hands over, asks the core, and encodes the answer.
//! * `sql/install` holds what `CREATE EXTENSION` runs beside the functions declared here, one object a file;
//!   `sql/queries` the statements that the glue executes.
#![deny(ffi_unwind_calls)]
// One level for each file of `sql/install`: their macro calls itself.
#![recursion_limit = "512"]

pub mod core;
pub mod pg;

#[cfg(not(panic = "unwind"))]
compile_error!("tasker_core must be built with panic = \"unwind\": PostgreSQL's errors travel as panics.");

::pgrx::pg_module_magic!(name, version);

/// Runs when a backend loads the library, or the postmaster if it is to be preloaded.
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    pg::host::settings::register();
    pg::sync::event_log::register();
    // pg_upgrade copies what it finds: nothing of ours may write in a server that it has started.
    if pg::host::settings::is_preloading() && !pg::host::settings::is_binary_upgrade() {
        pg::maintenance_worker::register();
    }
}
