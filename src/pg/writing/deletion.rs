//! Deletes ended tasks with all that belongs to them, many at once. It never waits for another session.
//!
//! The task's row is locked first, unlike elsewhere: after that, nothing can be added to the task. This cannot cause a
//! deadlock, because every lock is taken with `SKIP LOCKED` or `NOWAIT`.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId, distinct};
use crate::core::retention::{EndedTask, Obstacle, TaskTies, obstacle};
use crate::core::state::TaskState;
use crate::core::trouble::RefusalScope;
use crate::pg::host::transactions;
use crate::pg::queue::{hints, shares, times};
use crate::pg::reading::loader::Reader;
use crate::pg::spi::{self, Checks, EngineTable, Statement};
use crate::pg::sync::{forks, suppression};
use crate::pg::writing::subtransaction::{self, Refusal};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ffi::CStr;

/// The number of tasks that are deleted together. One task that cannot be deleted makes the others of its batch go one
/// by one.
const BATCH: usize = 100;

/// The tables of the engine with rows of a task.
const TABLES: [&CStr; 6] = [
    c"tasker_tasks",
    c"tasker_workflow_steps",
    c"tasker_task_annotations",
    c"tasker_task_transitions",
    c"tasker_workflow_step_transitions",
    c"tasker_workflow_step_edges",
];

/// lock_not_available
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Why tasks were not deleted.
pub type Refusals = HashMap<TaskId, Refusal>;

/// What keeps tasks from being deleted.
type Obstacles = HashMap<TaskId, Obstacle>;

/// The end of an attempt to delete some tasks together.
enum Attempt {
    Done,
    /// These tasks cannot be deleted; nothing was done.
    Obstructed(Obstacles),
    /// Something refused one of them, not known which; nothing was done.
    Refused(Refusal),
}

