//! Locks everything that an action on several tasks may change, before the action changes anything.
//!
//! Steps are locked in the order of their ids, then tasks in the order of theirs. The end of a task may end another task
//! whose step waits for it. A session that does this holds that step before it locks the other task, and skips the step
//! if another session holds it. Therefore an action that locks several tasks first locks the steps that wait in them.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::state::TaskState;
use crate::core::steps::Step;
use crate::pg::host::actor::Actor;
use crate::pg::reading::loader;
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::writing::subtransaction;
use crate::pg::writing::writer::Writer;
use std::collections::{BTreeMap, BTreeSet};

/// How often a call begins to lock again because a step has created a task meanwhile. After that, it locks such a task
/// when it cancels it.
const LOCK_ATTEMPTS: u32 = 10;

/// The steps and tasks that an action locks, each with the role that locks it.
pub struct Locks<'a> {
    writer: &'a Writer<'a>,
    steps: BTreeMap<i64, Actor>,
    tasks: BTreeMap<i64, Actor>,
    /// The steps that were to be locked.
    asked: BTreeSet<i64>,
    /// The steps that are locked.
    locked: BTreeSet<(TaskId, i64)>,
    /// The states of the tasks that are locked.
    states: BTreeMap<TaskId, TaskState>,
    /// The tasks that cannot be read, because a state in them does not exist.
    unreadable: BTreeMap<TaskId, TaskerError>,
}

