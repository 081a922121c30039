//! Executes SQL: kept plans, run through SPI, read row by row. No other folder does.
//!
//! Plans are kept per installation and backend (see plans.rs). They are prepared once and run some four times as fast
//! as a statement from its text. Reads run with `read_only = true`: they see exactly the caller's snapshot, not the
//! work of the command that called them, and take no transaction id.

mod deferred;
mod error_context;
mod layout;
mod lookups;
mod planning;
mod plans;
mod relations;
mod results;
mod statement_text;
mod statements;
mod text_rows;

pub use crate::pg::datum::json::*;
pub use crate::pg::datum::row::Row;
pub use crate::pg::datum::values::*;
pub use crate::pg::heap::bulk_insert::BulkInsert;
pub use crate::pg::heap::lookup::LookUp;
pub use crate::pg::heap::plain_deletion::{Checks, EngineTable};
pub use crate::pg::heap::row_writes::NewValues;
pub use crate::pg::spi::deferred::pending_on;
pub use crate::pg::spi::statements::{Statement, section};
pub use crate::pg::spi::text_rows::text_rows;

use crate::core::error::TaskerError;
pub use crate::pg::heap::cursor::Snapshot;
use crate::pg::heap::open_tables::OpenTables;
use crate::pg::host::installation::{self, Installation};
use crate::pg::host::{search_path, wakeups};
use crate::pg::spi::planning::IndexesOnly;
use crate::pg::spi::plans::{Execution, PreparedPlan, prepare};
use crate::pg::spi::relations::Relations;
use crate::pg::spi::statements::Runner;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Datum, Oid};
use pgrx::{PgLogLevel, PgSqlErrorCode, function_name};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// The number of rows that are fetched together if the result is not held as a whole.
const ROWS_AT_ONCE: i64 = 1_000;

/// A session with one installation, by look-ups and, once a statement is run, by SPI.
pub struct Session {
    installation: Installation,
    /// The name of the schema, read when a statement needs it: look-ups do not.
    schema_name: OnceCell<String>,
    snapshot: Snapshot,
    is_connected: Cell<bool>,
    tables: OpenTables,
}

/// Opens a session for the length of `work`. When PostgreSQL raises an error, ending the (sub)transaction closes it.
///
/// Sessions end in the reverse order of their beginnings: of two, only the inner one may be used while it is open.
pub fn connected<R>(installation: Installation, snapshot: Snapshot, work: impl FnOnce(&Session) -> R) -> R {
    let session = Session {
        installation,
        schema_name: OnceCell::new(),
        snapshot,
        is_connected: Cell::new(false),
        tables: OpenTables::new(installation.schema, snapshot == Snapshot::Fresh),
    };
    let result = work(&session);
    session.tables.close();
    if session.is_connected.get() {
        // SAFETY: closes what `connect` has opened.
        unsafe { pg_sys::SPI_finish() };
    }
    result
}

impl Session {
    /// Opens SPI, if it is not open yet.
    pub fn connect(&self) {
        if !self.is_connected.replace(true) {
            // SAFETY: every connect has its finish, or an error that ends the transaction; atomic context.
            unsafe { pg_sys::SPI_connect() };
        }
    }

    /// Closes the tables that look-ups have opened, before a statement that changes tables and needs them closed. The
    /// next look-up opens them again.
    pub fn close_tables(&self) {
        self.tables.close();
    }

    /// Returns the tables that look-ups and direct writes have opened.
    pub fn tables(&self) -> &OpenTables {
        &self.tables
    }

    fn schema_name(&self) -> &str {
        self.schema_name.get_or_init(|| installation::schema_name(self.schema()))
    }

    /// Returns the installation as it was when the session was opened.
    pub fn installation(&self) -> Installation {
        self.installation
    }

    /// Returns the schema of the installation.
    pub fn schema(&self) -> Oid {
        self.installation.schema
    }

    /// Reads in the snapshot of the session, and passes each row to `each`.
    pub fn read(
        &self,
        statement: Statement,
        arguments: &[Datum],
        each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        self.read_in(self.snapshot, statement, arguments, each)
    }

    fn read_in(
        &self,
        snapshot: Snapshot,
        statement: Statement,
        arguments: &[Datum],
        each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        self.execute(statement, arguments, None, snapshot == Snapshot::Callers);
        self.for_each_row(statement, each)
    }

    /// Runs [`Self::read`] with arguments that may be NULL.
    pub fn read_optional(
        &self,
        statement: Statement,
        arguments: &[Option<Datum>],
        each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        self.execute_optional(statement, arguments, self.snapshot == Snapshot::Callers);
        self.for_each_row(statement, each)
    }

