//! Reads the event stream: batches of recorded events, and their payloads from the tables (see
//! `core::event_position`).

use crate::core::error::TaskerError;
use crate::core::event_hygiene::Hygiene;
use crate::core::event_position::{EventKey, Position, Progress, SeenTransactions};
use crate::core::ids::TaskId;
use crate::core::time::Timestamp;
use crate::pg::reading::loader::Reader;
use crate::pg::spi::{self, Session, Statement};
use pgrx::pg_sys::{self, Datum};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

/// The number of recorded events that are read at once.
const PAGE: usize = 1_000;

/// A recorded event.
pub struct StoredEvent {
    pub key: EventKey,
    pub noted_at: Timestamp,
    pub event: String,
    pub task: Option<i64>,
    pub step: Option<i64>,
    transition: Option<i64>,
    payload: Option<Datum>,
}

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
    // SAFETY: reads shared and backend-local memory. Events that are written after this have greater places in the log.
    let (cluster, log, own) = unsafe {
        let own = pg_sys::GetTopFullTransactionIdIfAny().value;
        (pg_sys::GetSystemIdentifier(), pg_sys::GetXLogInsertRecPtr(), own)
    };
    let (mut next, mut running) = (0, Vec::new());
    session.read(Statement::EventSnapshot, &[], |row| {
        next = row.i64(0).cast_unsigned();
        row.i64_array(1, |numbers| running.extend(numbers.iter().map(|number| number.cast_unsigned())));
        Ok(())
    })?;
    // The snapshot of a transaction does not list the transaction, whose events are recorded when it commits.
    if own != 0
        && own < next
        && let Err(place) = running.binary_search(&own)
    {
        running.insert(place, own);
    }
    Ok(SeenTransactions { cluster, log, next, running })
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
    let mut found = Found { events: Vec::new(), passed_over: 0, first_passed_over: None };
    let (mut from, mut to, mut after) = match &progress.part {
        Some((batch, key)) => (progress.seen.clone(), batch.clone(), *key),
        None => (progress.seen.clone(), now.clone(), EventKey::default()),
    };
    loop {
        let page = page(reader.session, (&from, &to), after, PAGE)?;
        let is_last = page.len() < PAGE;
        after = page.last().map_or(after, |event| event.key);
        found.first_passed_over = found.first_passed_over.or(page.first().map(|event| event.noted_at));
        let mut left = page.into_iter().peekable();
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
            let shown = with_payloads(reader, candidates, wanted)?;
            found.passed_over += asked - shown.len();
            found.events.extend(shown.into_iter().map(|(stored, payload)| {
                let position = Position { seen: from.clone(), batch: to.clone(), key: stored.key };
                ReadEvent { stored, position, payload }
            }));
        }
        if found.events.len() >= wanted.most_events {
            return Ok(found);
        }
        if is_last {
            if to == *now {
                return Ok(found);
            }
            (from, to, after) = (to, now.clone(), EventKey::default());
        }
        pgrx::check_for_interrupts!();
    }
}

/// Returns the next events of a batch after a key.
fn page(
    session: &Session,
    (from, to): (&SeenTransactions, &SeenTransactions),
    after: EventKey,
    limit: usize,
) -> Result<Vec<StoredEvent>, TaskerError> {
    let mut found = Vec::new();
    let nothing = SeenTransactions { cluster: to.cluster, ..SeenTransactions::default() };
    let from = if from.cluster == to.cluster {
        from
    } else {
        // The data comes from another cluster: all that was dumped there was committed.
        if from.cluster != 0 && !after.is_of_here {
            let all = SeenTransactions { next: i64::MAX as u64, ..SeenTransactions::default() };
            read(session, (from, &all), after, (limit, false), &mut found)?;
        }
        &nothing
    };
    let after = if after.is_of_here { after } else { EventKey::default() };
    if found.len() < limit {
        let left = limit - found.len();
        read(session, (from, to), after, (left, true), &mut found)?;
    }
    Ok(found)
}