impl<'a> Locks<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self {
            writer,
            steps: BTreeMap::new(),
            tasks: BTreeMap::new(),
            asked: BTreeSet::new(),
            locked: BTreeSet::new(),
            states: BTreeMap::new(),
            unreadable: BTreeMap::new(),
        }
    }

    /// Locks steps on which the caller acts, and everything that changes with them. The tasks are locked as their
    /// owner, because the caller needs no privilege on a task that does not end.
    pub fn of_steps(writer: &'a Writer<'a>, steps: &[(StepId, TaskId)]) -> Result<Self, TaskerError> {
        let mut locks = Self::of(writer);
        locks.add_steps(steps.iter().map(|(step, _)| step.0), writer.actor);
        locks.add_tasks(steps.iter().map(|(_, task)| task.0), Actor::Owner);
        locks.add_waits()?;
        locks.lock_steps()?;
        locks.lock_tasks()?;
        Ok(locks)
    }

    /// Locks tasks that the caller pauses. Their steps may run on, so only those that wait by a rule are locked.
    pub fn for_pause(writer: &'a Writer<'a>, tasks: &[TaskId]) -> Result<Self, TaskerError> {
        let mut locks = Self::of(writer);
        locks.add_tasks(tasks.iter().map(|task| task.0), writer.actor);
        locks.add_ruled_steps(&ids_of(tasks))?;
        locks.lock_steps()?;
        locks.lock_tasks()?;
        Ok(locks)
    }

    /// Locks tasks that the caller resumes, with all steps that have not finished: a claim that is deleting the hint of
    /// one of them holds the step.
    pub fn for_resumption(writer: &'a Writer<'a>, tasks: &[TaskId]) -> Result<Self, TaskerError> {
        let mut locks = Self::of(writer);
        locks.add_tasks(tasks.iter().map(|task| task.0), writer.actor);
        let open = locks.open_steps(&ids_of(tasks))?;
        locks.add_steps(open.iter().map(|step| step.id.0), Actor::Owner);
        locks.lock_steps()?;
        locks.lock_tasks()?;
        Ok(locks)
    }

    /// Locks tasks that the caller cancels, with all steps that have not finished, the tasks that these steps have
    /// created, at any depth, and everything that waits for one of these tasks.
    pub fn for_cancellation(writer: &'a Writer<'a>, tasks: &[TaskId]) -> Result<Self, TaskerError> {
        let mut attempts_left = LOCK_ATTEMPTS;
        loop {
            attempts_left -= 1;
            let mut locks = Self::of(writer);
            locks.add_with_created(ids_of(tasks), writer.actor)?;
            let cancelled: BTreeSet<i64> = locks.tasks.keys().copied().collect();
            locks.add_waits()?;
            // The rule of a step may have created a task until the step was locked. The ids of its steps may be lower
            // than those that are locked by then: the call gives the locks back, and begins again.
            let mut lock = || {
                let mut locked = locks.lock_steps()?;
                // The other steps only wait for the tasks.
                locked.retain(|step| cancelled.contains(&step.task_id.0));
                let created = created_tasks(writer, &locked)?;
                let is_complete = created.iter().all(|task| cancelled.contains(task));
                Ok(attempts_left == 0 || (is_complete && !locks.misses_copies(&locked)?))
            };
            let is_complete = match writer.session.is_surely_empty(LookUp::Waiters) {
                true => lock()?,
                false => subtransaction::keep_if(writer, lock, |is_complete| *is_complete)?,
            };
            if is_complete {
                locks.lock_tasks()?;
                return Ok(locks);
            }
        }
    }

    /// Returns the state in which a task was when it was locked.
    ///
    /// # Errors
    /// [`TaskerError::TaskNotFound`] if it does not exist, or the caller may not lock it; the error of a task that cannot
    /// be read.
    pub fn state(&self, task: TaskId) -> Result<TaskState, TaskerError> {
        match self.unreadable.get(&task) {
            Some(error) => Err(error.clone()),
            None => self.states.get(&task).copied().ok_or(TaskerError::TaskNotFound(task)),
        }
    }

    /// Returns whether a task was to be locked.
    pub fn covers(&self, task: TaskId) -> bool {
        self.tasks.contains_key(&task.0)
    }

    /// Returns the locked steps of a task.
    pub fn steps(&self, task: TaskId) -> Vec<i64> {
        self.locked.range((task, i64::MIN)..=(task, i64::MAX)).map(|(_, step)| *step).collect()
    }

    fn add_steps(&mut self, steps: impl Iterator<Item = i64>, actor: Actor) {
        for step in steps {
            self.steps.entry(step).or_insert(actor);
        }
    }

    fn add_tasks(&mut self, tasks: impl Iterator<Item = i64>, actor: Actor) {
        for task in tasks {
            self.tasks.entry(task).or_insert(actor);
        }
    }

    /// Adds tasks with their unfinished steps and, as the owner, the tasks that these steps have created. A task that is
    /// both is cancelled with the task for which it was created.
    fn add_with_created(&mut self, tasks: Vec<i64>, actor: Actor) -> Result<(), TaskerError> {
        let mut open: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        let (mut actors, mut next) = (BTreeMap::from_iter(tasks.iter().map(|task| (*task, actor))), tasks);
        while !next.is_empty() {
            let steps = self.open_steps(&next)?;
            for task in &next {
                open.entry(*task).or_default();
            }
            for step in &steps {
                open.entry(step.task_id.0).or_default().push(step.id.0);
            }
            let created = created_tasks(self.writer, &steps)?;
            actors.extend(created.iter().map(|task| (*task, Actor::Owner)));
            next = created;
            next.retain(|task| !open.contains_key(task));
        }
        for (task, steps) in open {
            let actor = actors.get(&task).copied().unwrap_or(actor);
            self.add_tasks([task].into_iter(), actor);
            self.add_steps(steps.into_iter(), actor);
        }
        Ok(())
    }

    /// Adds what the end of these tasks can change: the steps that wait by a rule in them, those that wait for them, the
    /// tasks of these, and so on.
    fn add_waits(&mut self) -> Result<(), TaskerError> {
        let mut next: Vec<i64> = self.tasks.keys().copied().collect();
        while !next.is_empty() {
            self.add_ruled_steps(&next)?;
            let mut waiting = Vec::new();
            self.read_waits(Statement::OpenWaiters, &next, |step, task| waiting.push((step, task)))?;
            self.add_steps(waiting.iter().map(|(step, _)| *step), Actor::Owner);
            next = waiting.into_iter().map(|(_, task)| task).collect();
            next.sort_unstable();
            next.dedup();
            next.retain(|task| !self.tasks.contains_key(task));
            self.add_tasks(next.iter().copied(), Actor::Owner);
        }
        Ok(())
    }

    fn add_ruled_steps(&mut self, tasks: &[i64]) -> Result<(), TaskerError> {
        let mut ruled = Vec::new();
        self.read_waits(Statement::OpenRuledSteps, tasks, |step, _| ruled.push(step))?;
        self.add_steps(ruled.into_iter(), Actor::Owner);
        Ok(())
    }

    fn read_waits(
        &self,
        statement: Statement,
        tasks: &[i64],
        mut each: impl FnMut(i64, i64),
    ) -> Result<(), TaskerError> {
        if tasks.is_empty() || self.writer.session.is_surely_empty(LookUp::Waiters) {
            return Ok(());
        }
        self.writer.session.write_returning(statement, &[spi::bigint_array(tasks)], |row| {
            each(row.i64(0), row.i64(1));
        })
    }

    /// Returns the steps of tasks that have not finished, even those that the caller may not see, and notes the tasks
    /// that cannot be read.
    fn open_steps(&mut self, tasks: &[i64]) -> Result<Vec<Step>, TaskerError> {
        let (mut steps, mut unreadable) = (Vec::new(), Vec::new());
        self.writer.session.look_up_fresh(LookUp::StepsOfTasks, tasks, |row| {
            match loader::step(row) {
                Ok(step) if step.state.is_final() => {}
                Ok(step) => steps.push(step),
                Err(error) => unreadable.push((TaskId(row.i64(1)), error)),
            }
            Ok(())
        })?;
        for (task, error) in unreadable {
            let error = self.writer.reader().concealed(error);
            self.unreadable.entry(task).or_insert(error);
        }
        Ok(steps)
    }

    /// Locks the steps that are not locked yet, and returns them.
    fn lock_steps(&mut self) -> Result<Vec<Step>, TaskerError> {
        let mut locked = Vec::new();
        let steps: Vec<(i64, Actor)> = std::mem::take(&mut self.steps).into_iter().collect();
        self.asked.extend(steps.iter().map(|(step, _)| *step));
        // The order of the ids counts, whichever role locks a step.
        for run in steps.chunk_by(|(_, one), (_, next)| one == next) {
            let ids: Vec<i64> = run.iter().map(|(step, _)| *step).collect();
            locked.extend(self.writer_as(run[0].1).lock_steps(&ids)?);
        }
        self.locked.extend(locked.iter().map(|step| (step.task_id, step.id.0)));
        Ok(locked)
    }

    /// Returns whether these steps have copies that were added before the steps were locked, so that nothing locks them.
    fn misses_copies(&mut self, locked: &[Step]) -> Result<bool, TaskerError> {
        let ruled = locked.iter().filter(|step| step.has_rule).map(|step| step.task_id.0);
        let ruled: BTreeSet<i64> = ruled.collect();
        let open = self.open_steps(&ruled.into_iter().collect::<Vec<_>>())?;
        Ok(open.iter().any(|step| !self.asked.contains(&step.id.0)))
    }

    fn lock_tasks(&mut self) -> Result<(), TaskerError> {
        for (&task, &actor) in &self.tasks {
            match self.writer_as(actor).lock_task(TaskId(task)) {
                Ok(state) => _ = self.states.insert(TaskId(task), state),
                Err(TaskerError::TaskNotFound(_)) => {}
                Err(error @ TaskerError::UnknownTaskState { .. }) => {
                    _ = self.unreadable.insert(TaskId(task), error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn writer_as(&self, actor: Actor) -> Writer<'a> {
        Writer { actor, ..*self.writer }
    }
}

/// Returns the open tasks that these steps have created.
pub fn created_tasks(writer: &Writer, steps: &[Step]) -> Result<Vec<i64>, TaskerError> {
    let ids: Vec<i64> = steps.iter().filter(|step| step.has_rule).map(|step| step.id.0).collect();
    let mut tasks = Vec::new();
    if !ids.is_empty() {
        let ids = [spi::bigint_array(&ids)];
        writer.session.write_returning(Statement::CreatedTasks, &ids, |row| tasks.push(row.i64(0)))?;
    }
    Ok(tasks)
}

fn ids_of(tasks: &[TaskId]) -> Vec<i64> {
    tasks.iter().map(|task| task.0).collect()
}