    /// Reads the rows that are committed by now, at every isolation level, and those that this transaction has written,
    /// as for checks of foreign keys (ri_triggers.c). It is for decisions that an old snapshot would make wrong.
    pub fn read_latest(
        &self,
        statement: Statement,
        arguments: &[Datum],
        mut each: impl FnMut(&Row),
    ) -> Result<(), TaskerError> {
        // SAFETY: SPI runs a read-only plan in the active snapshot, which is popped again; if there is an error, the
        // end of the (sub)transaction pops it.
        unsafe {
            pg_sys::CommandCounterIncrement();
            pg_sys::PushActiveSnapshot(pg_sys::GetLatestSnapshot());
            self.execute(statement, arguments, None, true);
            pg_sys::PopActiveSnapshot();
        }
        self.for_each_row(statement, |row| {
            each(row);
            Ok(())
        })
    }

    /// Runs [`Self::read`] for more rows than should be held at once.
    pub fn read_in_parts(
        &self,
        statement: Statement,
        arguments: &[Datum],
        mut each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        self.connect();
        let read_only = self.snapshot == Snapshot::Callers;
        let _execution = Execution::begin();
        // SAFETY: as for `execute`. The portal is closed after its last rows; an error ends it with the transaction.
        unsafe {
            let portal = self.with_plan(statement, |plan| {
                let arguments = arguments.as_ptr().cast_mut();
                pg_sys::SPI_cursor_open(std::ptr::null(), plan, arguments, std::ptr::null(), read_only)
            });
            loop {
                self.in_path_of(statement, || pg_sys::SPI_cursor_fetch(portal, true, ROWS_AT_ONCE));
                if pg_sys::SPI_processed == 0 {
                    break;
                }
                self.for_each_row(statement, &mut each)?;
            }
            pg_sys::SPI_cursor_close(portal);
            Ok(())
        }
    }

    /// Runs a statement in a new snapshot that sees all committed rows (at READ COMMITTED) and everything that this
    /// transaction has done. It returns how many rows the statement touched.
    pub fn write(&self, statement: Statement, arguments: &[Datum]) -> u64 {
        self.execute(statement, arguments, None, false)
    }

    /// Runs [`Self::write`] with arguments that may be NULL.
    pub fn write_counted(&self, statement: Statement, arguments: &[Option<Datum>]) -> u64 {
        self.execute_optional(statement, arguments, false)
    }

    /// Runs [`Self::write_returning`] with arguments that may be NULL.
    pub fn write_optional(
        &self,
        statement: Statement,
        arguments: &[Option<Datum>],
        mut each: impl FnMut(&Row),
    ) -> Result<(), TaskerError> {
        self.execute_optional(statement, arguments, false);
        self.for_each_row(statement, |row| {
            each(row);
            Ok(())
        })
    }

    /// Runs [`Self::write`], passing each row that comes back to `each`.
    pub fn write_returning(
        &self,
        statement: Statement,
        arguments: &[Datum],
        mut each: impl FnMut(&Row),
    ) -> Result<(), TaskerError> {
        self.execute(statement, arguments, None, false);
        self.for_each_row(statement, |row| {
            each(row);
            Ok(())
        })
    }

    fn execute_optional(&self, statement: Statement, arguments: &[Option<Datum>], read_only: bool) -> u64 {
        let values: Vec<Datum> = arguments.iter().map(|value| value.unwrap_or(Datum::from(0))).collect();
        let nulls: Vec<std::ffi::c_char> =
            arguments.iter().map(|value| if value.is_none() { NULL } else { NOT_NULL }).collect();
        self.execute(statement, &values, Some(&nulls), read_only)
    }

    fn execute(
        &self,
        statement: Statement,
        arguments: &[Datum],
        nulls: Option<&[std::ffi::c_char]>,
        read_only: bool,
    ) -> u64 {
        debug_assert_eq!(arguments.len(), statement.argument_types().len());
        self.connect();
        let _planning = statement.looks_up().then(IndexesOnly::begin);
        let nulls = nulls.map_or(std::ptr::null(), <[_]>::as_ptr);
        // SAFETY: the plan is kept and takes as many arguments of these types; `nulls` has a mark for each of them,
        // or there is none that is NULL. SPI copies them. A negative result would mean a plan without SQL, which no file of ours is; PostgreSQL's own errors
        // leave by themselves.
        let rows = self.with_plan(statement, |plan| unsafe {
            pg_sys::SPI_execute_plan(plan, arguments.as_ptr().cast_mut(), nulls, read_only, 0);
            pg_sys::SPI_processed
        });
        if rows > 0
            && let Some(work) = statement.brings()
        {
            wakeups::note_other(self.schema(), work);
        }
        rows
    }

