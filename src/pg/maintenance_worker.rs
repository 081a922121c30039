//! Runs `tasker_maintain()` in a background worker at intervals. It is opt-in: without `shared_preload_libraries =
//! 'tasker_core'` there is no worker, and everything works (docs/maintenance.md).
//!
//! The server has one worker for each database that `tasker_core.maintenance_databases` names. A worker is a superuser,
//! so it maintains each installation as its owner, up to the end of the transaction: triggers on the Rails tables,
//! deferred ones too, never run with more rights than the owner's.

use crate::pg::host::installation::Installation;
use crate::pg::host::settings;
use crate::pg::spi;
use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder};
use pgrx::pg_sys::panic::{CaughtError, ErrorReport, ErrorReportWithLevel};
#[cfg(not(feature = "pg18"))]
use pgrx::pg_sys::pqsignal;
#[cfg(feature = "pg18")]
use pgrx::pg_sys::pqsignal_be as pqsignal;
use pgrx::pg_sys::{self, BackendState, Datum, GucContext, GucSource, Oid};
use pgrx::prelude::*;
use std::collections::HashMap;
use std::ffi::{CString, c_int};
use std::time::Duration;

/// The delay until a worker that was ended, or could not connect, is started again.
const RESTART: Duration = Duration::from_secs(5);

unsafe extern "C-unwind" {
    /// The signal handlers of PostgreSQL. They are declared here because pgrx's versions are not functions of C.
    fn die(signal: c_int);
    fn SignalHandlerForConfigReload(signal: c_int);
}

unsafe extern "C" {
    /// The functions that start and end PostgreSQL's timeouts. They raise no error.
    fn enable_timeout_after(id: c_int, milliseconds: c_int);
    fn disable_timeout(id: c_int, keep_indicator: bool);
}

/// `STATEMENT_TIMEOUT` of PostgreSQL's `TimeoutId`; backends and background workers register its handler.
const STATEMENT_TIMEOUT: c_int = 3;

/// The work of a worker in one installation.
struct Duty {
    schema: Oid,
    schema_name: String,
    statement: String,
}

/// The reason why a round failed.
#[derive(PartialEq, Eq)]
struct Failure {
    sqlstate: PgSqlErrorCode,
    message: String,
}

impl Failure {
    fn of(report: &ErrorReportWithLevel) -> Self {
        Self { sqlstate: report.sql_error_code(), message: report.message().to_owned() }
    }
}

/// Registers the workers. The caller must be the postmaster while it loads the libraries that it preloads.
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

