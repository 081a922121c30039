//! Creates tasks, and does what follows from their rules and from the steps that they leave out.

use crate::core::error::TaskerError;
use crate::core::template::TaskRequest;
use crate::pg::definition::creation::Creation;
use crate::pg::definition::new_tasks::{NewTask, NewTasks, RequestSource};
use crate::pg::execution::finalization::Finalization;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;

/// The creation of tasks, with what follows from it.
pub struct TaskCreation<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> TaskCreation<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Creates the tasks that are asked for; `contexts` are those of the requests as PostgreSQL has them. The answers
    /// come in the order of the requests.
    ///
    /// # Errors
    /// [`TaskerError::InvalidRequest`] with all that is wrong with any of them; then none is created.
    ///
    /// # Complexity
    /// O(steps + edges) of the new tasks.
    pub fn create(
        &self,
        requests: &[TaskRequest],
        contexts: &[Datum],
        source: RequestSource,
    ) -> Result<Vec<NewTask>, TaskerError> {
        let NewTasks { created, ruled, bypassed } =
            Creation::of(self.writer).create_tasks_alone(requests, contexts, source)?;
        for task in bypassed {
            Finalization::of(self.writer).review(task, false)?;
        }
        Finalization::of(self.writer).decide(&ruled)?;
        Ok(created)
    }
}
