//! Moves locked tasks from one state to another. Order of locks as for steps: the task's row, its current transition,
//! its side row, its next transition.

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::state::TaskState;
use crate::pg::datum::export;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::{NewTransition, Writer};
use serde_json::Value;

/// Moves of tasks from one state to another.
pub struct TaskMoves<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> TaskMoves<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Moves a task that is locked.
    pub fn move_task(
        &self,
        task: TaskId,
        from: TaskState,
        to: TaskState,
        metadata: &Value,
    ) -> Result<NewTransition, TaskerError> {
        let (id, now) = (spi::bigint(task.0), spi::timestamp(self.writer.now));
        if to == TaskState::Complete {
            self.writer.write_all("tasker_tasks", 1, Statement::SetTaskComplete, &[Some(id), Some(now)])?;
        }
        self.writer.rails(Statement::LeaveTaskState, &[id, now], |_| {})?;
        let (from, to) = (export::text(from.as_str()), export::text(to.as_str()));
        let mut moved = None;
        self.writer.rails(Statement::EnterTaskState, &[id, to, from, spi::json(metadata), now], |row| {
            moved = Some(NewTransition { transition_id: row.i64(0), sort_key: row.i32(1) });
        })?;
        moved.ok_or(TaskerError::TaskTransitionDiscarded(task))
    }

    /// Moves a task that is locked along a path of states; returns the last state.
    pub fn move_task_along(
        &self,
        task: TaskId,
        from: TaskState,
        path: &[TaskState],
        metadata: &Value,
    ) -> Result<TaskState, TaskerError> {
        path.iter().try_fold(from, |state, next| {
            self.move_task(task, state, *next, metadata)?;
            Ok(*next)
        })
    }
}
