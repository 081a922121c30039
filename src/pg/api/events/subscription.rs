//! `tasker_subscribe`, `tasker_unsubscribe`, `tasker_subscriptions`: the consumers of the event stream.

use crate::core::error::TaskerError;
use crate::core::event_pattern::EventPattern;
use crate::core::event_position::{Progress, SeenTransactions};
use crate::core::time::Timestamp;
use crate::pg::api::events::consumer::{self, Consumer};
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::acl::role_name;
use crate::pg::host::installation::RailsTable;
use crate::pg::host::wakeups;
use crate::pg::reading::events;
use crate::pg::spi::{self, Statement};
use crate::pg::sync::event_log;
use crate::pg::writing::writer::{Writer, write};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_subscribe(text, text[], text, text)`
    tasker_subscribe, pg_finfo_tasker_subscribe => subscribe;
    /// `tasker_unsubscribe(text)`
    tasker_unsubscribe, pg_finfo_tasker_unsubscribe => unsubscribe;
    /// `tasker_subscriptions()`
    tasker_subscriptions, pg_finfo_tasker_subscriptions => subscriptions;
}

fn subscribe(call: &Call) -> Result<Datum, ErrorReport> {
    let name = consumer::name_of(call.text(0))?;
    let patterns = patterns_of(call.texts(1))?;
    let (start_at, role) = (call.text(2), call.text(3));
    write(|writer| {
        consumer::require(writer.installation)?;
        // Every writer pays for the first consumer.
        writer.installation.require_write(&[RailsTable::Tasks])?;
        let role = role.map(|role| consumer::role_of(writer.installation, role)).transpose()?;
        let now = events::snapshot(writer.session)?;
        let start = start_at.as_deref().map(|start_at| start(writer, start_at, &now)).transpose()?;
        let progress = start.clone().unwrap_or_else(|| Progress::at(now));
        let arguments = [
            Some(export::text(&name)),
            Some(spi::text_array(&patterns)),
            Some(export::text(&role.clone().unwrap_or_else(|| role_name(writer.installation.caller())))),
            Some(export::text(&progress.to_string())),
            Some(spi::timestamp(writer.now)),
        ];
        if writer.session.write_counted(Statement::PutConsumer, &arguments) > 0 {
            event_log::note_subscription(writer.session.schema());
            return Ok(true.into());
        }
        Consumer::read(writer.session, writer.installation, Statement::LockConsumer, &name)?;
        let start = start.map(|start| export::text(&start.to_string()));
        let role = role.map(|role| export::text(&role));
        let arguments = [Some(export::text(&name)), Some(spi::text_array(&patterns)), start, role];
        writer.session.write_counted(Statement::SetConsumer, &arguments);
        Ok(false.into())
    })
}

fn patterns_of(patterns: Option<Vec<String>>) -> Result<Vec<String>, TaskerError> {
    let patterns = patterns.ok_or(TaskerError::NullArgument("patterns"))?;
    if patterns.is_empty() {
        return Err(TaskerError::invalid("patterns", "must have at least one pattern, such as \"*\""));
    }
    match patterns.iter().find(|pattern| pattern.parse::<EventPattern>().is_err()) {
        Some(pattern) => Err(TaskerError::invalid(
            "patterns",
            format!(
                "has \"{pattern}\", which is neither the name of an event nor a pattern such as \"step.*\" or \"*.failed\""
            ),
        )),
        None => Ok(patterns),
    }
}

fn start(writer: &Writer, start_at: &str, now: &SeenTransactions) -> Result<Progress, TaskerError> {
    match start_at {
        "now" => Ok(Progress::at(now.clone())),
        "oldest" => {
            let (cluster, others) = (now.cluster, now.others.clone());
            Ok(Progress::at(SeenTransactions { cluster, others, ..SeenTransactions::default() }))
        }
        position => {
            let position = consumer::position_of("start_at", position, now)?;
            // Until the consumer is committed, others do not see that it needs the events.
            wakeups::lock_stored_events(writer.session.schema());
            if !events::is_kept(writer.session, &position)? {
                return Err(TaskerError::EventRemoved);
            }
            Ok(Progress { seen: position.seen, part: Some((position.batch, position.key)) })
        }
    }
}

fn unsubscribe(call: &Call) -> Result<Datum, ErrorReport> {
    let name = consumer::name_of(call.text(0))?;
    write(|writer| {
        consumer::require(writer.installation)?;
        match Consumer::read(writer.session, writer.installation, Statement::LockConsumer, &name) {
            Err(TaskerError::ConsumerNotFound(_)) => return Ok(false.into()),
            found => found?,
        };
        Ok((writer.session.write(Statement::DropConsumer, &[export::text(&name)]) > 0).into())
    })
}

fn subscriptions(call: &Call) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    write(|writer| {
        consumer::require(writer.installation)?;
        let mut found = Vec::new();
        writer.session.write_returning(Statement::Consumers, &[], |row| {
            let progress: Progress = row.text(3, |text| text.parse().unwrap_or_default());
            let shown = [0, 1, 2].map(|column| row.value(column).map(spi::kept));
            let role = row.text(2, str::to_owned);
            found.push((
                role,
                progress,
                shown,
                [4, 5].map(|column| row.optional_timestamp(column)),
                row.i64(6),
            ));
        })?;
        found.retain(|(role, ..)| consumer::is_usable(writer.installation, role));
        let is_filtered = writer.installation.row_security_applies();
        let now = events::snapshot(writer.session)?;
        for (_, progress, [name, patterns, role], [subscribed_at, acknowledged_at], missed) in found {
            // The number would tell how much others do.
            let (lag, oldest) = if is_filtered { (None, None) } else { lag(writer, &now, &progress)? };
            rows.push([
                name,
                patterns,
                role,
                values::timestamp(subscribed_at),
                values::timestamp(acknowledged_at),
                lag.into_datum(),
                values::timestamp(oldest),
                if is_filtered { None } else { missed.into_datum() },
            ])?;
        }
        rows.done()
    })
}

fn lag(
    writer: &Writer,
    now: &SeenTransactions,
    progress: &Progress,
) -> Result<(Option<i64>, Option<Timestamp>), TaskerError> {
    let (number, oldest) = events::lag(writer.session, now, progress)?;
    Ok((Some(number), oldest))
}
