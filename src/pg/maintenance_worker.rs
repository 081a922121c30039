//! The background worker that runs `tasker_maintain()` now and then. It is opt-in: without
//! `shared_preload_libraries = 'tasker_core'` there is none, and everything works (docs/maintenance.md).
//!
//! One process for each database that `tasker_core.maintenance_databases` names. It is a superuser's, so that each
//! installation is maintained as its owner, up to the end of the transaction: triggers on the Rails tables, deferred
//! ones too, never run with more rights than theirs.

use super::installation::Installation;
use super::settings;
use super::spi;
use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder};
use pgrx::pg_sys::panic::CaughtError;
use pgrx::pg_sys::{self, BackendState, Datum, GucContext, GucSource, Oid};
use pgrx::prelude::*;
use std::ffi::{CString, c_int};
use std::time::Duration;

/// A worker that was ended, or could not connect, is started again so much later.
const RESTART: Duration = Duration::from_secs(5);

unsafe extern "C-unwind" {
    /// PostgreSQL's own handlers. They are declared here because pgrx's versions are no functions of C.
    fn die(signal: c_int);
    fn SignalHandlerForConfigReload(signal: c_int);
}

/// What a worker has to do in one installation.
struct Duty {
    schema: Oid,
    schema_name: String,
    statement: String,
}

/// Registers the workers; to be called while the postmaster loads the libraries that it preloads.
pub fn register() {
    for database in settings::maintenance_databases() {
        BackgroundWorkerBuilder::new(&format!("tasker_core maintenance of {database}"))
            .set_type("tasker_core maintenance")
            .set_library("tasker_core")
            .set_function("tasker_core_maintenance_worker")
            .set_extra(&database)
            // On a standby, it begins with the promotion.
            .enable_spi_access()
            .set_restart_time(Some(RESTART))
            .load();
    }
}

/// A worker's life.
#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn tasker_core_maintenance_worker(_argument: Datum) {
    // SAFETY: the handlers are PostgreSQL's, which backends use too; the signals were blocked until here.
    unsafe {
        pg_sys::pqsignal(pg_sys::SIGHUP as c_int, Some(SignalHandlerForConfigReload));
        pg_sys::pqsignal(pg_sys::SIGTERM as c_int, Some(die));
        pg_sys::BackgroundWorkerUnblockSignals();
    }
    BackgroundWorker::connect_worker_to_spi(Some(BackgroundWorker::get_extra()), None);
    loop {
        let interval = settings::maintenance_interval();
        if interval.is_some() {
            maintain_all();
        }
        // SIGTERM ends the process in there; the death of the postmaster ends the wait.
        if !BackgroundWorker::wait_latch(interval) {
            return;
        }
        // SAFETY: backend-local variables; the configuration is read outside any transaction, as backends do.
        unsafe {
            if pg_sys::ConfigReloadPending != 0 {
                pg_sys::ConfigReloadPending = 0;
                pg_sys::ProcessConfigFile(GucContext::PGC_SIGHUP);
            }
        }
    }
}

/// Goes once through the installations of the database. One that fails does not keep the others from their turn.
fn maintain_all() {
    let mut duties = Vec::new();
    attempt(|| duties = in_transaction(installations));
    for duty in duties {
        while attempt(|| in_transaction(|| maintain(&duty))) {}
    }
}

fn installations() -> Vec<Duty> {
    spi::text_rows(include_str!("../../sql/queries/worker/installations.sql"))
        .into_iter()
        .filter_map(|row| {
            let [schema, schema_name, function_name] = <[String; 3]>::try_from(row).ok()?;
            let statement =
                include_str!("../../sql/queries/worker/maintain.sql").replace("@function_name@", &function_name);
            Some(Duty { schema: Oid::from(schema.parse::<u32>().ok()?), schema_name, statement })
        })
        .collect()
}
