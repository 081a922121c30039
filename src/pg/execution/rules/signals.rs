//! Sends signals to tasks.

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::pg::datum::export;
use crate::pg::execution::finalization::Finalization;
use crate::pg::host::acl::session_user;
use crate::pg::queue::hints;
use crate::pg::spi::{self, Statement};
use crate::pg::sync::event_log;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use serde_json::json;

/// Signals to tasks.
pub struct Signals<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Signals<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Sends a signal; returns whether it is the first of its name, and the steps that it has ended.
    pub fn signal(
        &self,
        task: TaskId,
        name: &str,
        payload: Option<Datum>,
    ) -> Result<(bool, Vec<i64>), TaskerError> {
        // A session that adds a step waiting for the signal holds this lock too.
        let state = self.writer.lock_task(task)?;
        let event = json!({
            "name": name, "payload": payload.and_then(|it| spi::json_of(it).ok()), "by": session_user()
        });
        let (id, name) = (spi::bigint(task.0), export::text(name));
        let mut is_repeated = false;
        self.writer
            .session
            .write_returning(Statement::SignalExists, &[id, name], |row| is_repeated = row.bool(0))?;
        if is_repeated {
            return Ok((false, Vec::new()));
        }
        if state.is_closed() {
            return Err(TaskerError::NotPermitted {
                action: format!("send a signal to task {task}"),
                reason: format!("it is in state \"{state}\""),
                hint: "No step of a closed task waits for a signal.",
            });
        }
        let arguments = [
            Some(id),
            Some(name),
            payload,
            Some(spi::timestamp(self.writer.now)),
            Some(export::text(&session_user())),
        ];
        self.writer.session.write_optional(Statement::PutSignal, &arguments, |_| {})?;
        event_log::note_task(self.writer.session.schema(), "signal.received", task.0, None, Some(event));
        let mut waiting = Vec::new();
        self.writer
            .session
            .write_returning(Statement::WaitingForSignal, &[id, name], |row| waiting.push(row.i64(0)))?;
        if waiting.is_empty() {
            return Ok((true, waiting));
        }
        hints::wake(self.writer.session, &waiting);
        let decided = Finalization::of(self.writer).decide(&waiting)?;
        let completed = decided.ended.into_iter().filter(|step| waiting.contains(step));
        Ok((true, completed.collect()))
    }
}
