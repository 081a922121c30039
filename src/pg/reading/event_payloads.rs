//! Reads the payloads of events from the tables, as the caller.

use crate::core::error::TaskerError;
use crate::core::event_hygiene::{Hygiene, OMITTED};
use crate::core::event_position::EventKey;
use crate::core::event_record::RecordedEvent;
use crate::core::time::Timestamp;
use crate::pg::reading::loader::Reader;
use crate::pg::spi::{self, Statement};
use pgrx::pg_sys::Datum;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

/// A recorded event.
pub struct StoredEvent {
    pub key: EventKey,
    pub noted_at: Timestamp,
    pub event: RecordedEvent,
    pub payload: Option<Datum>,
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
pub fn with_payloads(
    reader: &Reader,
    events: Vec<StoredEvent>,
    hygiene: &Hygiene,
    most_bytes: i32,
) -> Result<Vec<(StoredEvent, Value)>, TaskerError> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let payloads = Payloads::of(reader, &events, most_bytes)?;
    let is_filtered = reader.is_filtered();
    let shown = events.into_iter().filter_map(|event| {
        let mut members = match payloads.shown(&event) {
            // It might tell of what is hidden.
            Some(_) if is_filtered && event.event.task.is_none() => return None,
            Some(members) => members,
            None if is_filtered => return None,
            None => deleted(&event),
        };
        // What a client has published may have a member of this name, too.
        let unread = if event.payload.is_none() { members.remove(OMITTED) } else { None };
        let unread = unread.and_then(|name| name.as_str().map(str::to_owned));
        members.insert("event_type".to_owned(), event.event.event.as_ref().into());
        members.entry("timestamp").or_insert_with(|| json!(event.noted_at));
        let mut payload = Value::Object(members);
        hygiene.clean(&mut payload, unread);
        Some((event, payload))
    });
    Ok(shown.collect())
}

fn deleted(event: &StoredEvent) -> Map<String, Value> {
    let mut members = Map::new();
    members.extend(event.event.task.map(|task| ("task_id".to_owned(), task.into())));
    members.extend(event.event.step.map(|step| ("step_id".to_owned(), step.into())));
    if event.event.task.is_some() || event.event.step.is_some() {
        members.insert("deleted".to_owned(), true.into());
    }
    members
}

impl Payloads {
    fn of(reader: &Reader, events: &[StoredEvent], most_bytes: i32) -> Result<Self, TaskerError> {
        let mut found = Self::default();
        let of_steps = events
            .iter()
            .filter(|event| event.event.step.is_some())
            .filter_map(|event| event.event.transition);
        let of_steps: Vec<i64> = of_steps.collect();
        if !of_steps.is_empty() {
            let arguments = [spi::bigint_array(&of_steps), Datum::from(most_bytes)];
            reader.as_caller(Statement::StepPayloads, &arguments, |row| {
                found.of_steps.extend(row.value(1).map(|payload| (row.i64(0), spi::kept(payload))));
            })?;
        }
        let of_tasks =
            events.iter().filter(|event| event.event.step.is_none() || event.event.transition.is_none());
        let of_tasks =
            of_tasks.filter_map(|event| Some((event.event.transition.unwrap_or(0), event.event.task?)));
        let (transitions, tasks): (Vec<i64>, Vec<i64>) = of_tasks.collect::<HashSet<_>>().into_iter().unzip();
        if !tasks.is_empty() {
            let arguments =
                [spi::bigint_array(&transitions), spi::bigint_array(&tasks), Datum::from(most_bytes)];
            reader.as_caller(Statement::TaskPayloads, &arguments, |row| {
                let key = (row.i64(0), row.i64(1));
                found.of_tasks.extend(row.value(2).map(|payload| (key, spi::kept(payload))));
            })?;
        }
        let noted = events.iter().filter(|event| event.event.transition.is_none());
        let noted: Vec<(i64, i64)> =
            noted.filter_map(|event| Some((event.event.step?, event.event.task?))).collect();
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
        if let Some(transition) = event.event.transition {
            return match event.event.step {
                Some(_) => self.of_steps.get(&transition).map(members),
                None => self.of_tasks.get(&(event.event.task?, transition)).map(members),
            };
        }
        if event.event.step.is_some_and(|step| !self.visible_steps.contains(&step)) {
            return None;
        }
        let mut shown = match event.event.task {
            Some(task) => self.of_tasks.get(&(task, 0)).map(members)?,
            None => Map::new(),
        };
        if let Some(payload) = &event.payload {
            // When the task was created does not belong to what a program has noted of it.
            shown.remove("timestamp");
            shown.remove("task_context");
            shown.remove(OMITTED);
            shown.extend(event.event.step.map(|step| ("step_id".to_owned(), step.into())));
            for (name, member) in members(payload) {
                shown.entry(name).or_insert(member);
            }
            shown.remove("timestamp");
        }
        Some(shown)
    }
}
