//! Reads the event stream: batches of recorded events, and their payloads from the tables (see
//! `core::event_position`).

use crate::core::error::TaskerError;
use crate::core::event_hygiene::Hygiene;
use crate::core::event_position::{Earlier, EventKey, Part, Position, Progress, Running, SeenTransactions};
use crate::core::event_record::{Events, RecordedEvent};
use crate::core::ids::TaskId;
use crate::core::time::Timestamp;
use crate::pg::host::transactions;
use crate::pg::reading::event_payloads::{StoredEvent, with_payloads};
use crate::pg::reading::loader::Reader;
use crate::pg::spi::{self, Session, Statement};
use pgrx::pg_sys::{self, Datum};
use serde_json::Value;

/// The number of rows of events that are read first of a batch, and then at once. Most readers want a few hundred events.
const FEW_ROWS: usize = 100;
const PAGE: usize = 1_000;

/// An event as a consumer gets it.
pub struct ReadEvent {
    pub stored: StoredEvent,
    pub position: Position,
    pub payload: Value,
}

/// The events that a consumer gets, and how far the search for them went.
pub struct Found {
    pub events: Vec<ReadEvent>,
    /// The number of events that are not for the consumer.
    pub passed_over: usize,
    /// When the first of them was noted.
    pub first_passed_over: Option<Timestamp>,
    /// The last batch that was searched.
    pub last: SeenTransactions,
    /// How many bytes of the log were searched again, for events of transactions that had run.
    pub searched_again: u64,
}

/// Returns the transactions that a statement of this moment sees.
///
/// # Errors
/// [`TaskerError::NotPermitted`] on a standby, where a snapshot does not list the transactions that run.
pub fn snapshot(session: &Session) -> Result<SeenTransactions, TaskerError> {
    // SAFETY: reads shared and backend-local memory.
    if unsafe { pg_sys::RecoveryInProgress() } {
        return Err(TaskerError::NotPermitted {
            action: "read events".to_owned(),
            reason: "the server is a standby".to_owned(),
            hint: "Read them on the primary.",
        });
    }
    // SAFETY: reads shared and backend-local memory.
    let (cluster, place, own) = unsafe {
        let own = pg_sys::GetTopFullTransactionIdIfAny().value;
        (pg_sys::GetSystemIdentifier(), pg_sys::GetXLogInsertRecPtr(), own)
    };
    // The place must be before the snapshot, which is older than this call at the higher isolation levels.
    let log = if transactions::sees_what_is_new() { place } else { 0 };
    let running_of = |number: &i64| Running { number: number.cast_unsigned(), since: 0 };
    let (mut next, mut running, mut others) = (0, Vec::new(), Vec::new());
    session.read(Statement::EventSnapshot, &[number(cluster)], |row| {
        next = row.i64(0).cast_unsigned();
        row.i64_array(1, |numbers| running.extend(numbers.iter().map(running_of)));
        row.i64_array(2, |clusters| {
            row.i64_array(3, |logs| {
                let earlier = |(cluster, log): (&i64, &i64)| Earlier {
                    cluster: cluster.cast_unsigned(),
                    log: log.cast_unsigned(),
                };
                others.extend(clusters.iter().zip(logs).map(earlier));
            });
        });
        Ok(())
    })?;
    // The snapshot of a transaction does not list the transaction, whose events are recorded when it commits.
    if own != 0
        && own < next
        && let Err(place) = running.binary_search_by_key(&own, |running: &Running| running.number)
    {
        running.insert(place, Running { number: own, since: 0 });
    }
    others.sort_unstable();
    Ok(SeenTransactions { cluster, log, next, running, others })
}

/// What a search returns.
pub struct Wanted<'a> {
    pub is_wanted: &'a dyn Fn(&StoredEvent) -> bool,
    pub hygiene: &'a Hygiene,
    /// The length above which a stored value is not put into a payload, in bytes.
    pub most_bytes: i32,
    pub most_events: usize,
}

/// Returns the next events after a progress, up to what `now` shows.
///
/// # Complexity
/// O(log n) for each event that is returned or passed over.
pub fn after(
    reader: &Reader,
    progress: &Progress,
    now: &SeenTransactions,
    wanted: &Wanted,
) -> Result<Found, TaskerError> {
    let batch_after = |seen: &SeenTransactions| (seen.clone(), now.following(seen), EventKey::default());
    let (mut from, mut to, mut after, mut is_last_batch) = match &progress.part {
        Some((batch, key)) => (progress.seen.clone(), batch.clone(), *key, false),
        None => {
            let (from, to, after) = batch_after(&progress.seen);
            (from, to, after, true)
        }
    };
    let searched_again = |from: &SeenTransactions, to: &SeenTransactions, after: EventKey| {
        let begin = from.reads_from(to).max(after.log);
        if from.cluster == to.cluster { from.log.saturating_sub(begin) } else { 0 }
    };
    let mut found = Found {
        events: Vec::new(),
        passed_over: 0,
        first_passed_over: None,
        last: to.clone(),
        searched_again: searched_again(&from, &to, after),
    };
    let mut rows = FEW_ROWS;
    loop {
        let page = page(reader.session, (&from, &to), after, rows)?;
        let is_last = page.len() < rows;
        found.first_passed_over = found.first_passed_over.or(page.first().map(|row| row.noted_at));
        let mut left = page.iter().flat_map(|row| row.events(after)).peekable();
        while left.peek().is_some() && found.events.len() < wanted.most_events {
            let mut candidates = Vec::new();
            while candidates.len() < wanted.most_events - found.events.len()
                && let Some(event) = left.next()
            {
                match (wanted.is_wanted)(&event) {
                    true => candidates.push(event),
                    false => found.passed_over += 1,
                }
            }
            let asked = candidates.len();
            let shown = with_payloads(reader, candidates, wanted.hygiene, wanted.most_bytes)?;
            found.passed_over += asked - shown.len();
            found.events.extend(shown.into_iter().map(|(stored, payload)| {
                let position = Position { seen: from.clone(), batch: to.clone(), key: stored.key };
                ReadEvent { stored, position, payload }
            }));
        }
        if found.events.len() >= wanted.most_events {
            return Ok(found);
        }
        after = page.last().map_or(after, StoredRow::end);
        rows = PAGE;
        if is_last {
            if is_last_batch {
                return Ok(found);
            }
            (from, to, after) = batch_after(&to);
            (rows, is_last_batch, found.last) = (FEW_ROWS, true, to.clone());
            found.searched_again += searched_again(&from, &to, after);
        }
        pgrx::check_for_interrupts!();
    }
}

