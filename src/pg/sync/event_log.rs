//! Records the events of a transaction for the event stream, when the transaction commits.
//!
//! The tables of transitions have the events, but not the order in which these become visible: an id says when a row was
//! inserted, not when its transaction committed. So the events of a transaction get a narrow row with its number and a place
//! in the write-ahead log; their payloads are read from the tables later (see `core::event_position` for the order, and
//! `core::event_record` for the row). A backend collects the events of a transaction in its own memory. Without a consumer,
//! nothing is written.

use crate::core::error::TaskerError;
use crate::core::levels::Levels;
use crate::pg::host::installation::Installation;
use crate::pg::host::settings::{self, Notifications};
use crate::pg::host::transactions;
use crate::pg::host::wakeups::{self, OtherWork};
use crate::pg::spi::{self, LookUp, Session, Snapshot, Statement};
pub use crate::pg::sync::event_recording::NotedEvent;
use crate::pg::sync::event_recording::Recording;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Oid};
use pgrx::prelude::*;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CStr;

/// The tables of recorded events and of consumers.
const EVENTS_TABLE: &CStr = c"tasker_core_events";
const CONSUMERS_TABLE: &CStr = c"tasker_core_consumers";
/// The number of events after which a transaction looks whether they are of use: a later consumer may not get them.
const MANY: usize = 10_000;

/// The events of a transaction in one installation.
#[derive(Default)]
struct Noted {
    levels: Levels<Vec<NotedEvent>>,
    number: usize,
    /// True once it is known that no consumer would get them.
    is_useless: bool,
}

impl Noted {
    fn is_empty(&self) -> bool {
        self.levels.parts().all(Vec::is_empty)
    }
}

thread_local! {
    static NOTED: RefCell<HashMap<Oid, Noted>> = RefCell::new(HashMap::new());
    /// The installations to which this transaction adds a consumer.
    static SUBSCRIBED: RefCell<Vec<Oid>> = const { RefCell::new(Vec::new()) };
}

/// Notes an event, which is recorded if this transaction commits and the stream has a consumer by then.
pub fn note(schema: Oid, event: NotedEvent) {
    let is_many = NOTED.with_borrow_mut(|noted| {
        let noted = noted.entry(schema).or_default();
        if !noted.is_useless {
            // SAFETY: a backend-local variable.
            let level = unsafe { pg_sys::GetCurrentTransactionNestLevel() };
            noted.levels.at(level).push(event);
            noted.number += 1;
        }
        noted.number == MANY && !noted.is_useless
    });
    if is_many && !is_wanted(schema) {
        NOTED.with_borrow_mut(|noted| {
            noted.insert(schema, Noted { is_useless: true, ..Noted::default() });
        });
    }
}

/// Notes events of transitions of steps, each with the id of the step and of the transition.
pub fn note_steps(schema: Oid, event: &'static str, moved: impl Iterator<Item = (i64, i64)>) {
    for (step, transition) in moved {
        let (step, transition) = (Some(step), Some(transition));
        note(schema, NotedEvent { event: event.into(), task: None, step, transition, payload: None });
    }
}

/// Notes an event of a task.
pub fn note_task(
    schema: Oid,
    event: &'static str,
    task: i64,
    transition: Option<i64>,
    payload: Option<Value>,
) {
    note(schema, NotedEvent { event: event.into(), task: Some(task), step: None, transition, payload });
}

/// Notes that this transaction adds a consumer: it gets every event of the transactions that commit later.
pub fn note_subscription(schema: Oid) {
    SUBSCRIBED.with_borrow_mut(|subscribed| subscribed.push(schema));
}

/// Returns whether events are of use: the stream has a consumer, whose subscription is committed by now, or a setting
/// sends them elsewhere.
pub fn is_wanted(schema: Oid) -> bool {
    has_sinks() || has_stream(schema) && with_session(schema, has_consumers).unwrap_or(false)
}

fn has_sinks() -> bool {
    settings::emits_logical_messages() || settings::notifications() != Notifications::Off
}

/// Returns whether an installation has the tables of the stream. One of layout 1 has none.
pub fn has_stream(schema: Oid) -> bool {
    table(schema, EVENTS_TABLE).is_some() && table(schema, CONSUMERS_TABLE).is_some()
}