/// Deletes ended tasks.
pub struct Deletion<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Deletion<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Deletes these tasks, and returns which were not deleted, and why. Each batch is a subtransaction. Without the tasks that
    /// cannot be deleted, it is tried again; if a constraint or a trigger refuses one of its tasks, they are deleted one by
    /// one.
    ///
    /// # Complexity
    /// O(steps + edges + transitions) of the tasks. A task that is refused costs its batch a subtransaction for each
    /// task.
    pub fn delete(&self, tasks: &[EndedTask]) -> Result<Refusals, TaskerError> {
        let mut refusals = Refusals::new();
        let mut batches: Vec<Vec<EndedTask>> = tasks.chunks(BATCH).rev().map(<[_]>::to_vec).collect();
        while let Some(mut batch) = batches.pop() {
            pgrx::check_for_interrupts!();
            match (self.attempt(&batch)?, batch.as_slice()) {
                (Attempt::Done, _) => {}
                (Attempt::Obstructed(obstacles), _) => {
                    batch.retain(|task| !obstacles.contains_key(&task.id));
                    batches.extend((!batch.is_empty()).then_some(batch));
                    refusals.extend(obstacles.into_iter().map(|(task, found)| (task, refusal_for(found))));
                }
                (Attempt::Refused(refusal), [task]) => _ = refusals.insert(task.id, refusal),
                (Attempt::Refused(_), _) => batches.extend(batch.into_iter().rev().map(|task| vec![task])),
            }
        }
        Ok(refusals)
    }

    fn attempt(&self, tasks: &[EndedTask]) -> Result<Attempt, TaskerError> {
        let (mut found, is_locking) = (HashMap::new(), Cell::new(false));
        let done = subtransaction::attempt(self.writer, || {
            found = self.delete_all(tasks, &is_locking)?;
            // Its locks end with the subtransaction.
            found.iter().next().map_or(Ok(()), |(task, obstacle)| Err(undo(*task, *obstacle)))
        })?;
        Ok(match done {
            Ok(()) => Attempt::Done,
            Err(_) if !found.is_empty() => Attempt::Obstructed(found),
            Err(refusal) if is_locking.get() && refusal.sqlstate == LOCK_NOT_AVAILABLE => {
                Attempt::Refused(refusal_for(Obstacle::Held))
            }
            Err(refusal) => Attempt::Refused(refusal),
        })
    }

    /// Refuses if triggers or owners of the tables do not permit the extension to delete as the owner (42501).
    pub fn require_owners_deletions(&self) -> Result<(), TaskerError> {
        self.writer.installation.as_owner(|| {
            self.writer.session.require_trusted(&[
                Statement::LockTasksToDelete,
                Statement::LockStepsToDelete,
                Statement::LockRestToDelete,
                Statement::DeleteAnnotationsOfTasks,
                Statement::DeleteTransitionsOfTasks,
                Statement::DeleteStepTransitions,
                Statement::DeleteEdgesTo,
                Statement::DeleteEdgesFrom,
                Statement::DeleteStepRows,
                Statement::DeleteTaskRows,
            ])
        })
    }

    /// Deletes all of these tasks; or returns which of them cannot be deleted, in which case the caller must undo what was
    /// done. `is_locking` is true while an error can mean that another session has locked something.
    fn delete_all(&self, tasks: &[EndedTask], is_locking: &Cell<bool>) -> Result<Obstacles, TaskerError> {
        let writer = self.writer;
        if !transactions::lock_free_tables(writer.session.schema(), &TABLES) {
            return Ok(tasks.iter().map(|task| (task.id, Obstacle::Held)).collect());
        }
        // Damaged transitions can name a task twice.
        let ids = distinct(tasks.iter().map(|task| task.id.0));
        let locked = writer.rails_ids(Statement::LockTasksToDelete, &ids)?;
        if locked.len() < ids.len() {
            let locked: HashSet<i64> = locked.into_iter().collect();
            let held = ids.iter().filter(|id| !locked.contains(id));
            return Ok(held.map(|id| (TaskId(*id), Obstacle::Held)).collect());
        }
        let steps = writer.rails_ids(Statement::LockStepsToDelete, &ids)?;
        let (task_ids, step_ids) = (spi::bigint_array(&ids), spi::bigint_array(&steps));
        let mut is_all_ours = false;
        is_locking.set(true);
        writer.session.write_returning(Statement::LockRestToDelete, &[task_ids, step_ids], |row| {
            is_all_ours = row.bool(0);
        })?;
        is_locking.set(false);
        if !is_all_ours {
            return match tasks {
                [task] => Ok(Obstacles::from([(task.id, Obstacle::Held)])),
                _ => Err(one_by_one(tasks)),
            };
        }
        // Now nothing can change it any more.
        let obstacles = writer.reader().obstacles(tasks)?;
        if !obstacles.is_empty() {
            return Ok(obstacles);
        }
        if !self.delete_rails_rows((&ids, task_ids), (&steps, step_ids), is_locking)? {
            return Err(one_by_one(tasks));
        }
        hints::forget(writer.session, &steps);
        hints::end_leases(writer.session, &steps)?;
        writer.session.write(Statement::DeleteSideRowsOfSteps, &[step_ids]);
        writer.session.write(Statement::DeleteSideRowsOfTasks, &[task_ids]);
        times::forget_steps(writer.session, &steps);
        times::forget_deadlines(writer.session, &ids);
        forks::forget(writer.session, &ids);
        Ok(Obstacles::new())
    }

    /// Deletes the rows of the engine's tables, in the order of their foreign keys. Returns false if a row could not be
    /// deleted, or if another still refers to one of them. If there is only one task, that is an error: PostgreSQL's (23503),
    /// which names the foreign key, or ours if the key is deferrable.
    fn delete_rails_rows(
        &self,
        (tasks, task_ids): (&[i64], Datum),
        (steps, step_ids): (&[i64], Datum),
        is_locking: &Cell<bool>,
    ) -> Result<bool, TaskerError> {
        let writer = self.writer;
        let schema = writer.session.schema();
        let delete = |statement, ids| writer.as_actor(|| _ = writer.session.write(statement, &[ids]));
        suppression::without_following_deletions(schema, || {
            delete(Statement::DeleteAnnotationsOfTasks, task_ids);
            delete(Statement::DeleteTransitionsOfTasks, task_ids);
            delete(Statement::DeleteStepTransitions, step_ids);
            delete(Statement::DeleteEdgesTo, step_ids);
        });
        // What is left leads to steps of other tasks, whose side rows name their parents.
        delete(Statement::DeleteEdgesFrom, step_ids);
        let is_alone = tasks.len() == 1;
        let delete_all = |table: EngineTable, statement, ids: &[i64], array| {
            let delete =
                || writer.write_all(table.name(), ids.len(), statement, &[Some(array)]).map(|()| true);
            let tables = writer.session.tables();
            let Some(checks) = writer.as_actor(|| tables.checks_of(table)) else { return delete() };
            // Checks of foreign keys may wait for a row of the application that another session is just deleting. What a
            // trigger of the application waits for, is its own affair.
            is_locking.set(true);
            let result = transactions::without_waiting(|| {
                let is_direct = !is_alone || checks == Checks::Deferrable;
                let direct = || writer.as_actor(|| tables.delete_engine_rows(table, ids));
                match if is_direct { direct() } else { None } {
                    Some(false) if is_alone => Err(referred_to(tasks[0])),
                    Some(is_done) => Ok(is_done),
                    None => delete(),
                }
            });
            is_locking.set(false);
            result
        };
        suppression::without_following_deletions(schema, || {
            Ok(delete_all(EngineTable::Steps, Statement::DeleteStepRows, steps, step_ids)?
                && delete_all(EngineTable::Tasks, Statement::DeleteTaskRows, tasks, task_ids)?)
        })
    }
}