/// A row of events.
struct StoredRow {
    /// The place of its first event.
    key: EventKey,
    noted_at: Timestamp,
    bytes: Vec<u8>,
    payload: Option<Datum>,
}

impl StoredRow {
    /// Returns its events after a key.
    fn events(&self, after: EventKey) -> impl Iterator<Item = StoredEvent> {
        let stored = |(number, event): (u32, RecordedEvent)| StoredEvent {
            key: EventKey { number, ..self.key },
            noted_at: self.noted_at,
            event,
            payload: self.payload,
        };
        (1..).zip(Events::of(&self.bytes)).map(stored).filter(move |event| event.key > after)
    }

    /// Returns a key after those of all its events.
    const fn end(&self) -> EventKey {
        EventKey { number: u32::MAX, ..self.key }
    }
}

/// Returns the next rows of events of a batch, from the one of a key on. If all of that one was read, it is passed over.
fn page(
    session: &Session,
    (from, to): (&SeenTransactions, &SeenTransactions),
    after: EventKey,
    limit: usize,
) -> Result<Vec<StoredRow>, TaskerError> {
    let mut found = Vec::new();
    for part in from.parts_to(to).into_iter().filter(|part| part.origin >= after.origin) {
        let after = if part.origin == after.origin { after } else { EventKey::default() };
        let left = limit - found.len();
        if left > 0 {
            read(session, &part, after, left, &mut found)?;
        }
    }
    Ok(found)
}

fn read(
    session: &Session,
    Part { origin, from, to, up_to }: &Part,
    after: EventKey,
    limit: usize,
    found: &mut Vec<StoredRow>,
) -> Result<(), TaskerError> {
    // What follows a row that was read to its end begins with the next transaction.
    let is_done = after.number == u32::MAX;
    let arguments = [
        number(from.cluster),
        number(from.reads_from(to)),
        number(from.next),
        numbers(&from.running),
        number(to.next),
        numbers(&to.running),
        number(after.log),
        number(after.transaction + u64::from(is_done)),
        Datum::from(i32::try_from(limit).unwrap_or(i32::MAX)),
        number(*up_to),
    ];
    session.read(Statement::NewEvents, &arguments, |row| {
        found.push(StoredRow {
            key: EventKey {
                origin: *origin,
                log: row.i64(0).cast_unsigned(),
                transaction: row.i64(1).cast_unsigned(),
                number: 0,
            },
            noted_at: row.optional_timestamp(2).unwrap_or(Timestamp::from_postgres(0)),
            bytes: row.bytes(3, <[u8]>::to_vec),
            payload: row.value(4).map(spi::kept),
        });
        Ok(())
    })
}

fn number(value: u64) -> Datum {
    spi::bigint(value.cast_signed())
}

fn numbers(transactions: &[Running]) -> Datum {
    spi::bigint_array(&transactions.iter().map(|running| running.number.cast_signed()).collect::<Vec<_>>())
}

/// Returns whether the event at a position is kept by now, whatever the snapshot of the transaction shows. Events are removed
/// in the order of the log, so what follows it is kept, too.
pub fn is_kept(session: &Session, position: &Position) -> Result<bool, TaskerError> {
    let arguments = [number(position.cluster()), number(position.key.log), number(position.key.transaction)];
    let mut is_kept = false;
    session.read_latest(Statement::HasEvent, &arguments, |row| is_kept = row.bool(0))?;
    Ok(is_kept)
}

/// Returns how many events a consumer with this progress has not acknowledged, whatever their names, and when the first
/// of them was noted.
///
/// # Complexity
/// O(the events that it counts).
pub fn lag(
    session: &Session,
    now: &SeenTransactions,
    progress: &Progress,
) -> Result<(i64, Option<Timestamp>), TaskerError> {
    let (mut events, mut first_noted_at) = (0, None);
    for Part { from, to, .. } in progress.seen.parts_to(now) {
        let (part, (log, transaction, in_row)) = progress.acknowledged_in(from.cluster).unwrap_or_default();
        let arguments = [
            number(from.cluster),
            number(from.reads_from(&to)),
            number(from.next),
            numbers(&from.running),
            number(log),
            number(transaction),
            Datum::from(i32::try_from(in_row).unwrap_or(i32::MAX)),
            number(part.next),
            numbers(&part.running),
        ];
        session.read(Statement::EventLag, &arguments, |row| {
            events += row.i64(0);
            first_noted_at = first_noted_at.or(row.optional_timestamp(1));
            Ok(())
        })?;
    }
    Ok((events, first_noted_at))
}

/// Returns the task of an event.
pub fn task_of(event: &StoredEvent) -> Option<TaskId> {
    event.event.task.map(TaskId)
}