/// Registers callbacks for the ends of transactions; called when the library is loaded.
pub fn register() {
    // SAFETY: the functions live as long as the backend.
    unsafe {
        pg_sys::RegisterXactCallback(Some(transaction_ends), std::ptr::null_mut());
        pg_sys::RegisterSubXactCallback(Some(subtransaction_ends), std::ptr::null_mut());
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn transaction_ends(
    event: pg_sys::XactEvent::Type,
    _argument: *mut std::ffi::c_void,
) {
    match event {
        pg_sys::XactEvent::XACT_EVENT_PRE_COMMIT | pg_sys::XactEvent::XACT_EVENT_PRE_PREPARE => {
            let is_prepared = event == pg_sys::XactEvent::XACT_EVENT_PRE_PREPARE;
            // Waits until each transaction that has looked for consumers, and did not see the new one, has committed: it
            // holds the lock from this look to its commit, which follows at once. A prepared transaction would hold it
            // for long.
            let subscribed = SUBSCRIBED.take();
            subscribed
                .into_iter()
                .filter(|_| !is_prepared)
                .for_each(|schema| wakeups::lock_recording(schema, true));
            let noted = NOTED.take();
            if settings::notifications() != Notifications::Off && !is_prepared {
                let has_no_events = |schema: &Oid| noted.get(schema).is_none_or(Noted::is_empty);
                wakeups::brought_to().into_iter().filter(has_no_events).for_each(tell_of_work);
            }
            for (schema, noted) in noted {
                record(schema, &noted, is_prepared);
            }
        }
        _ => {
            NOTED.with_borrow_mut(HashMap::clear);
            SUBSCRIBED.with_borrow_mut(Vec::clear);
        }
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
    let each = |change: fn(&mut Levels<Vec<NotedEvent>>, i32)| {
        NOTED.with_borrow_mut(|all| all.values_mut().for_each(|noted| change(&mut noted.levels, level)))
    };
    match event {
        pg_sys::SubXactEvent::SUBXACT_EVENT_COMMIT_SUB => {
            each(|levels, level| levels.keep(level, Vec::extend))
        }
        pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB => each(Levels::drop),
        _ => {}
    }
}

fn table(schema: Oid, name: &CStr) -> Option<Oid> {
    // SAFETY: a catalog look-up with a C string constant.
    let table = unsafe { pg_sys::get_relname_relid(name.as_ptr(), schema) };
    (table != pg_sys::InvalidOid).then_some(table)
}

/// Notifies of the steps that a transaction without events has brought, such as one that adds steps.
fn tell_of_work(schema: Oid) {
    with_session(schema, |session| require_done(Recording::empty(session).tell(false)));
}

fn record(schema: Oid, noted: &Noted, is_prepared: bool) {
    if noted.is_empty() {
        return;
    }
    let has_stream = has_stream(schema);
    if has_stream {
        // Before the look for consumers: see `transaction_ends`.
        wakeups::lock_recording(schema, false);
    }
    record_locked(schema, noted, has_stream && !is_blank(schema), is_prepared);
    if has_stream && is_prepared {
        wakeups::unlock_recording(schema);
    }
}

fn record_locked(schema: Oid, noted: &Noted, has_stream: bool, is_prepared: bool) {
    if !has_sinks() && !has_stream {
        return;
    }
    with_session(schema, |session| {
        let has_consumers = has_stream && has_consumers(session);
        if !has_consumers && !has_sinks() {
            return;
        }
        let events: Vec<&NotedEvent> = noted.levels.parts().flatten().collect();
        require_done(Recording::of(session, &events).and_then(|recording| {
            if has_consumers {
                recording.write();
                wakeups::note_other(schema, OtherWork::Events);
            }
            recording.tell(is_prepared)
        }));
    });
}

fn require_done(done: Result<(), TaskerError>) {
    if let Err(error) = done {
        ErrorReport::from(error).report(PgLogLevel::ERROR);
    }
}

/// Runs `work` as the owner of the installation in a snapshot that shows all that is committed; `None` for an
/// installation that this transaction has removed.
fn with_session<R>(schema: Oid, work: impl FnOnce(&Session) -> R) -> Option<R> {
    let installation = Installation::in_schema(schema).ok()?;
    // SAFETY: at a commit, PostgreSQL has no snapshot active; it is popped below, or by the abort.
    unsafe { pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot()) };
    let done = installation
        .as_owner_for_commit(|| spi::connected(installation, Snapshot::Fresh, |session| work(session)));
    // SAFETY: pushed above.
    unsafe { pg_sys::PopActiveSnapshot() };
    Some(done)
}

/// Returns whether the table of consumers has never had a row, or is missing: the quickest way to see that the stream is
/// off.
fn is_blank(schema: Oid) -> bool {
    let Some(table) = table(schema, CONSUMERS_TABLE) else { return true };
    // SAFETY: a relation that is gone is no error here; it is closed again, and stays locked until the transaction ends.
    unsafe {
        let relation = pg_sys::try_relation_open(table, pg_sys::AccessShareLock as pg_sys::LOCKMODE);
        if relation.is_null() {
            return true;
        }
        let is_table = (*(*relation).rd_rel).relkind == pg_sys::RELKIND_RELATION as std::ffi::c_char;
        let is_blank = is_table
            && pg_sys::RelationGetNumberOfBlocksInFork(relation, pg_sys::ForkNumber::MAIN_FORKNUM) == 0;
        pg_sys::relation_close(relation, pg_sys::NoLock as pg_sys::LOCKMODE);
        is_blank
    }
}

fn has_consumers(session: &Session) -> bool {
    if transactions::sees_what_is_new() && session.is_surely_empty(LookUp::Consumers) {
        return false;
    }
    let mut has_any = false;
    // A statement that finds other columns than ours has no consumers.
    let read = session.read_latest(Statement::HasConsumers, &[], |row| has_any = row.bool(0));
    has_any && read.is_ok()
}
