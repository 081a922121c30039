//! Removes events from the stream when their time is over, and notes which consumers had not read them.

use crate::core::config::{EventSettings, Section};
use crate::core::error::TaskerError;
use crate::core::event_pattern::EventPattern;
use crate::core::event_position::Progress;
use crate::core::event_record::{Events, RecordedEvent};
use crate::core::time::{Duration, Timestamp};
use crate::pg::host::wakeups;
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::reading::loader::Reader;
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::sync::event_log;
use pgrx::pg_sys::Datum;

/// The number of rows of events that are deleted by one statement.
const AT_ONCE: i32 = 10_000;
/// The largest number of statements in one call.
const MOST_STATEMENTS: usize = 10;

/// A consumer that is locked while events are removed.
struct Reading {
    name: String,
    progress: Progress,
    patterns: Vec<EventPattern>,
    missed: i64,
}

/// Deletes the events that are older than the option `retention_hours`, and returns their number. It leaves them to the
/// next call if another session is changing a consumer, or adds one that starts at a position: what that consumer has
/// read is not known before.
///
/// # Complexity
/// O(log n) for each deleted event and consumer; at most 100,000 rows of events.
pub fn trim(reader: &Reader, now: Timestamp) -> Result<u64, TaskerError> {
    let schema = reader.session.schema();
    if !event_log::has_stream(schema) || reader.session.is_surely_empty(LookUp::Events) {
        return Ok(0);
    }
    let settings = EventSettings::of(&*reader.config(Section::Events, ConfigSubject::default())?)?;
    let before = now.plus(Duration::microseconds(-settings.retention().to_microseconds()));
    if !wakeups::try_lock_trimming(schema) {
        return Ok(0);
    }
    let Some(mut consumers) = lock_consumers(reader)? else { return Ok(0) };
    let mut trimmed = 0;
    for _ in 0..MOST_STATEMENTS {
        let (rows, events) = trim_once(reader, before, &mut consumers)?;
        trimmed += events;
        if rows < AT_ONCE.unsigned_abs().into() {
            break;
        }
        pgrx::check_for_interrupts!();
    }
    let (names, missed): (Vec<String>, Vec<i64>) = consumers
        .into_iter()
        .filter(|consumer| consumer.missed > 0)
        .map(|consumer| (consumer.name, consumer.missed))
        .unzip();
    if !names.is_empty() {
        reader.session.write(Statement::AddMissed, &[spi::text_array(&names), spi::bigint_array(&missed)]);
    }
    Ok(trimmed)
}

/// Locks all consumers; `None` if another session holds one of them.
fn lock_consumers(reader: &Reader) -> Result<Option<Vec<Reading>>, TaskerError> {
    let mut consumers = Vec::new();
    reader.session.write_returning(Statement::LockConsumers, &[], |row| {
        consumers.push(Reading {
            name: row.text(0, str::to_owned),
            progress: row.text(1, |text| text.parse().unwrap_or_default()),
            patterns: row.text(2, |text| text.split(' ').filter_map(|it| it.parse().ok()).collect()),
            missed: 0,
        });
    })?;
    let mut number = 0;
    reader.session.write_returning(Statement::NumberOfConsumers, &[], |row| number = row.i64(0))?;
    Ok((consumers.len() as i64 == number).then_some(consumers))
}

/// Deletes as many rows as one statement may. Returns their number, and the number of their events.
fn trim_once(
    reader: &Reader,
    before: Timestamp,
    consumers: &mut [Reading],
) -> Result<(u64, u64), TaskerError> {
    let (mut rows, mut events) = (0, 0);
    reader.session.write_returning(
        Statement::TrimEvents,
        &[spi::timestamp(before), Datum::from(AT_ONCE)],
        |row| {
            rows += 1;
            let cluster = row.i64(0).cast_unsigned();
            let (log, transaction) = (row.i64(1).cast_unsigned(), row.i64(2).cast_unsigned());
            row.bytes(3, |bytes| {
                for (number, RecordedEvent { event, .. }) in (1..).zip(Events::of(bytes)) {
                    events += 1;
                    for consumer in consumers.iter_mut() {
                        let is_wanted = consumer.patterns.iter().any(|pattern| pattern.matches(&event));
                        let has_it = consumer.progress.has(cluster, (log, transaction, number));
                        consumer.missed += i64::from(is_wanted && !has_it);
                    }
                }
            });
        },
    )?;
    Ok((rows, events))
}
