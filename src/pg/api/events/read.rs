//! `tasker_read_events`, `tasker_ack_events`: reading the event stream.

use crate::core::config::{EventSettings, Section};
use crate::core::error::TaskerError;
use crate::core::event_hygiene::Hygiene;
use crate::core::event_position::Progress;
use crate::core::time::Duration;
use crate::pg::api::events::consumer::{self, Consumer};
use crate::pg::api::values;
use crate::pg::api::work::waiting::{self, wait_of};
use crate::pg::datum::export::{self, Call, Rows, export};
use crate::pg::host::transactions;
use crate::pg::host::wakeups::Audience;
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::reading::event_payloads::StoredEvent;
use crate::pg::reading::events::{self, Wanted};
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::{Writer, write};
use pgrx::IntoDatum;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Datum};

/// The largest number of events that a call returns.
const MOST_EVENTS: i32 = 10_000;
/// The number of events that are not for a consumer from which it is worth to write down that they are passed over.
const MANY_PASSED_OVER: usize = 100;

/// The bytes of the log that a call has searched in vain from which it is worth to remember how far it came: the next call
/// would search them again.
const FAR_BACK: u64 = 16 << 20;

/// The age of such an event from which it is worth it, however few they are: before it is removed, so that the consumer
/// does not seem to have missed it. Events are kept for an hour at least.
const OLD: Duration = Duration::seconds(15 * 60);

export! {
    /// `tasker_read_events(text, integer, interval)`
    tasker_read_events, pg_finfo_tasker_read_events => read_events;
    /// `tasker_ack_events(text, text)`
    tasker_ack_events, pg_finfo_tasker_ack_events => ack_events;
}

fn read_events(call: &Call) -> Result<Datum, ErrorReport> {
    let name = consumer::name_of(call.text(0))?;
    let max_events = call.integer(1).ok_or(TaskerError::NullArgument("max_events"))?;
    let most_events = match usize::try_from(max_events) {
        Ok(number) if max_events <= MOST_EVENTS => number,
        _ => {
            let problem = format!("must be a number from 0 to {MOST_EVENTS}");
            return Err(TaskerError::invalid("max_events", problem).into());
        }
    };
    let wait = wait_of(call, 2)?.filter(|_| most_events > 0);
    let mut rows = call.rows()?;
    waiting::look(
        wait,
        &mut rows,
        |_| Ok(Audience::Events),
        |writer, rows| read(writer, &name, most_events, rows),
    )?;
    rows.done()
}

fn read(writer: &Writer, name: &str, most_events: usize, rows: &mut Rows) -> Result<(), ErrorReport> {
    consumer::require(writer.installation)?;
    let reader = writer.reader();
    let consumer = Consumer::read(writer.session, writer.installation, Statement::Consumer, name)?;
    if consumer.missed > 0 {
        return Err(TaskerError::EventsMissed { consumer: consumer.name, missed: consumer.missed }.into());
    }
    let settings = EventSettings::of(&*reader.config(Section::Events, ConfigSubject::default())?)?;
    let hygiene = Hygiene::of(&settings);
    let is_wanted = |event: &StoredEvent| {
        consumer.patterns.iter().any(|pattern| pattern.matches(&event.event.event))
            && hygiene.delivers(&event.event.event, events::task_of(event))
    };
    let wanted = Wanted {
        is_wanted: &is_wanted,
        hygiene: &hygiene,
        most_bytes: i32::try_from(settings.max_payload_bytes).unwrap_or(i32::MAX),
        most_events,
    };
    let now = events::snapshot(writer.session)?;
    let found = events::after(&reader, &consumer.progress, &now, &wanted)?;
    let is_old = found.first_passed_over.is_some_and(|first| first.plus(OLD) < writer.now);
    let is_far_back = found.searched_again >= FAR_BACK;
    let is_worth_it =
        found.passed_over >= MANY_PASSED_OVER || (found.passed_over > 0 && is_old) || is_far_back;
    if found.events.is_empty() && is_worth_it && may_write() {
        let arguments = [
            export::text(name),
            export::text(&consumer.progress.to_string()),
            export::text(&Progress::at(found.last).to_string()),
        ];
        writer.session.write(Statement::PassOver, &arguments);
    }
    if !found.events.is_empty() {
        transactions::secure_what_was_seen();
    }
    for event in found.events {
        rows.push([
            Some(export::text(&event.position.to_string())),
            Some(export::text(&event.stored.event.event)),
            values::timestamp(Some(event.stored.noted_at)),
            event.stored.event.task.into_datum(),
            event.stored.event.step.into_datum(),
            Some(spi::json(&event.payload)),
        ])?;
    }
    Ok(())
}

/// Returns whether the transaction may change a row that others change as well.
fn may_write() -> bool {
    // SAFETY: a backend-local variable.
    transactions::sees_what_is_new() && unsafe { !pg_sys::XactReadOnly }
}

fn ack_events(call: &Call) -> Result<Datum, ErrorReport> {
    let name = consumer::name_of(call.text(0))?;
    let position = call.text(1).ok_or(TaskerError::NullArgument("up_to"))?;
    write(|writer| {
        consumer::require(writer.installation)?;
        let consumer = Consumer::read(writer.session, writer.installation, Statement::LockConsumer, &name)?;
        let position = consumer::position_of("up_to", &position, &events::snapshot(writer.session)?)?;
        let Some(progress) = consumer.progress.advanced(&position) else { return Ok(false.into()) };
        let arguments =
            [export::text(&name), export::text(&progress.to_string()), spi::timestamp(writer.now)];
        writer.session.write(Statement::Acknowledge, &arguments);
        Ok(true.into())
    })
}
