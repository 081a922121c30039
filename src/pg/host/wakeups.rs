//! Wakes calls that wait for work when a transaction commits that has brought some (see docs/concurrency.md).
//!
//! A waiting call holds *markers*: user locks in a mode that conflicts with no lock that a session takes. They stand in the
//! lock table of the server, which all backends share. So a session that commits finds the waiting backends, and sets
//! their latches; without one, this costs a few looks into partitions of that table. There is no LISTEN, no shared memory
//! of our own, and nothing to preload.
//!
//! No wake-up is lost: the call takes the markers before the look after which it sleeps, and a session looks for markers
//! after its commit is visible. Either the look sees the work, or the session sees the marker.

use crate::core::time::Duration;
use crate::core::waiting::Sleep;
use crate::pg::host::{clock, interrupts};
use pgrx::pg_sys::{self, Oid};
use pgrx::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ffi::{c_int, c_void};

/// The work for which a call waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whatever becomes ready: as many of these calls are woken as steps have become ready, those that have waited longest
    /// first.
    Anything,
    /// Steps of these names. All calls that wait for one of them are woken, because only they know what else they ask for.
    Names(Vec<Name>),
    /// Work that has no name that could mark it, such as what policies show: all of these calls are woken.
    Something,
    /// Events of the stream, and no work: all of these calls are woken.
    Events,
}

/// A name of a step that may be ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// The id of a named task.
    Task(i32),
    /// The id of a named step.
    Step(i32),
}

/// A step that may be ready when the transaction commits.
#[derive(Clone, Copy, Debug)]
pub struct BroughtStep {
    pub step: i64,
    pub named_task: i32,
    pub named_step: i32,
}

/// The largest number of names by which a call waits; with more, all work wakes it. The server's lock table has room for
/// `max_locks_per_transaction` locks of each connection.
const MOST_NAMES: usize = 32;
/// The number of calls that are woken for due work, if none of them waits for anything: of these, each can do it.
const WOKEN_FOR_DUE_WORK: usize = 4;
/// The largest number of steps that a transaction tells apart. With more, it wakes all calls.
const MOST_STEPS: usize = 1_000;

/// What a transaction brings to an installation.
#[derive(Default)]
struct Brought {
    /// The steps that may be ready, less those that the transaction has claimed itself, with their names.
    steps: HashMap<i64, [Name; 2]>,
    /// The rest of what it brings.
    other: HashSet<OtherWork>,
}

/// Work that is not a step with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OtherWork {
    /// Timers and rules: one call is enough to look at them, or to look again in time.
    Due,
    /// Tasks for schedulers.
    Tasks,
    /// Events for consumers of the stream.
    Events,
    /// A change to what may run, or more steps than the transaction tells apart.
    Anything,
}

thread_local! {
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
    static BROUGHT: RefCell<Vec<(Oid, Brought)>> = const { RefCell::new(Vec::new()) };
}

/// Notes that these steps may be ready when this transaction commits.
pub fn note_steps(schema: Oid, steps: impl IntoIterator<Item = BroughtStep>) {
    let mut steps = steps.into_iter().peekable();
    if steps.peek().is_some() {
        change(schema, |brought| {
            for BroughtStep { step, named_task, named_step } in steps {
                if brought.steps.len() >= MOST_STEPS {
                    brought.other.insert(OtherWork::Anything);
                    break;
                }
                brought.steps.insert(step, [Name::Task(named_task), Name::Step(named_step)]);
            }
        });
    }
}

/// Notes that these steps are not ready any more: this transaction has claimed them, or given them parents.
pub fn note_taken(schema: Oid, steps: impl IntoIterator<Item = i64>) {
    BROUGHT.with_borrow_mut(|brought| {
        if let Some((_, brought)) = brought.iter_mut().find(|(known, _)| *known == schema) {
            for step in steps {
                brought.steps.remove(&step);
            }
        }
    });
}

/// Notes that this transaction brings other work than steps.
pub fn note_other(schema: Oid, work: OtherWork) {
    change(schema, |brought| _ = brought.other.insert(work));
}

/// Returns the steps that may be ready when this transaction commits, in the order of their ids; `None` if they are too
/// many to tell apart.
pub fn brought_steps(schema: Oid) -> Option<Vec<i64>> {
    BROUGHT.with_borrow(|all| {
        let Some((_, brought)) = all.iter().find(|(known, _)| *known == schema) else {
            return Some(Vec::new());
        };
        if brought.other.contains(&OtherWork::Anything) {
            return None;
        }
        let mut steps: Vec<i64> = brought.steps.keys().copied().collect();
        steps.sort_unstable();
        Some(steps)
    })
}

/// Returns the installations to which this transaction brings something.
pub fn brought_to() -> Vec<Oid> {
    BROUGHT.with_borrow(|all| all.iter().map(|(schema, _)| *schema).collect())
}

