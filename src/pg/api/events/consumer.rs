//! Consumers of the event stream as they are stored, and who may use them.

use crate::core::error::TaskerError;
use crate::core::event_pattern::EventPattern;
use crate::core::event_position::{Position, Progress, SeenTransactions};
use crate::pg::datum::export;
use crate::pg::host::acl;
use crate::pg::host::installation::{Installation, RailsTable, TASK_AND_STEP_TABLES, schema_name};
use crate::pg::spi::{Row, Session, Statement};
use crate::pg::sync::event_log;

/// The longest name of a consumer, in characters.
const LONGEST_NAME: usize = 128;

/// A stored consumer.
pub struct Consumer {
    pub name: String,
    pub role: String,
    pub progress: Progress,
    pub patterns: Vec<EventPattern>,
    pub missed: i64,
}

impl Consumer {
    /// Reads a consumer by one of the statements for this, and refuses a caller who may not use it.
    pub fn read(
        session: &Session,
        installation: Installation,
        statement: Statement,
        name: &str,
    ) -> Result<Self, TaskerError> {
        let mut found = None;
        session.write_returning(statement, &[export::text(name)], |row| found = Some(Self::of(name, row)))?;
        let consumer = found.ok_or_else(|| TaskerError::ConsumerNotFound(name.to_owned()))?;
        if is_usable(installation, &consumer.role) {
            return Ok(consumer);
        }
        Err(TaskerError::ForeignConsumer { consumer: consumer.name, role: consumer.role })
    }

    fn of(name: &str, row: &Row) -> Self {
        Self {
            name: name.to_owned(),
            role: row.text(0, str::to_owned),
            // What was changed by hand starts with the oldest event.
            progress: row.text(1, |text| text.parse().unwrap_or_default()),
            patterns: row.text(2, |text| text.split(' ').filter_map(|it| it.parse().ok()).collect()),
            missed: row.i64(3),
        }
    }
}

/// Returns whether the caller has the rights of the role of a consumer, or of the owner of the installation.
pub fn is_usable(installation: Installation, role: &str) -> bool {
    let caller = installation.caller();
    acl::is_trusted(caller, installation.owner())
        || acl::role_named(role).is_some_and(|role| acl::is_trusted(caller, role))
}

/// Reads the role that a consumer is to belong to: the caller must have its rights, so that no consumer gets more than
/// who sets it up could.
///
/// # Errors
/// [`TaskerError::InvalidArgument`] if there is no such role; [`TaskerError::NotOfRole`].
pub fn role_of(installation: Installation, role: String) -> Result<String, TaskerError> {
    let Some(id) = acl::role_named(&role) else {
        return Err(TaskerError::invalid("role", format!("is \"{role}\", which is no role of this server")));
    };
    match acl::is_trusted(installation.caller(), id) {
        true => Ok(role),
        false => Err(TaskerError::NotOfRole(role)),
    }
}

/// Reads the name of a consumer.
pub fn name_of(name: Option<String>) -> Result<String, TaskerError> {
    let name = name.ok_or(TaskerError::NullArgument("consumer"))?;
    match name.chars().count() {
        1..=LONGEST_NAME => Ok(name),
        _ => Err(TaskerError::invalid("consumer", format!("must be text of 1 to {LONGEST_NAME} characters"))),
    }
}

/// Refuses a caller who may not read the tables, and an installation without the stream.
pub fn require(installation: Installation) -> Result<(), TaskerError> {
    installation.require_select(TASK_AND_STEP_TABLES)?;
    installation.require_select(&[
        RailsTable::StepEdges,
        RailsTable::NamedTasks,
        RailsTable::TaskNamespaces,
    ])?;
    match event_log::has_stream(installation.schema) {
        true => Ok(()),
        false => Err(TaskerError::NoEventStream { schema: schema_name(installation.schema) }),
    }
}

/// Reads a position that `tasker_read_events()` has returned.
pub fn position_of(
    argument: &'static str,
    text: &str,
    now: &SeenTransactions,
) -> Result<Position, TaskerError> {
    let position: Position = text.parse().map_err(|_| {
        let others = if argument == "start_at" { "\"now\", \"oldest\" or " } else { "" };
        TaskerError::invalid(
            argument,
            format!("must be {others}a position that tasker_read_events() has returned"),
        )
    })?;
    if position.batch.cluster == now.cluster && position.batch.next > now.next {
        return Err(TaskerError::invalid(argument, "is a position that this server has not reached"));
    }
    Ok(position)
}
