//! Tasks: how they are locked, and moved from one state to another. Order of locks as for steps: the task's row, its current
//! transition, its side row, its next transition.

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::state::TaskState;
use crate::pg::datum::export;
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::writing::writer::{Moved, Writer, is_current};
use serde_json::Value;

/// Tasks that are locked because no other session held them.
pub struct FreeTasks {
    /// Tasks whose rows and side rows are ours.
    pub ours: Vec<i64>,
    /// Tasks whose current transition is ours. A task that has ever been moved and is missing here is being moved by
    /// another session.
    pub moved: Vec<i64>,
}

impl Writer<'_> {
    /// Locks a task, waiting for the session that holds it, and returns the state in which it is then.
    pub fn lock_task(&self, id: TaskId) -> Result<TaskState, TaskerError> {
        let ids = [id.0];
        if self.lock_free(LookUp::LockedTasks, &ids, |_| true, 0)?.is_none_or(|rows| rows.is_empty()) {
            let mut found = false;
            self.rails(Statement::LockTask, &[spi::bigint(id.0)], |_| found = true)?;
            if !found {
                return Err(TaskerError::TaskNotFound(id));
            }
        }
        let moved = self.lock_free(LookUp::LockedTaskTransitions, &ids, is_current, 0)?;
        // Who would move a task whose current transition is ours waits for that, and for nothing after it.
        if moved.is_none_or(|rows| rows.is_empty()) {
            self.rails(Statement::LockTaskTransition, &[spi::bigint(id.0)], |_| {})?;
            self.session.write(Statement::LockTaskFacts, &[spi::bigint(id.0)]);
        }
        self.task_state(id)
    }

    /// Locks those of the tasks that no other session has locked, without waiting.
    pub fn lock_free_tasks(&self, ids: &[i64]) -> Result<FreeTasks, TaskerError> {
        let rows = self.lock_free_ids(LookUp::LockedTasks, Statement::LockFreeTasks, ids)?;
        let moved = match self.lock_free(LookUp::LockedTaskTransitions, &rows, is_current, 0)? {
            Some(moved) => moved,
            None => self.rails_ids(Statement::LockFreeTaskTransitions, &rows)?,
        };
        let ours =
            self.as_owner().lock_free_ids(LookUp::StatesOfTasks, Statement::LockFreeTaskFacts, &rows)?;
        Ok(FreeTasks { ours, moved })
    }

    /// In which state a task is, without locking it.
    pub fn task_state(&self, id: TaskId) -> Result<TaskState, TaskerError> {
        let task = self.reader().tasks(&[id.0])?.pop();
        task.map(|task| task.state).ok_or(TaskerError::TaskNotFound(id))
    }

    /// Moves a task that is locked.
    pub fn move_task(
        &self,
        task: TaskId,
        from: TaskState,
        to: TaskState,
        metadata: &Value,
    ) -> Result<Moved, TaskerError> {
        let (id, now) = (spi::bigint(task.0), spi::timestamp(self.now));
        if to == TaskState::Complete {
            self.write_all("tasker_tasks", 1, Statement::SetTaskComplete, &[Some(id), Some(now)])?;
        }
        self.rails(Statement::LeaveTaskState, &[id, now], |_| {})?;
        let (from, to) = (export::text(from.as_str()), export::text(to.as_str()));
        let mut moved = None;
        self.rails(Statement::EnterTaskState, &[id, to, from, spi::json(metadata), now], |row| {
            moved = Some(Moved { transition_id: row.i64(0), sort_key: row.i32(1) });
        })?;
        moved.ok_or(TaskerError::TaskTransitionDiscarded(task))
    }

    /// Moves a task that is locked along a path of states; returns where it is then.
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
