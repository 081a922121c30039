//! Writes the events of a transaction into the stream, and tells programs outside of the database.

use crate::core::error::TaskerError;
use crate::core::event_record::{EventRow, RecordedEvent};
use crate::pg::datum::export;
use crate::pg::host::clock;
use crate::pg::host::installation::schema_name;
use crate::pg::host::settings::{self, Notifications};
use crate::pg::host::wakeups;
use crate::pg::spi::{self, LookUp, Session, Statement};
use pgrx::IntoDatum;
use pgrx::pg_sys::{self, Datum};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::CStr;

/// The longest payload of a notification, in bytes: PostgreSQL takes less than 8,000.
const LONGEST_NOTIFICATION: usize = 7_999;

/// Returns the identifier of this database cluster.
fn cluster() -> u64 {
    // SAFETY: reads shared memory that does not change.
    unsafe { pg_sys::GetSystemIdentifier() }
}

/// An event of this transaction.
#[derive(Clone, Debug)]
pub struct NotedEvent {
    /// The name of the event.
    pub event: Cow<'static, str>,
    /// Its task; `None` for an event of a step, whose task is found later, and for one without a task.
    pub task: Option<i64>,
    pub step: Option<i64>,
    /// The transition that it tells of.
    pub transition: Option<i64>,
    /// The payload, if the tables do not show it.
    pub payload: Option<Value>,
}

/// The events of a transaction, with their tasks.
pub struct Recording<'a> {
    session: &'a Session,
    events: Vec<(&'a NotedEvent, Option<i64>)>,
}

impl<'a> Recording<'a> {
    /// Nothing that has happened: the transaction may have brought work.
    pub const fn empty(session: &'a Session) -> Self {
        Self { session, events: Vec::new() }
    }

    /// Finds the tasks of the steps of events. A step that this transaction has also deleted has none any more.
    pub fn of(session: &'a Session, events: &[&'a NotedEvent]) -> Result<Self, TaskerError> {
        let of_steps = events.iter().filter(|event| event.task.is_none());
        let steps: Vec<i64> = of_steps.filter_map(|event| event.step).collect();
        let mut tasks = HashMap::new();
        session.look_up_fresh(LookUp::HintedSteps, &steps, |row| {
            tasks.insert(row.i64(0), row.i64(1));
            Ok(())
        })?;
        let task_of = |event: &NotedEvent| event.task.or_else(|| tasks.get(&event.step?).copied());
        Ok(Self { session, events: events.iter().map(|event| (*event, task_of(event))).collect() })
    }

    /// The rows of these events: as few as possible, because each costs as much log as many events. An event with a payload
    /// has a row of its own.
    fn rows(&self) -> Vec<(EventRow, Option<Datum>)> {
        let (mut rows, mut plain) = (Vec::new(), EventRow::default());
        for (noted, task) in &self.events {
            let (event, step, transition) = (noted.event.clone(), noted.step, noted.transition);
            let event = RecordedEvent { event, task: *task, step, transition };
            if plain.number > 0 && (noted.payload.is_some() || plain.is_full()) {
                rows.push((std::mem::take(&mut plain), None));
            }
            plain.push(&event);
            if let Some(payload) = &noted.payload {
                rows.push((std::mem::take(&mut plain), Some(spi::json(payload))));
            }
        }
        if plain.number > 0 {
            rows.push((plain, None));
        }
        rows
    }

    /// Writes the events into the stream.
    pub fn write(&self) {
        // The number comes before the place: a transaction that begins after a snapshot must write behind it.
        // SAFETY: reads shared and backend-local memory; a transaction with events has written, or gets its number now.
        let transaction = unsafe { pg_sys::GetTopFullTransactionId().value };
        // SAFETY: as above.
        let log = unsafe { pg_sys::GetXLogInsertRecPtr() };
        let now = spi::timestamp(clock::statement_now());
        let number = |number: u64| Some(spi::bigint(number.cast_signed()));
        let row = |(at, (row, payload)): (u64, (EventRow, Option<Datum>))| {
            vec![
                number(cluster()),
                number(log + at),
                number(transaction),
                Some(now),
                (row.number as i16).into_datum(),
                Some(spi::bytes(&row.bytes)),
                payload,
            ]
        };
        let rows: Vec<Vec<Option<Datum>>> = (0..).zip(self.rows()).map(row).collect();
        if self.session.tables().insert_rows(LookUp::Events, &rows).is_none() {
            for row in rows {
                self.session.write_counted(Statement::PutEvents, &row);
            }
        }
    }

    /// Tells the programs outside of the events, as the settings say. A prepared transaction cannot notify.
    pub fn tell(&self, is_prepared: bool) -> Result<(), TaskerError> {
        let schema = schema_name(self.session.schema());
        if settings::emits_logical_messages() && !self.events.is_empty() {
            let events = self.events.iter().map(|(event, task)| {
                json!({ "event": event.event, "task_id": task, "step_id": event.step, "transition_id": event.transition })
            });
            let message = json!({ "schema": schema, "events": events.collect::<Value>() });
            self.session.write_returning(
                Statement::EmitMessage,
                &[export::text(&message.to_string())],
                |_| {},
            )?;
        }
        let wanted = settings::notifications();
        if is_prepared || wanted == Notifications::Off {
            return Ok(());
        }
        self.notify(c"tasker_work", &schema, "step_ids", wakeups::brought_steps(self.session.schema()))?;
        if wanted == Notifications::Events {
            let mut tasks: Vec<i64> = self.events.iter().filter_map(|(_, task)| *task).collect();
            tasks.sort_unstable();
            tasks.dedup();
            self.notify(c"tasker_events", &schema, "task_ids", Some(tasks))?;
        }
        Ok(())
    }

    /// Notifies a channel of these ids, or of `null` if they are too many for a notification.
    fn notify(
        &self,
        channel: &CStr,
        schema: &str,
        name: &str,
        ids: Option<Vec<i64>>,
    ) -> Result<(), TaskerError> {
        if ids.as_ref().is_some_and(Vec::is_empty) {
            return Ok(());
        }
        let of = |ids: Option<Vec<i64>>| json!({ "schema": schema, name: ids }).to_string();
        let payload = Some(of(ids)).filter(|payload| payload.len() <= LONGEST_NOTIFICATION);
        let payload = payload.unwrap_or_else(|| of(None));
        let arguments = [export::text(&channel.to_string_lossy()), export::text(&payload)];
        self.session.write_returning(Statement::Notify, &arguments, |_| {})
    }
}
