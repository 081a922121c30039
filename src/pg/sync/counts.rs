//! Maintains the numbers of steps and tasks by state, so that no query has to count rows.
//!
//! Triggers on the side tables report inserted, changed and deleted rows. A backend sums these changes in its own
//! memory, and writes the sum when its transaction commits: one row update, to any free row of counts. Changes that are
//! rolled back, also to a savepoint, are never written. A reader adds the changes that its own transaction has not
//! written yet.

use crate::core::counts::{CountChanges, CountedStep, MARKS, Marks, task_marks};
use crate::core::error::TaskerError;
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::pg::datum::export::{Call, export};
use crate::pg::host::installation::Installation;
use crate::pg::reading::loader::Reader;
use crate::pg::spi::{self, LookUp, Row, Session, Snapshot, Statement};
use crate::pg::sync::attempted;
use crate::pg::sync::trigger_calls::{Event, RowVersion, SideCall};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Datum, Oid};
use pgrx::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::CStr;

/// The rows that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountSubject {
    Steps,
    Tasks,
}

impl CountSubject {
    pub const ALL: [Self; 2] = [Self::Steps, Self::Tasks];

    /// Returns the name of the subject in the table of counts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Tasks => "tasks",
        }
    }
}

thread_local! {
    /// The changes that this transaction must write, by installation.
    static TALLIES: RefCell<HashMap<(Oid, CountSubject), CountChanges>> = RefCell::new(HashMap::new());
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

export! {
    /// Counts the rows of `tasker_core_steps`.
    tasker_count_steps, pg_finfo_tasker_count_steps => count_steps;
    /// Counts the rows of `tasker_core_tasks`.
    tasker_count_tasks, pg_finfo_tasker_count_tasks => count_tasks;
}

fn count_steps(call: &Call) -> Result<Datum, ErrorReport> {
    let done = count(call, CountSubject::Steps, c"tasker_core_steps", |side, version| {
        Ok(counted_step(side, version)?.map(|step| step.marks()).unwrap_or_default())
    })?;
    // SAFETY: the frame of this call.
    let side = unsafe { SideCall::of(call.fcinfo(), c"tasker_core_steps") }?;
    let installation = side.installation();
    if installation.is_replicated_here() {
        return Ok(done);
    }
    let old = Some(RowVersion::Old).filter(|_| matches!(side.event(), Event::Update | Event::Delete));
    let new = Some(RowVersion::New).filter(|_| matches!(side.event(), Event::Update | Event::Insert));
    let read = |version: Option<RowVersion>| -> Result<_, TaskerError> {
        let Some(version) = version else { return Ok(None) };
        let id = side.value(version, c"workflow_step_id", pg_sys::INT8OID)?;
        Ok(id.map(|id| id.value() as i64).zip(counted_step(&side, version)?))
    };
    let (old, new) = (read(old)?, read(new)?);
    let is_listed =
        |step: Option<(i64, CountedStep)>| step.filter(|(_, step)| step.is_attempted()).map(|(id, _)| id);
    if is_listed(old) != is_listed(new) {
        let changes =
            [old.map(|(id, step)| (id, Some(step), None)), new.map(|(id, step)| (id, None, Some(step)))];
        installation.as_owner(|| {
            spi::connected(installation, Snapshot::Fresh, |session| {
                attempted::follow(session, changes.into_iter().flatten());
            });
        });
    }
    Ok(done)
}

/// Reads a step from its side row; `None` for a state that does not exist, which is not counted: the doctor reports it.
fn counted_step(side: &SideCall, version: RowVersion) -> Result<Option<CountedStep>, TaskerError> {
    let Some(state) = side.text(version, c"state", StepState::parse)?.flatten() else { return Ok(None) };
    let integer = |column| {
        Ok::<_, TaskerError>(side.value(version, column, pg_sys::INT4OID)?.map(|value| value.value() as i32))
    };
    let flag = |column| {
        Ok::<_, TaskerError>(
            side.value(version, column, pg_sys::BOOLOID)?.is_some_and(|value| value.value() != 0),
        )
    };
    Ok(Some(CountedStep {
        state,
        has_transition: side.value(version, c"state_since", pg_sys::TIMESTAMPOID)?.is_some(),
        attempts: integer(c"attempts")?,
        retry_limit: integer(c"retry_limit")?,
        retryable: flag(c"retryable")?,
        was_attempted: side.value(version, c"last_attempted_at", pg_sys::TIMESTAMPOID)?.is_some(),
        processed: flag(c"processed")?,
    }))
}

fn count_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    count(call, CountSubject::Tasks, c"tasker_core_tasks", |side, version| {
        let state = side.text(version, c"state", TaskState::parse)?;
        let Some(state) = state.flatten() else { return Ok(Marks::default()) };
        Ok(task_marks(state, side.value(version, c"state_since", pg_sys::TIMESTAMPOID)?.is_some()))
    })
}

