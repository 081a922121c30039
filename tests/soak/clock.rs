//! The fake clock of the whole server: set by the configuration, so that every session sees it.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::session::{Failure, Session};

pub const SECOND: i64 = 1_000_000;

/// 2026-01-01 12:00:00 UTC.
pub const START: i64 = 1_767_268_800 * SECOND;

/// How far the clock moves at once, in seconds: while a worker works, and while all wait.
const BUSY_TICK: i64 = 1;
const IDLE_TICK: i64 = 10;

/// What the threads share.
pub struct Shared {
    /// The fake time in microseconds since 1970.
    pub now: AtomicI64,
    /// How many workers found nothing to do.
    pub idle: AtomicUsize,
    /// How many executions have ended.
    pub ended: AtomicUsize,
    pub stop: AtomicBool,
}

impl Shared {
    pub fn new() -> Self {
        Self {
            now: AtomicI64::new(START),
            idle: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        }
    }

    pub fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

pub fn utc(time: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time).expect("a time of the soak")
}

/// Sets the clock of all sessions, and of those to come.
pub fn set(session: &mut Session, now: i64) -> Result<(), Failure> {
    let now = utc(now).format("%F %T+00");
    session.execute(&format!("ALTER SYSTEM SET tasker_core.fake_now = '{now}'"))?;
    session.execute("SELECT pg_reload_conf()")
}

/// Moves the clock on until the soak is over.
pub fn run(shared: &Shared, workers: usize) {
    let mut session = Session::new("soak clock", "LOAD 'tasker_core'");
    while !shared.stopped() {
        let tick = if shared.idle.load(Ordering::SeqCst) == workers { IDLE_TICK } else { BUSY_TICK };
        let now = shared.now() + tick * SECOND;
        match set(&mut session, now) {
            Ok(()) => shared.now.store(now, Ordering::SeqCst),
            Err(Failure::Lost) => {}
            Err(Failure::Refused(code, message)) => panic!("the clock stands still: {code} {message}"),
        }
        sleep(Duration::from_millis(20));
    }
}