fn change(schema: Oid, change: impl FnOnce(&mut Brought)) {
    if !IS_LISTENING.replace(true) {
        // SAFETY: the function lives as long as the backend.
        unsafe { pg_sys::RegisterXactCallback(Some(transaction_ends), std::ptr::null_mut()) };
    }
    BROUGHT.with_borrow_mut(|brought| match brought.iter_mut().find(|(known, _)| *known == schema) {
        Some((_, known)) => change(known),
        None => {
            let mut new = Brought::default();
            change(&mut new);
            brought.push((schema, new));
        }
    });
}

#[pg_guard]
unsafe extern "C-unwind" fn transaction_ends(event: pg_sys::XactEvent::Type, _argument: *mut c_void) {
    match event {
        pg_sys::XactEvent::XACT_EVENT_COMMIT => {
            let brought = BROUGHT.with_borrow_mut(std::mem::take);
            brought.iter().for_each(|(schema, brought)| tell(*schema, brought));
        }
        pg_sys::XactEvent::XACT_EVENT_ABORT | pg_sys::XactEvent::XACT_EVENT_PREPARE => {
            BROUGHT.with_borrow_mut(Vec::clear)
        }
        _ => {}
    }
}

fn tell(schema: Oid, brought: &Brought) {
    if brought.other.contains(&OtherWork::Events) {
        wake(marker(schema, MarkerKind::Events, 0), usize::MAX);
    }
    if brought.other.contains(&OtherWork::Anything) {
        wake(marker(schema, MarkerKind::Waiting, 0), usize::MAX);
        return;
    }
    if !brought.steps.is_empty() {
        wake(marker(schema, MarkerKind::Anything, 0), brought.steps.len());
        let names: HashSet<Name> = brought.steps.values().flatten().copied().collect();
        names.into_iter().for_each(|name| _ = wake(named_marker(schema, name), usize::MAX));
    }
    if !brought.steps.is_empty() || brought.other.contains(&OtherWork::Tasks) {
        wake(marker(schema, MarkerKind::Something, 0), usize::MAX);
    }
    if brought.other.contains(&OtherWork::Due) && wake(marker(schema, MarkerKind::Anything, 0), 1) == 0 {
        wake(marker(schema, MarkerKind::Waiting, 0), WOKEN_FOR_DUE_WORK);
    }
}

/// Wakes up to `at_most` of the calls with this marker, and returns how many there are.
fn wake(marker: pg_sys::LOCKTAG, at_most: usize) -> usize {
    let mut count = 0;
    // SAFETY: reads the lock table. The result has `count` elements, and lives as long as the memory of the transaction
    // that is ending. A PGPROC is never freed; setting the latch of a backend that waits no more costs it one turn.
    unsafe {
        let holders =
            pg_sys::GetLockConflicts(&marker, pg_sys::AccessExclusiveLock as pg_sys::LOCKMODE, &mut count);
        let count = usize::try_from(count).unwrap_or(0);
        for holder in 0..count.min(at_most) {
            let backend = backend_of(*holders.add(holder));
            if !backend.is_null() {
                pg_sys::SetLatch(&raw mut (*backend).procLatch);
            }
        }
        count
    }
}

#[cfg(any(feature = "pg14", feature = "pg15", feature = "pg16"))]
unsafe fn backend_of(transaction: pg_sys::VirtualTransactionId) -> *mut pg_sys::PGPROC {
    unsafe extern "C" {
        /// The backend of this number; pgrx does not declare it. It raises no error.
        fn BackendIdGetProc(backend: c_int) -> *mut pg_sys::PGPROC;
    }
    // SAFETY: takes any number, and returns NULL for one without a backend.
    unsafe { BackendIdGetProc(transaction.backendId) }
}

#[cfg(any(feature = "pg17", feature = "pg18"))]
unsafe fn backend_of(transaction: pg_sys::VirtualTransactionId) -> *mut pg_sys::PGPROC {
    // SAFETY: takes any number, and returns NULL for one without a backend.
    unsafe { pg_sys::ProcNumberGetProc(transaction.procNumber) }
}

/// What a marker says of a call.
#[derive(Clone, Copy, Debug)]
enum MarkerKind {
    /// It waits for work; each such call has this marker.
    Waiting,
    Anything,
    Something,
    Events,
    NamedTask,
    NamedStep,
    /// No call, but a transaction that records events, or adds a consumer of them.
    Recording,
    /// No call, but a transaction that removes events, or adds a consumer that starts at one.
    Trimming,
}

/// A lock that marks a waiting call. The advisory locks of applications are of another type.
fn marker(schema: Oid, kind: MarkerKind, name: i32) -> pg_sys::LOCKTAG {
    pg_sys::LOCKTAG {
        // SAFETY: a backend-local variable.
        locktag_field1: unsafe { pg_sys::MyDatabaseId }.to_u32(),
        locktag_field2: schema.to_u32(),
        locktag_field3: name.cast_unsigned(),
        locktag_field4: kind as u16,
        locktag_type: pg_sys::LockTagType::LOCKTAG_USERLOCK as u8,
        locktag_lockmethodid: pg_sys::USER_LOCKMETHOD as u8,
    }
}

fn named_marker(schema: Oid, name: Name) -> pg_sys::LOCKTAG {
    match name {
        Name::Task(id) => marker(schema, MarkerKind::NamedTask, id),
        Name::Step(id) => marker(schema, MarkerKind::NamedStep, id),
    }
}

