//! Provides the parts of every write: locks in their order, statements that run as the right role, and deferred
//! triggers.
//!
//! The Rails tables are written as the caller, so that the caller's privileges and policies decide; the side tables as
//! their owner. Order of locks: a step's row, its current transition, its side row, its next transition (see
//! docs/concurrency.md); several in the order of their ids.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::state::TaskState;
use crate::core::steps::{Step, StepsBuilder};
use crate::core::time::Timestamp;
use crate::pg::host::actor::Actor;
use crate::pg::host::clock;
use crate::pg::host::installation::Installation;
use crate::pg::host::installed_columns::ColumnUse;
use crate::pg::host::transactions;
use crate::pg::reading::loader::{self, Reader, Workflows};
use crate::pg::spi::{self, LookUp, Row, Session, Snapshot, Statement};
use crate::pg::sync::suppression;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{Datum, Oid};

/// Writes into the installation in the caller's search_path.
pub fn write<R>(work: impl FnOnce(&Writer) -> Result<R, ErrorReport>) -> Result<R, ErrorReport> {
    let installation = Installation::in_search_path()?;
    installation.require_columns(ColumnUse::Write)?;
    installation.as_owner(|| {
        spi::connected(installation, Snapshot::Fresh, |session| {
            let is_in_block = transactions::is_in_block();
            let (actor, author) = (Actor::Caller, installation.caller());
            work(&Writer {
                installation,
                session,
                actor,
                author,
                is_proven: true,
                now: clock::statement_now(),
                is_in_block,
            })
        })
    })
}

/// A session that writes to an installation, with the roles that write and the time of the statement.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    pub installation: Installation,
    pub session: &'a Session,
    pub actor: Actor,
    /// The role on whose behalf the writer works, even if another role writes. It is the role that defines new rules.
    pub author: Oid,
    /// False if nothing proves that this role has defined the work: then no new rule is sealed in its name.
    pub is_proven: bool,
    pub now: Timestamp,
    /// True if the caller has begun a transaction that continues after the call.
    pub is_in_block: bool,
}

/// A transition that has been written.
#[derive(Clone, Copy, Debug)]
pub struct NewTransition {
    pub transition_id: i64,
    pub sort_key: i32,
}

/// The tasks that were locked because no other session held them.
pub struct FreeTasks {
    /// The tasks whose rows and side rows are locked.
    pub ours: Vec<i64>,
    /// The tasks whose current transition is locked. A task that has ever been moved and is missing here is being moved
    /// by another session.
    pub moved: Vec<i64>,
}