/// Runs a worker: one round of maintenance after the other, until it is terminated.
#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn tasker_core_maintenance_worker(_argument: Datum) {
    // SAFETY: the handlers are PostgreSQL's, which backends use too; the signals were blocked until here.
    unsafe {
        pqsignal(pg_sys::SIGHUP as c_int, Some(SignalHandlerForConfigReload));
        pqsignal(pg_sys::SIGTERM as c_int, Some(die));
        pg_sys::BackgroundWorkerUnblockSignals();
    }
    BackgroundWorker::connect_worker_to_spi(Some(BackgroundWorker::get_extra()), None);
    let mut known = HashMap::new();
    loop {
        let interval = settings::maintenance_interval();
        if interval.is_some() {
            maintain_all(&mut known);
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

/// Maintains all installations of the database once. A failure of one does not stop the others. `known` holds the
/// failures of the last round, which are not logged again.
fn maintain_all(known: &mut HashMap<Oid, Failure>) {
    for duty in guarded(None, duties).unwrap_or_default() {
        let mut ended = Ok(true);
        while matches!(ended, Ok(true)) {
            ended = guarded(known.get(&duty.schema), || maintain(&duty));
        }
        match ended {
            Ok(_) => {
                known.remove(&duty.schema);
            }
            Err(failure) if known.get(&duty.schema) == Some(&failure) => {}
            Err(failure) => {
                report_failure(&duty);
                known.insert(duty.schema, failure);
            }
        }
    }
    report_activity(BackendState::STATE_IDLE, "");
}

/// Returns the installations of the database.
fn duties() -> Vec<Duty> {
    begin();
    let rows = spi::text_rows(spi::section("worker/installations"));
    commit();
    rows.into_iter()
        .filter_map(|row| {
            let [schema, schema_name, function_name] = <[String; 3]>::try_from(row).ok()?;
            let statement = spi::section("worker/maintain").replace("@function_name@", &function_name);
            Some(Duty { schema: Oid::from(schema.parse::<u32>().ok()?), schema_name, statement })
        })
        .collect()
}

/// Maintains one installation, in its own transaction, and returns whether it should be done again at once.
fn maintain(duty: &Duty) -> bool {
    begin();
    limit_time();
    let Ok(installation) = Installation::in_schema(duty.schema) else {
        // It went since it was listed.
        commit();
        return false;
    };
    installation.as_owner(|| {
        report_activity(
            BackendState::STATE_RUNNING,
            &format!("tasker_maintain() in schema {}", duty.schema_name),
        );
        set_search_path(&duty.schema_name);
        let rows = spi::text_rows(&duty.statement);
        // Deferred triggers run in here: as the owner still.
        commit();
        rows == [["t"]]
    })
}

/// Runs `work`. An error goes to the server's log unless it is `known`, and ends the transaction.
fn guarded<R>(known: Option<&Failure>, work: impl FnOnce() -> R) -> Result<R, Failure> {
    // What an error leaves half done goes with the transaction.
    PgTryBuilder::new(std::panic::AssertUnwindSafe(|| Ok(work())))
        .catch_others(|error| match error {
            CaughtError::PostgresError(report) => {
                let failure = Failure::of(&report);
                // SAFETY: PostgreSQL keeps the error until this handler ends. It is reported and the transaction ended
                // as PostgreSQL's own main loops do it; that undoes everything, the change of user too.
                unsafe {
                    disable_timeout(STATEMENT_TIMEOUT, false);
                    if known != Some(&failure) {
                        pg_sys::EmitErrorReport();
                    }
                    pg_sys::AbortCurrentTransaction();
                }
                Err(failure)
            }
            // A defect of ours ends the process, and a new one begins.
            other => other.rethrow(),
        })
        .execute()
}

fn begin() {
    // SAFETY: outside any transaction, on the connection made in the worker's main function.
    unsafe {
        // What a trigger has left to the session must not bind the installations after its own, nor stand in for their
        // tables: settings, prepared statements, locks, temporary tables.
        pg_sys::ResetAllOptions();
        pg_sys::DropAllPreparedStatements();
        pg_sys::LockReleaseAll(pg_sys::USER_LOCKMETHOD as pg_sys::LOCKMETHODID, true);
        pg_sys::SetCurrentStatementStartTimestamp();
        pg_sys::StartTransactionCommand();
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
        pg_sys::ResetTempTableNamespace();
    }
}

fn commit() {
    // SAFETY: in the transaction that `begin` began, with its snapshot on the stack.
    unsafe {
        pg_sys::PopActiveSnapshot();
        pg_sys::CommitTransactionCommand();
        disable_timeout(STATEMENT_TIMEOUT, false);
        pg_sys::pgstat_report_stat(true);
    }
}

/// Limits the time of one installation, so that the others do not wait for a lock that another session holds, or for a
/// slow trigger.
fn limit_time() {
    let limit = settings::maintenance_timeout();
    if limit == 0 {
        return;
    }
    let Ok(lock_limit) = CString::new((limit / 10).max(1).to_string()) else { return };
    // SAFETY: C strings, which are copied; a timeout with a handler. Ending the transaction ends it.
    unsafe {
        pg_sys::SetConfigOption(
            c"lock_timeout".as_ptr(),
            lock_limit.as_ptr(),
            GucContext::PGC_USERSET,
            GucSource::PGC_S_SESSION,
        );
        enable_timeout_after(STATEMENT_TIMEOUT, limit);
    }
}

/// Sets the search_path, by which the functions find the tables. `pg_temp` is last, so that it is not searched first.
fn set_search_path(schema_name: &str) {
    let Ok(path) = CString::new(format!("{schema_name}, pg_temp")) else { return };
    // SAFETY: C strings, which are copied.
    unsafe {
        pg_sys::SetConfigOption(
            c"search_path".as_ptr(),
            path.as_ptr(),
            GucContext::PGC_USERSET,
            GucSource::PGC_S_SESSION,
        );
    }
}

/// Reports the schema and database of the error that has just been logged.
fn report_failure(duty: &Duty) {
    let message = format!(
        "tasker_maintain() failed in schema {} of database \"{}\"",
        duty.schema_name,
        BackgroundWorker::get_extra()
    );
    ErrorReport::new(PgSqlErrorCode::ERRCODE_WARNING, message, "tasker_core")
        .set_hint(
            "The next round tries again; the same error is not logged again until it has gone or changed.",
        )
        .report(PgLogLevel::WARNING);
}

/// Sets the state and text that pg_stat_activity shows.
fn report_activity(state: BackendState::Type, activity: &str) {
    let activity = CString::new(activity).unwrap_or_default();
    // SAFETY: a C string, which is copied.
    unsafe { pg_sys::pgstat_report_activity(state, activity.as_ptr()) };
}
