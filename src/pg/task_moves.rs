//! Tasks: how they are locked, and moved from one state to another. Order of locks as for steps: the task's row, its current
//! transition, its side row, its next transition.

use super::counts;
use super::export;
use super::queue;
use super::spi::{self, Change, Changed, LookUp, NewTransition, Statement};
use super::triggers;
use super::writer::{Moved, Writer, is_current};
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::state::TaskState;
use pgrx::IntoDatum;
use serde_json::Value;

/// Tasks that are locked, and were nobody else's.
pub struct FreeTasks {
    /// Those whose rows and side rows are ours.
    pub ours: Vec<i64>,
    /// Those whose current transition is ours: one that has ever been moved and is not here is being moved by somebody else.
    pub moved: Vec<i64>,
}

impl Writer<'_> {
    /// Locks a task, waiting for whoever holds it, and says in which state it is then.
    pub fn lock_task(&self, id: TaskId) -> Result<TaskState, TaskerError> {
        let ids = [id.0];
        if self.lock_free(LookUp::EngineTasks, &ids, |_| true, 0)?.is_none_or(|rows| rows.is_empty()) {
            let mut found = false;
            self.rails(Statement::LockTask, &[spi::bigint(id.0)], |_| found = true)?;
            if !found {
                return Err(TaskerError::TaskNotFound(id));
            }
        }
        let moved = self.lock_free(LookUp::EngineTaskTransitions, &ids, is_current, 1)?;
        // Who would move a task whose current transition is ours waits for that, and for nothing after it.
        if moved.is_none_or(|rows| rows.is_empty()) {
            self.rails(Statement::LockTaskTransition, &[spi::bigint(id.0)], |_| {})?;
            self.session.write(Statement::LockTaskFacts, &[spi::bigint(id.0)]);
        }
        self.task_state(id)
    }

    /// Locks those of the tasks that nobody else has locked. Waits for nobody.
    pub fn lock_free_tasks(&self, ids: &[i64]) -> Result<FreeTasks, TaskerError> {
        let rows = self.lock_free_ids(LookUp::EngineTasks, Statement::LockFreeTasks, ids)?;
        let moved = match self.lock_free(LookUp::EngineTaskTransitions, &rows, is_current, 1)? {
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
        let now = spi::timestamp(self.now);
        if to == TaskState::Complete {
            let complete = vec![(1, true.into_datum()), (2, Some(now))];
            if !self.change_task(LookUp::EngineTasks, task, |_| true, complete)? {
                self.rails(Statement::SetTaskComplete, &[spi::bigint(task.0), now], |_| {})?;
            }
        }
        let left = vec![(6, false.into_datum()), (8, Some(now))];
        if !self.change_task(LookUp::EngineTaskTransitions, task, is_current, left)? {
            self.rails(Statement::LeaveTaskState, &[spi::bigint(task.0), now], |_| {})?;
        }
        self.enter_task_state(task, from, to, metadata)
    }

    /// Changes the rows of a task that are wanted; `false` if a statement has to do it.
    fn change_task(
        &self,
        table: LookUp,
        task: TaskId,
        is_wanted: impl Fn(&spi::Row) -> bool,
        change: Change,
    ) -> Result<bool, TaskerError> {
        let changed = self.as_actor(|| {
            self.session.update_rows(table, &[task.0], is_wanted, |_| Ok((change.clone(), ())))
        })?;
        Ok(changed.is_some_and(|Changed { busy, .. }| busy == 0))
    }

    /// Writes the new current transition of a task that has none.
    fn enter_task_state(
        &self,
        task: TaskId,
        from: TaskState,
        to: TaskState,
        metadata: &Value,
    ) -> Result<Moved, TaskerError> {
        let transition = NewTransition {
            of: task.0,
            from: from.as_str(),
            to: to.as_str(),
            metadata: spi::json(metadata),
            at: self.now,
        };
        let entered =
            self.as_actor(|| self.session.enter_states(LookUp::EngineTaskTransitions, &[transition]));
        if let Some((transition_id, sort_key)) = entered.and_then(|entered| entered.first().copied()) {
            self.carry_task_over(task, to)?;
            return Ok(Moved { transition_id, sort_key });
        }
        let mut moved = None;
        self.rails(
            Statement::EnterTaskState,
            &[
                spi::bigint(task.0),
                export::text(to.as_str()),
                export::text(from.as_str()),
                export::text(&metadata.to_string()),
                spi::timestamp(self.now),
            ],
            |row| moved = Some(Moved { transition_id: row.i64(0), sort_key: row.i32(1) }),
        )?;
        moved.ok_or(TaskerError::TaskNotFound(task))
    }

    /// Does what the trigger does where a statement writes the transition.
    fn carry_task_over(&self, task: TaskId, to: TaskState) -> Result<(), TaskerError> {
        let new = vec![(1, Some(export::text(to.as_str()))), (2, Some(spi::timestamp(self.now)))];
        let carried = self.session.update_rows(
            LookUp::StatesOfTasks,
            &[task.0],
            |_| true,
            |row| {
                let before = (row.text(1, TaskState::parse), row.optional_timestamp(2).is_some());
                Ok((new.clone(), before))
            },
        )?;
        match carried.map(|carried| carried.done).as_deref() {
            Some([(before, had_transition)]) => {
                let before = before.map(|state| (state, *had_transition));
                counts::task_changes(self.session.schema(), before, to);
            }
            _ => triggers::put_tasks(self.session, &[task.0]),
        }
        queue::follow_task(self.session, task, to)
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