impl Writer<'_> {
    /// Returns a copy of this writer that acts as the owner, for work that concerns all roles.
    pub fn as_owner(&self) -> Self {
        Self { actor: Actor::Owner, ..*self }
    }

    /// Returns a copy of this writer that acts as the caller, for work that concerns the caller alone.
    pub fn as_caller(&self) -> Self {
        Self { actor: Actor::Caller, ..*self }
    }

    /// Refuses if the engine's tables, or triggers on them, do not permit the extension to write as the owner (42501).
    /// The due work of other roles is then left to a session that may write it.
    pub fn require_owners_writes(&self) -> Result<(), TaskerError> {
        self.installation.as_owner(|| {
            self.session.require_trusted(&[
                Statement::FailStep,
                Statement::LeaveStepStates,
                Statement::EnterOneStepState,
                Statement::SetTaskComplete,
                Statement::LeaveTaskState,
                Statement::EnterTaskState,
            ])
        })
    }

    /// Runs the triggers and constraints that this transaction has deferred on the Rails tables, as the role that
    /// writes them. It runs them as the owner only if the owner trusts all of them.
    pub fn run_deferred(&self) {
        let tables = spi::pending_on(&self.installation.written_tables());
        let may_run = || self.actor == Actor::Caller || self.require_owners_writes().is_ok();
        if tables.is_empty() || !may_run() {
            return;
        }
        self.as_actor(|| self.session.run_deferred(&tables));
    }

    /// Returns a reader of the data that is committed by now, and of the changes of this transaction.
    pub fn reader(&self) -> Reader<'_> {
        Reader { installation: self.installation, session: self.session, actor: self.actor }
    }

    /// Runs a statement on the Rails tables; each row goes to `each`.
    pub fn rails(
        &self,
        statement: Statement,
        arguments: &[Datum],
        each: impl FnMut(&Row),
    ) -> Result<(), TaskerError> {
        self.as_actor(|| self.session.write_returning(statement, arguments, each))
    }

    /// Runs a statement on the Rails tables with arguments that may be NULL.
    pub fn rails_optional(
        &self,
        statement: Statement,
        arguments: &[Option<Datum>],
    ) -> Result<(), TaskerError> {
        self.as_actor(|| self.session.write_optional(statement, arguments, |_| {}))
    }

    /// Runs a statement that writes a known number of rows of an engine's table. Refuses with 27000 if a trigger or a
    /// rule of the application kept one of them from being written: the answer of the call would not be stored.
    pub fn write_all(
        &self,
        table: &'static str,
        rows: usize,
        statement: Statement,
        arguments: &[Option<Datum>],
    ) -> Result<(), TaskerError> {
        match self.as_actor(|| self.session.write_counted(statement, arguments)) {
            written if written == rows as u64 => Ok(()),
            _ => Err(TaskerError::WriteDiscarded { table }),
        }
    }

    /// Runs `work` as the role that writes the Rails tables.
    pub fn as_actor<R>(&self, work: impl FnOnce() -> R) -> R {
        match self.actor {
            Actor::Caller => self.installation.as_caller(work),
            Actor::Owner => work(),
        }
    }

    /// Runs a statement on the Rails tables, and returns the ids that it returns.
    pub fn rails_ids(&self, statement: Statement, ids: &[i64]) -> Result<Vec<i64>, TaskerError> {
        let mut found = Vec::new();
        self.rails(statement, &[spi::bigint_array(ids)], |row| found.push(row.i64(0)))?;
        Ok(found)
    }

    /// Locks a step, waiting for the session that holds it, and returns the step as it is then.
    pub fn lock_step(&self, id: StepId) -> Result<Step, TaskerError> {
        if self.lock_free(LookUp::LockedSteps, &[id.0], |_| true, 0)?.is_none_or(|rows| rows.is_empty()) {
            let mut found = false;
            self.rails(Statement::LockStepRow, &[spi::bigint(id.0)], |_| found = true)?;
            if !found {
                return Err(TaskerError::StepNotFound(id));
            }
        }
        let ids = spi::bigint_array(&[id.0]);
        let current = self.lock_free(LookUp::LockedStepTransitions, &[id.0], is_current, 0)?;
        let mut is_ours = current.is_some_and(|rows| !rows.is_empty());
        if !is_ours {
            self.rails(Statement::LockCurrentTransitions, &[ids], |_| is_ours = true)?;
        }
        let mut facts = None;
        let mut read = |row: &Row| facts = Some(loader::step(row));
        if is_ours {
            // A session that wants to move the step waits for its transition, and locks nothing after that: there is no
            // need to lock the side row.
            self.session.look_up_fresh(LookUp::Steps, &[id.0], |row| {
                read(row);
                Ok(())
            })?;
        } else {
            self.session.write_returning(Statement::LockFacts, &[ids], read)?;
        }
        facts.ok_or(TaskerError::StepNotFound(id))?
    }

    /// Locks those of the rows of these ids that no other session has locked, and returns their ids. It uses the
    /// statement if necessary.
    pub fn lock_free_ids(
        &self,
        table: LookUp,
        statement: Statement,
        ids: &[i64],
    ) -> Result<Vec<i64>, TaskerError> {
        match self.lock_free(table, ids, |_| true, 0)? {
            Some(found) => Ok(found),
            None => self.rails_ids(statement, ids),
        }
    }

    /// Locks the wanted rows among these keys that no other session has locked, and returns one `bigint` column of
    /// these rows; `None` if only a statement can do it.
    pub fn lock_free(
        &self,
        table: LookUp,
        keys: &[i64],
        is_wanted: impl Fn(&Row) -> bool,
        column: usize,
    ) -> Result<Option<Vec<i64>>, TaskerError> {
        let mut found = Vec::with_capacity(keys.len());
        let locked = self.as_actor(|| {
            self.session.tables().lock_free_rows(table, keys, is_wanted, |row| {
                found.push(row.i64(column));
                Ok(())
            })
        })?;
        Ok(locked.map(|()| found))
    }

    /// Locks several steps of any tasks, in the order of their ids, waiting for the sessions that hold them, and
    /// returns them.
    pub fn lock_steps(&self, ids: &[i64]) -> Result<Vec<Step>, TaskerError> {
        let rows = self.rails_ids(Statement::LockStepRows, ids)?;
        self.rails_ids(Statement::LockCurrentTransitions, &rows)?;
        let mut steps = Vec::new();
        self.session.read(Statement::LockFacts, &[spi::bigint_array(&rows)], |row| {
            steps.push(loader::step(row)?);
            Ok(())
        })?;
        Ok(steps)
    }

    /// Locks those of the steps that no other session has locked, without waiting, and reads them with their parents
    /// and tasks.
    pub fn lock_free_steps(&self, ids: &[i64]) -> Result<Workflows, TaskerError> {
        let rows = self.lock_free_ids(LookUp::LockedSteps, Statement::LockFreeStepRows, ids)?;
        let mut moved = Vec::new();
        self.session.look_up_fresh(LookUp::StatesOfSteps, &rows, |row| {
            moved.extend(row.optional_timestamp(2).map(|_| row.i64(0)));
            Ok(())
        })?;
        let current = match moved[..] {
            [] => Vec::new(),
            _ => self.rails_ids(Statement::LockFreeCurrentTransitions, &moved)?,
        };
        let mut builder = StepsBuilder::default();
        let mut each = |row: &Row| {
            // A step whose current transition we did not get is being moved by another session at this moment.
            let is_moving = row.optional_timestamp(3).is_some() && !current.contains(&row.i64(0));
            if is_moving { Ok(()) } else { loader::push(&mut builder, row) }
        };
        if self.session.tables().lock_free_rows(LookUp::Steps, &rows, |_| true, &mut each)?.is_none() {
            self.session.read(Statement::LockFreeSteps, &[spi::bigint_array(&rows)], each)?;
        }
        self.reader().linked_candidates(builder)
    }

    /// Writes columns of locked steps before they are moved: the move also writes these columns to the side rows.
    pub fn write_columns(
        &self,
        steps: &[i64],
        statement: Statement,
        arguments: &[Option<Datum>],
    ) -> Result<(), TaskerError> {
        let schema = self.session.schema();
        suppression::without_following_steps(schema, steps, || {
            self.write_all("tasker_workflow_steps", steps.len(), statement, arguments)
        })
    }

    /// Stores edges between steps of these ids.
    pub fn put_edges(&self, from: &[i64], to: &[i64]) -> Result<(), TaskerError> {
        let arguments =
            [Some(spi::bigint_array(from)), Some(spi::bigint_array(to)), Some(spi::timestamp(self.now))];
        self.write_all("tasker_workflow_step_edges", from.len(), Statement::CreateEdges, &arguments)
    }

    /// Locks a task, waiting for the session that holds it, and returns its state after that.
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
        // A session that wants to move the task waits for its current transition, and locks nothing after that.
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

    /// Returns the state of a task, without locking it.
    pub fn task_state(&self, id: TaskId) -> Result<TaskState, TaskerError> {
        let task = self.reader().tasks(&[id.0])?.pop();
        task.map(|task| task.state).ok_or(TaskerError::TaskNotFound(id))
    }
}

/// Returns whether a transition is current, by the columns of `LookUp::LockedStepTransitions` and
/// `LookUp::LockedTaskTransitions`.
pub fn is_current(row: &Row) -> bool {
    row.bool(1)
}