fn count(
    call: &Call,
    kind: CountSubject,
    table: &CStr,
    marks: impl Fn(&SideCall, RowVersion) -> Result<Marks, TaskerError>,
) -> Result<Datum, ErrorReport> {
    // SAFETY: the frame of this call.
    let side = unsafe { SideCall::of(call.fcinfo(), table) }?;
    let installation = side.installation();
    if installation.is_replicated_here() {
        return Ok(Datum::from(0));
    }
    let mut change = Marks::default();
    match side.event() {
        Event::BeforeInsert => {}
        Event::Insert => change.add(&marks(&side, RowVersion::New)?, 1),
        Event::Update => {
            change.add(&marks(&side, RowVersion::New)?, 1);
            change.add(&marks(&side, RowVersion::Old)?, -1);
        }
        Event::Delete => change.add(&marks(&side, RowVersion::Old)?, -1),
        Event::Truncate => {
            let known = installation.as_owner(|| {
                spi::connected(installation, Snapshot::Fresh, |session| latest(session, kind))
            })?;
            change.add(&known, -1);
        }
    }
    tally(installation.schema, kind, &change);
    Ok(Datum::from(0))
}

/// Counts changes of side rows of steps, each as it was and as it is, that no trigger follows.
pub fn steps_change(session: &Session, changes: &[(Step, Step)]) {
    let mut change = Marks::default();
    for (old, new) in changes {
        change.add(&CountedStep::of(new).marks(), 1);
        change.add(&CountedStep::of(old).marks(), -1);
    }
    tally(session.schema(), CountSubject::Steps, &change);
    let of = |step: &Step| Some(CountedStep::of(step));
    attempted::follow(session, changes.iter().map(|(old, new)| (new.id.0, of(old), of(new))));
}

/// Counts this number of new and equal side rows of steps that no trigger follows.
pub fn steps_appear(schema: Oid, step: &CountedStep, number: usize) {
    let mut change = Marks::default();
    change.add(&step.marks(), number as i64);
    tally(schema, CountSubject::Steps, &change);
}

/// Adds a change to the sum that is written when this transaction commits.
fn tally(schema: Oid, kind: CountSubject, change: &Marks) {
    if change.are_none() {
        return;
    }
    listen();
    // SAFETY: a backend-local variable.
    let level = unsafe { pg_sys::GetCurrentTransactionNestLevel() };
    TALLIES.with_borrow_mut(|tallies| tallies.entry((schema, kind)).or_default().add(level, change, 1));
}

/// Returns the counts as this transaction sees them.
///
/// # Complexity
/// O(1): there are as many rows as have ever been written at once.
pub fn of(session: &Session, kind: CountSubject) -> Result<Marks, TaskerError> {
    let mut found = own(session, kind);
    session.read(Statement::ReadCounts, &[], |row| {
        add_row(kind, row, &mut found);
        Ok(())
    })?;
    Ok(found)
}

/// Returns the counts that are committed by now, whatever the snapshot: a TRUNCATE removes these.
fn latest(session: &Session, kind: CountSubject) -> Result<Marks, TaskerError> {
    let mut found = own(session, kind);
    session.read_latest(Statement::ReadCounts, &[], |row| add_row(kind, row, &mut found))?;
    Ok(found)
}

/// Returns the changes that this transaction must still write.
fn own(session: &Session, kind: CountSubject) -> Marks {
    let own = TALLIES.with_borrow(|tallies| tallies.get(&(session.schema(), kind)).map(CountChanges::sum));
    own.unwrap_or_default()
}

fn add_row(kind: CountSubject, row: &Row, sum: &mut Marks) {
    if row.text(0, |name| name == kind.as_str()) {
        sum.add(&marks_of(row), 1);
    }
}

fn marks_of(row: &Row) -> Marks {
    Marks(std::array::from_fn(|at| row.i64(at + 1)))
}

/// Counts the side rows themselves.
///
/// # Complexity
/// O(n)
pub fn recount(session: &Session, kind: CountSubject) -> Result<Marks, TaskerError> {
    let statement = match kind {
        CountSubject::Steps => Statement::CountedSteps,
        CountSubject::Tasks => Statement::CountedTasks,
    };
    let mut found = Marks::default();
    session.read(statement, &[], |row| {
        count_row(kind, row, &mut found);
        Ok(())
    })?;
    Ok(found)
}

/// Adds a row of the result, which counts steps or tasks that are alike.
fn count_row(kind: CountSubject, row: &Row, found: &mut Marks) {
    match kind {
        CountSubject::Steps => {
            if let Some(state) = row.text(0, StepState::parse) {
                let step = CountedStep {
                    state,
                    has_transition: row.bool(1),
                    attempts: row.optional_i32(2),
                    retry_limit: row.optional_i32(3),
                    retryable: row.bool(4),
                    was_attempted: row.bool(5),
                    // Not counted.
                    processed: false,
                };
                found.add(&step.marks(), row.i64(6));
            }
        }
        CountSubject::Tasks => {
            if let Some(state) = row.text(0, TaskState::parse) {
                found.add(&task_marks(state, row.bool(1)), row.i64(2));
            }
        }
    }
}