fn read(
    session: &Session,
    (from, to): (&SeenTransactions, &SeenTransactions),
    after: EventKey,
    (limit, is_of_here): (usize, bool),
    found: &mut Vec<StoredEvent>,
) -> Result<(), TaskerError> {
    let arguments = [
        spi::bigint(from.cluster.cast_signed()),
        number(from.log),
        number(from.next),
        numbers(&from.running),
        number(to.next),
        numbers(&to.running),
        number(after.log),
        number(after.transaction),
        Datum::from(after.number.cast_signed()),
        Datum::from(i32::try_from(limit).unwrap_or(i32::MAX)),
    ];
    session.read(Statement::NewEvents, &arguments, |row| {
        let id = |column| row.value(column).map(|_| row.i64(column));
        let key = EventKey {
            is_of_here,
            log: row.i64(0).cast_unsigned(),
            transaction: row.i64(1).cast_unsigned(),
            number: row.i32(2).cast_unsigned(),
        };
        found.push(StoredEvent {
            key,
            noted_at: row.optional_timestamp(3).unwrap_or(Timestamp::from_postgres(0)),
            event: row.text(4, str::to_owned),
            task: id(5),
            step: id(6),
            transition: id(7),
            payload: row.value(8).map(spi::kept),
        });
        Ok(())
    })
}

fn number(value: u64) -> Datum {
    spi::bigint(value.cast_signed())
}

fn numbers(values: &[u64]) -> Datum {
    spi::bigint_array(&values.iter().map(|value| value.cast_signed()).collect::<Vec<_>>())
}

/// Returns how many events a consumer with this progress has not acknowledged, whatever their names, and when the first
/// of them was noted.
///
/// # Complexity
/// O(the events that it counts).
pub fn lag(
    session: &Session,
    cluster: u64,
    progress: &Progress,
) -> Result<(i64, Option<Timestamp>), TaskerError> {
    let (number, first) = lag_in(session, cluster, progress)?;
    if progress.seen.cluster == cluster || progress.part.as_ref().is_some_and(|(_, key)| key.is_of_here) {
        return Ok((number, first));
    }
    // What was not read before a restore is there as well.
    let (before, first_before) = lag_in(session, progress.seen.cluster, progress)?;
    Ok((number + before, first_before.or(first)))
}

fn lag_in(
    session: &Session,
    cluster: u64,
    progress: &Progress,
) -> Result<(i64, Option<Timestamp>), TaskerError> {
    let nothing = SeenTransactions::default();
    let everything = SeenTransactions { next: i64::MAX as u64, ..SeenTransactions::default() };
    let seen = if progress.seen.cluster == cluster { &progress.seen } else { &nothing };
    let (part, key) = match &progress.part {
        Some((batch, key)) if batch.cluster == cluster && key.is_of_here => (batch, *key),
        Some((batch, key)) if batch.cluster != cluster && !key.is_of_here => (&everything, *key),
        _ => (&nothing, EventKey::default()),
    };
    let arguments = [
        spi::bigint(cluster.cast_signed()),
        number(seen.log),
        number(seen.next),
        numbers(&seen.running),
        number(key.log),
        number(key.transaction),
        Datum::from(key.number.cast_signed()),
        number(part.next),
        numbers(&part.running),
    ];
    let mut found = (0, None);
    session.read(Statement::EventLag, &arguments, |row| {
        found = (row.i64(0), row.optional_timestamp(1));
        Ok(())
    })?;
    Ok(found)
}

/// The payloads that the tables show to the caller.
#[derive(Default)]
struct Payloads {
    of_steps: HashMap<i64, Datum>,
    /// By the task and the transition; 0 for the task itself.
    of_tasks: HashMap<(i64, i64), Datum>,
    /// The steps of events that the tables do not show.
    visible_steps: HashSet<i64>,
}

/// Returns those of the events that the caller may see, with their payloads. What has been deleted since is shown to a
/// caller from whom nothing is hidden.
fn with_payloads(
    reader: &Reader,
    events: Vec<StoredEvent>,
    wanted: &Wanted,
) -> Result<Vec<(StoredEvent, Value)>, TaskerError> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let payloads = Payloads::of(reader, &events, wanted.most_bytes)?;
    let is_filtered = reader.is_filtered();
    let shown = events.into_iter().filter_map(|event| {
        let mut members = match payloads.shown(&event) {
            // It might tell of what is hidden.
            Some(_) if is_filtered && event.task.is_none() => return None,
            Some(members) => members,
            None if is_filtered => return None,
            None => deleted(&event),
        };
        members.insert("event_type".to_owned(), event.event.as_str().into());
        members.entry("timestamp").or_insert_with(|| json!(event.noted_at));
        let mut payload = Value::Object(members);
        wanted.hygiene.clean(&mut payload);
        Some((event, payload))
    });
    Ok(shown.collect())
}