/// Locks the record of events of an installation, until this transaction ends: shared by the transactions that record
/// events, and exclusive for one that adds a consumer. It is no lock of a table, which `tasker_maintain()` and prepared
/// transactions would hold for long.
pub fn lock_recording(schema: Oid, is_exclusive: bool) {
    let mode = if is_exclusive { pg_sys::ShareRowExclusiveLock } else { pg_sys::RowExclusiveLock };
    // SAFETY: waits for the lock, or raises an error of PostgreSQL.
    unsafe {
        let tag = marker(schema, MarkerKind::Recording, 0);
        pg_sys::LockAcquire(&tag, mode as pg_sys::LOCKMODE, false, false);
    }
}

/// Releases the shared lock early: a transaction that is being prepared would hold it until it ends.
pub fn unlock_recording(schema: Oid) {
    // SAFETY: this transaction holds the lock.
    unsafe {
        let tag = marker(schema, MarkerKind::Recording, 0);
        pg_sys::LockRelease(&tag, pg_sys::RowExclusiveLock as pg_sys::LOCKMODE, false);
    }
}

/// Locks the stored events of an installation until this transaction ends, so that none is removed. It waits for a
/// transaction that is removing some.
pub fn lock_stored_events(schema: Oid) {
    // SAFETY: waits for the lock, or raises an error of PostgreSQL.
    unsafe {
        let tag = marker(schema, MarkerKind::Trimming, 0);
        pg_sys::LockAcquire(&tag, pg_sys::RowExclusiveLock as pg_sys::LOCKMODE, false, false);
    }
}

/// Locks the stored events of an installation for their removal, until this transaction ends. It does not wait: returns
/// whether no other transaction holds a lock on them.
pub fn try_lock_trimming(schema: Oid) -> bool {
    // SAFETY: returns at once.
    let result = unsafe {
        let tag = marker(schema, MarkerKind::Trimming, 0);
        pg_sys::LockAcquire(&tag, pg_sys::ShareRowExclusiveLock as pg_sys::LOCKMODE, false, true)
    };
    result != pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL
}

const MARKED: pg_sys::LOCKMODE = pg_sys::AccessShareLock as pg_sys::LOCKMODE;

/// The marks of a call that waits, until they are dropped or the transaction ends.
pub struct Waiting {
    markers: Vec<pg_sys::LOCKTAG>,
}

impl Waiting {
    pub fn mark(schema: Oid, audience: &Audience) -> Self {
        // A call that reads events does no work, and must not be woken in the place of one that does.
        let waits_for_work = (*audience != Audience::Events).then_some(MarkerKind::Waiting);
        let mut markers: Vec<_> = waits_for_work.into_iter().map(|kind| marker(schema, kind, 0)).collect();
        match audience {
            Audience::Events => markers.push(marker(schema, MarkerKind::Events, 0)),
            Audience::Anything => markers.push(marker(schema, MarkerKind::Anything, 0)),
            Audience::Names(names) if names.len() <= MOST_NAMES => {
                markers.extend(names.iter().map(|name| named_marker(schema, *name)));
            }
            Audience::Names(_) | Audience::Something => {
                markers.push(marker(schema, MarkerKind::Something, 0))
            }
        }
        for marker in &markers {
            // SAFETY: no session takes a mode that conflicts, so it is there at once.
            unsafe { pg_sys::LockAcquire(marker, MARKED, false, false) };
        }
        Self { markers }
    }

    /// Sleeps, and returns whether the call was woken. Cancellations, timeouts, a shutdown and a conflict with recovery
    /// end the sleep with their error.
    pub fn sleep(&self, sleep: Sleep) -> bool {
        let began = clock::real_now();
        let mut was_woken = false;
        loop {
            let passed = began.until(clock::real_now());
            let limit = if was_woken { sleep.at_least } else { sleep.at_most };
            if passed >= limit {
                return was_woken;
            }
            let left = Duration::microseconds(limit.to_microseconds() - passed.to_microseconds());
            let events = pg_sys::WL_LATCH_SET | pg_sys::WL_TIMEOUT | pg_sys::WL_EXIT_ON_PM_DEATH;
            // SAFETY: the latch of this backend, which exists as long as it does.
            let happened = unsafe {
                pg_sys::WaitLatch(
                    pg_sys::MyLatch,
                    events as c_int,
                    left.whole_milliseconds_up(),
                    pg_sys::PG_WAIT_EXTENSION,
                )
            };
            if happened & pg_sys::WL_LATCH_SET as c_int != 0 {
                // SAFETY: as above. Who sets the latch has made the reason visible before.
                unsafe { pg_sys::ResetLatch(pg_sys::MyLatch) };
                interrupts::check();
                was_woken = true;
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // After an error, the end of the transaction releases the locks.
        if !std::thread::panicking() {
            for marker in &self.markers {
                // SAFETY: this call holds the lock.
                unsafe { pg_sys::LockRelease(marker, MARKED, false) };
            }
        }
    }
}