/// Makes the counts agree with the side rows, and returns how many subjects were miscounted. No other session may
/// write.
pub fn repair(session: &Session) -> Result<i64, TaskerError> {
    let mut miscounted = 0;
    for kind in CountSubject::ALL {
        let mut difference = recount(session, kind)?;
        difference.add(&of(session, kind)?, -1);
        miscounted += i64::from(!difference.are_none());
        tally(session.schema(), kind, &difference);
    }
    Ok(miscounted)
}

impl Reader<'_> {
    /// Returns the counts; under row-level security, only those of the rows that the caller may see.
    ///
    /// # Complexity
    /// O(1), but O(n) under row-level security.
    pub fn counts(&self, kind: CountSubject) -> Result<Marks, TaskerError> {
        if !self.is_filtered() {
            return of(self.session, kind);
        }
        let statement = match kind {
            CountSubject::Steps => Statement::VisibleCountedSteps,
            CountSubject::Tasks => Statement::VisibleCountedTasks,
        };
        let mut found = Marks::default();
        self.as_caller(statement, &[], |row| count_row(kind, row, &mut found))?;
        Ok(found)
    }
}

/// Merges surplus rows of counts.
pub fn gather(session: &Session) -> Result<(), TaskerError> {
    for kind in CountSubject::ALL {
        let mut gathered = Marks::default();
        session.write_returning(Statement::GatherCounts, &[kind_argument(kind)], |row| {
            gathered = marks_of(row)
        })?;
        tally(session.schema(), kind, &gathered);
    }
    Ok(())
}

fn kind_argument(kind: CountSubject) -> Datum {
    crate::pg::datum::export::text(kind.as_str())
}

/// Registers callbacks for the ends of transactions, once in the life of a backend that changes anything.
fn listen() {
    if !IS_LISTENING.replace(true) {
        // SAFETY: the functions live as long as the backend.
        unsafe {
            pg_sys::RegisterXactCallback(Some(transaction_ends), std::ptr::null_mut());
            pg_sys::RegisterSubXactCallback(Some(subtransaction_ends), std::ptr::null_mut());
        }
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn transaction_ends(
    event: pg_sys::XactEvent::Type,
    _argument: *mut std::ffi::c_void,
) {
    match event {
        pg_sys::XactEvent::XACT_EVENT_PRE_COMMIT | pg_sys::XactEvent::XACT_EVENT_PRE_PREPARE => {
            write_tallies()
        }
        _ => TALLIES.with_borrow_mut(HashMap::clear),
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn subtransaction_ends(
    event: pg_sys::SubXactEvent::Type,
    _ended: pg_sys::SubTransactionId,
    _parent: pg_sys::SubTransactionId,
    _argument: *mut std::ffi::c_void,
) {
    // SAFETY: a backend-local variable.
    let level = unsafe { pg_sys::GetCurrentTransactionNestLevel() };
    TALLIES.with_borrow_mut(|tallies| match event {
        pg_sys::SubXactEvent::SUBXACT_EVENT_COMMIT_SUB => {
            tallies.values_mut().for_each(|tally| tally.keep(level))
        }
        pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB => {
            tallies.values_mut().for_each(|tally| tally.drop(level))
        }
        _ => {}
    });
}

fn write_tallies() {
    let tallies = TALLIES.take();
    for ((schema, kind), tally) in tallies {
        let sum = tally.sum();
        // An installation that this transaction has removed has nothing to be counted any more.
        let (false, Ok(installation)) = (sum.are_none(), Installation::in_schema(schema)) else { continue };
        // SAFETY: at this point of a commit PostgreSQL has no snapshot active; it is popped below, or by the abort.
        unsafe { pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot()) };
        installation.as_owner_for_commit(|| {
            spi::connected(installation, Snapshot::Fresh, |session| add(session, kind, &sum));
        });
        // SAFETY: pushed above.
        unsafe { pg_sys::PopActiveSnapshot() };
    }
}

/// Adds to the first row that no other session holds, without the executor; returns whether there was one.
fn add_to_free(session: &Session, kind: CountSubject, sum: &Marks) -> bool {
    let is_of_kind = |row: &Row| row.text(0, |name| name == kind.as_str());
    let added = session.tables().update_first_free(LookUp::Counts, is_of_kind, |row| {
        let mut marks = marks_of(row);
        marks.add(sum, 1);
        marks.0.iter().enumerate().map(|(at, count)| (at + 1, Some(spi::bigint(*count)))).collect()
    });
    added == Some(true)
}

fn add(session: &Session, kind: CountSubject, sum: &Marks) {
    let mut arguments = [kind_argument(kind); MARKS + 1];
    for (argument, count) in arguments[1..].iter_mut().zip(sum.0) {
        *argument = spi::bigint(count);
    }
    // SAFETY: a backend-local variable.
    let sees_others = unsafe { pg_sys::XactIsoLevel } < pg_sys::XACT_REPEATABLE_READ as i32;
    // With an older snapshot, a row that another session has added to since would be an error.
    let is_added = sees_others
        && (add_to_free(session, kind, sum) || session.write(Statement::AddToFreeCounts, &arguments) > 0);
    if !is_added {
        session.write(Statement::AddCounts, &arguments);
    }
}