/// Makes the error that undoes a subtransaction, and lets the call go on.
fn undo(task: TaskId, obstacle: Obstacle) -> TaskerError {
    TaskerError::NotPermitted {
        action: format!("delete task {task}"),
        reason: obstacle.to_string(),
        hint: "Try it again later.",
    }
}

/// Makes the error that undoes the deletion of several tasks, because one of them cannot be deleted. Which one, will be
/// seen when they go one by one.
fn one_by_one(tasks: &[EndedTask]) -> TaskerError {
    undo(tasks[0].id, Obstacle::Held)
}

/// Makes the error for a task to which a row refers by a key that PostgreSQL would check at the end of the transaction.
fn referred_to(task: i64) -> TaskerError {
    TaskerError::NotPermitted {
        action: format!("delete task {task}"),
        reason: "a row refers to it or to one of its steps by a deferrable foreign key".to_owned(),
        hint: "Delete the rows that refer to it first.",
    }
}

fn refusal_for(obstacle: Obstacle) -> Refusal {
    // object_not_in_prerequisite_state, as for any action that the state forbids.
    Refusal { sqlstate: "55000".to_owned(), message: obstacle.to_string(), scope: RefusalScope::Work }
}

impl Reader<'_> {
    /// Returns which of these tasks cannot be deleted because of their own state, or because other tasks need them.
    /// Under row-level security, it names no other task.
    ///
    /// # Complexity
    /// O(log n) for each task and edge.
    pub fn obstacles(&self, tasks: &[EndedTask]) -> Result<Obstacles, TaskerError> {
        let ids: Vec<i64> = tasks.iter().map(|task| task.id.0).collect();
        let mut ties = HashMap::with_capacity(tasks.len());
        let ties_of_tasks = shares::heeded_by(self.session, Statement::TiesOfTasks);
        self.session.read(ties_of_tasks, &[spi::bigint_array(&ids)], |row| {
            let id = |column| row.value(column).map(|_| row.i64(column));
            let of_task = TaskTies {
                state: row.text(1, TaskState::parse).zip(row.optional_timestamp(2)),
                open_parent: id(3).map(TaskId),
                open_subtask: id(4).map(TaskId),
                waiting_step: id(5).map(StepId),
                live_step: id(6).map(StepId),
            };
            ties.insert(TaskId(row.i64(0)), of_task);
            Ok(())
        })?;
        let is_filtered = self.is_filtered();
        let obstacle_of = |task: &EndedTask| {
            let found = ties.get(&task.id).map_or(Some(Obstacle::Changed), |ties| obstacle(task, ties))?;
            Some((task.id, if is_filtered { found.without_ids() } else { found }))
        };
        Ok(tasks.iter().filter_map(obstacle_of).collect())
    }
}