fn deleted(event: &StoredEvent) -> Map<String, Value> {
    let mut members = Map::new();
    members.extend(event.task.map(|task| ("task_id".to_owned(), task.into())));
    members.extend(event.step.map(|step| ("step_id".to_owned(), step.into())));
    if event.task.is_some() || event.step.is_some() {
        members.insert("deleted".to_owned(), true.into());
    }
    members
}

impl Payloads {
    fn of(reader: &Reader, events: &[StoredEvent], most_bytes: i32) -> Result<Self, TaskerError> {
        let mut found = Self::default();
        let of_steps =
            events.iter().filter(|event| event.step.is_some()).filter_map(|event| event.transition);
        let of_steps: Vec<i64> = of_steps.collect();
        if !of_steps.is_empty() {
            let arguments = [spi::bigint_array(&of_steps), Datum::from(most_bytes)];
            reader.as_caller(Statement::StepPayloads, &arguments, |row| {
                found.of_steps.extend(row.value(1).map(|payload| (row.i64(0), spi::kept(payload))));
            })?;
        }
        let of_tasks = events.iter().filter(|event| event.step.is_none() || event.transition.is_none());
        let of_tasks = of_tasks.filter_map(|event| Some((event.transition.unwrap_or(0), event.task?)));
        let (transitions, tasks): (Vec<i64>, Vec<i64>) = of_tasks.collect::<HashSet<_>>().into_iter().unzip();
        if !tasks.is_empty() {
            let arguments =
                [spi::bigint_array(&transitions), spi::bigint_array(&tasks), Datum::from(most_bytes)];
            reader.as_caller(Statement::TaskPayloads, &arguments, |row| {
                let key = (row.i64(0), row.i64(1));
                found.of_tasks.extend(row.value(2).map(|payload| (key, spi::kept(payload))));
            })?;
        }
        let noted = events.iter().filter(|event| event.transition.is_none());
        let noted: Vec<(i64, i64)> = noted.filter_map(|event| Some((event.step?, event.task?))).collect();
        found.visible_steps = reader.visible_steps(&noted)?.into_iter().collect();
        Ok(found)
    }

    /// Returns the members of the payload of an event; `None` if the caller may not see what it is about, or that does
    /// not exist any more.
    fn shown(&self, event: &StoredEvent) -> Option<Map<String, Value>> {
        let members = |payload: &Datum| match spi::json_of(*payload) {
            Ok(Value::Object(members)) => members,
            Ok(_) => Map::new(),
            // The consumer must get past it.
            Err(problem) => {
                let mut members = deleted(event);
                members.remove("deleted");
                members.insert("unreadable".to_owned(), problem.to_string().into());
                members
            }
        };
        if let Some(transition) = event.transition {
            return match event.step {
                Some(_) => self.of_steps.get(&transition).map(members),
                None => self.of_tasks.get(&(event.task?, transition)).map(members),
            };
        }
        if event.step.is_some_and(|step| !self.visible_steps.contains(&step)) {
            return None;
        }
        let mut shown = match event.task {
            Some(task) => self.of_tasks.get(&(task, 0)).map(members)?,
            None => Map::new(),
        };
        if let Some(payload) = &event.payload {
            // When the task was created does not belong to what a program has noted of it.
            shown.remove("timestamp");
            shown.remove("task_context");
            shown.extend(event.step.map(|step| ("step_id".to_owned(), step.into())));
            for (name, member) in members(payload) {
                shown.entry(name).or_insert(member);
            }
            shown.remove("timestamp");
        }
        Some(shown)
    }
}

/// Returns the task of an event.
pub fn task_of(event: &StoredEvent) -> Option<TaskId> {
    event.task.map(TaskId)
}
