//! Creates tasks, evaluates their rules, and ends those with nothing left to run.

use crate::core::error::TaskerError;
use crate::core::template::TaskRequest;
use crate::pg::definition::creation::Creation;
use crate::pg::definition::new_tasks::{NewTask, NewTasks, RequestSource};
use crate::pg::execution::finalization::Finalization;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;

/// The creation of tasks and its consequences.
pub struct TaskCreation<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> TaskCreation<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Creates the requested tasks; `contexts` are those of the requests as PostgreSQL has them. Returns the tasks in
    /// the order of the requests.
    ///
    /// # Errors
    /// [`TaskerError::InvalidRequest`] with all problems of all requests; then no task is created.
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