    /// Runs a plan under the search path of its runner. It raises 42501 if code of a role that is not trusted would run
    /// with the rights of the current user.
    fn with_plan<R>(&self, statement: Statement, run: impl FnOnce(pg_sys::SPIPlanPtr) -> R) -> R {
        self.require_runner(statement);
        let run = || {
            let PreparedPlan { plan, relations } = self.plan(statement);
            let _execution = Execution::begin();
            if !self.installation.is_caller_acting()
                && let Err(refusal) =
                    relations.require_trusted(self.installation.caller(), self.installation.owner())
            {
                ErrorReport::from(refusal).report(PgLogLevel::ERROR);
            }
            run(plan)
        };
        // Its name is known by then: the plan was made with it.
        let text = || statement.text(self.schema_name());
        error_context::naming(statement, text, || self.in_path_of(statement, run))
    }

    /// Raises XX000 if the caller runs a statement that only the owner runs: the caller's triggers and policies would
    /// not find their functions under our path.
    fn require_runner(&self, statement: Statement) {
        if statement.runner() == Runner::Owner
            && self.installation.is_caller_acting()
            && self.installation.caller() != self.installation.owner()
        {
            let message = format!("{} does not run as the caller", statement.name());
            ErrorReport::new(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, message, function_name!())
                .report(PgLogLevel::ERROR);
        }
    }

    /// Runs, as the current user, the triggers that this transaction has deferred so far on these tables: see
    /// deferred.rs.
    pub fn run_deferred(&self, tables: &[Oid]) {
        self.in_actors_path(|| deferred::run(tables));
    }

    fn in_path_of<R>(&self, statement: Statement, work: impl FnOnce() -> R) -> R {
        match statement.runner() {
            Runner::Owner => self.in_our_path(work),
            Runner::Caller | Runner::Maintainer => self.in_actors_path(work),
        }
    }

    fn in_actors_path<R>(&self, work: impl FnOnce() -> R) -> R {
        match self.installation.is_caller_acting() {
            true => work(),
            false => self.in_our_path(work),
        }
    }

    fn in_our_path<R>(&self, work: impl FnOnce() -> R) -> R {
        search_path::pinned(self.schema(), self.installation.owner(), work)
    }

    /// Refuses if one of the statements cannot be run now, as the current user, because of the owners and triggers of
    /// its tables (42501).
    pub fn require_trusted(&self, statements: &[Statement]) -> Result<(), TaskerError> {
        let relations = |statement| match self.known_plan(statement) {
            Some(known) => known.relations,
            None => {
                self.connect();
                self.in_path_of(statement, || self.plan(statement).relations)
            }
        };
        let (caller, owner) = (self.installation.caller(), self.installation.owner());
        statements.iter().try_for_each(|statement| relations(*statement).require_trusted(caller, owner))
    }

    /// Returns the plan of a statement, and prepares it if this backend has not used it yet. The cache is not borrowed
    /// while SQL runs: a trigger may call this function again.
    fn plan(&self, statement: Statement) -> PreparedPlan {
        self.known_plan(statement).unwrap_or_else(|| {
            let text = statement.text(self.schema_name());
            let plan = prepare(&text, statement.argument_types(), statement.is_planned_for_arguments());
            // SAFETY: a plan that has just been made.
            let relations = Rc::new(unsafe { Relations::of(plan) });
            let plan = PreparedPlan { plan, relations };
            plans::keep(self.schema(), self.schema_name(), self.key(statement), plan.clone(), || {
                prepare(section("read/probe"), &[], false)
            });
            plan
        })
    }

    /// Returns the plan of a statement, if there is one and its tables still exist.
    fn known_plan(&self, statement: Statement) -> Option<PreparedPlan> {
        let known = plans::find(self.schema(), self.schema_name(), self.key(statement));
        known.filter(|plan| plan.relations.are_present())
    }

    /// Returns the key of a plan. The same text may mean something else under the caller's search path. Also,
    /// PostgreSQL does not make a plan again when `FORCE ROW LEVEL SECURITY` is suspended.
    fn key(&self, statement: Statement) -> plans::Key {
        // SAFETY: reads backend-local variables.
        let is_exempt = unsafe { pg_sys::InNoForceRLSOperation() };
        (statement, self.installation.is_caller_acting(), is_exempt)
    }
}

/// The marks by which SPI distinguishes NULL arguments from others.
const NULL: std::ffi::c_char = b'n' as std::ffi::c_char;
const NOT_NULL: std::ffi::c_char = b' ' as std::ffi::c_char;
