//! Long polls: calls that look for work until there is some, or until their time is over.
//!
//! A waiting call keeps no lock on tables and rows, and no transaction id: each look is a subtransaction that is undone
//! if it finds nothing. It keeps what every running statement keeps: the snapshot that the statement began with, so that
//! VACUUM cannot remove rows deleted since. `tasker_core.max_wait` bounds this.

use crate::core::error::TaskerError;
use crate::core::time::{Duration, Timestamp};
use crate::core::waiting::Pace;
use crate::pg::datum::export::{Call, Rows};
use crate::pg::datum::memory::RepeatedWork;
use crate::pg::execution::recovery::Recovery;
use crate::pg::host::clock::{self, Look};
use crate::pg::host::wakeups::{Audience, Waiting};
use crate::pg::host::{interrupts, settings, transactions};
use crate::pg::writing::subtransaction;
use crate::pg::writing::writer::{Writer, write};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode};

/// Reads the argument `wait`.
///
/// # Errors
/// [`TaskerError::InvalidArgument`] if it is negative.
pub fn wait_of(call: &Call, argument: usize) -> Result<Option<Duration>, TaskerError> {
    match call.interval(argument) {
        Some(wait) if wait < Duration::microseconds(0) => {
            Err(TaskerError::invalid("wait", "must not be negative"))
        }
        wait => Ok(wait.filter(|wait| *wait > Duration::microseconds(0))),
    }
}

/// The result of a look.
enum Sight {
    /// There are rows, or others must see what the look has written: its transaction is to be committed.
    Work,
    /// There is nothing before the time at which something becomes due, if that is known.
    NothingUntil(Option<Timestamp>),
}

/// Looks once, or, with `wait`, until a look adds rows, has written, or the time is over. `audience` tells by what the
/// call can be woken, if it can see all rows.
///
/// # Errors
/// [`TaskerError::WaitInSnapshot`] if the transaction sees no work of later transactions; what a look raises.
pub fn look(
    wait: Option<Duration>,
    rows: &mut Rows,
    audience: impl Fn(&Writer) -> Result<Audience, ErrorReport>,
    mut look: impl FnMut(&Writer, &mut Rows) -> Result<(), ErrorReport>,
) -> Result<(), ErrorReport> {
    let Some(wait) = wait else { return write(|writer| look(writer, rows)) };
    if !transactions::sees_what_is_new() {
        return Err(TaskerError::WaitInSnapshot.into());
    }
    let until = clock::real_now().plus(wait.min(settings::max_wait()));
    let is_in_block = transactions::is_in_block();
    let mut waiting: Option<Waiting> = None;
    let mut search = |now| {
        write(|writer| {
            look(writer, rows)?;
            Ok(match !rows.is_empty() || transactions::has_written() {
                true => Sight::Work,
                false => {
                    Sight::NothingUntil(Recovery::of(&writer.as_owner()).next_due().filter(|due| *due > now))
                }
            })
        })
    };
    let (mut pace, mut was_woken) = (Pace::default(), false);
    let memory = RepeatedWork::new();
    loop {
        let now = clock::real_now();
        let is_kept = |sight: &Sight| matches!(sight, Sight::Work);
        let sight = memory.run(|| {
            let have = || subtransaction::unless_in_vain(|| search(now), is_kept);
            clock::have_look(Look { now, is_in_block }, have)
        })?;
        let Sight::NothingUntil(due) = sight else {
            if was_woken {
                ErrorReport::new(
                    PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION,
                    "woken for work",
                    "tasker_core",
                )
                .report(PgLogLevel::DEBUG1);
            }
            return Ok(());
        };
        let left = clock::real_now().until(until);
        if left <= Duration::microseconds(0) {
            return Ok(());
        }
        let Some(waiting) = &waiting else {
            // A busy worker saves this. What came since the first look, the next one sees.
            waiting = Some(mark(&audience)?);
            continue;
        };
        was_woken = waiting.sleep(pace.sleep(left, due.map(|due| clock::real_now().until(due))));
        pace.found_nothing(was_woken);
        // A step that is claimed for a worker that has gone would wait for the end of its lease.
        interrupts::require_client()?;
    }
}

/// Marks the call as waiting, before the look after which it sleeps.
fn mark(audience: impl Fn(&Writer) -> Result<Audience, ErrorReport>) -> Result<Waiting, ErrorReport> {
    let found = |writer: &Writer| {
        let audience = match audience(writer)? {
            Audience::Events => Audience::Events,
            _ if writer.reader().is_filtered() => Audience::Something,
            wanted => wanted,
        };
        Ok((writer.session.schema(), audience))
    };
    let (schema, audience) = subtransaction::unless_in_vain(|| write(found), |_| false)?;
    Ok(Waiting::mark(schema, &audience))
}
