//! Decides what row-level security and privileges show to the caller.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::steps::Steps;
use crate::core::time::Timestamp;
use crate::pg::host::actor::Actor;
use crate::pg::host::installation::RailsTable;
use crate::pg::reading::loader::{CLOSELY, Reader, VisibleRows};
use crate::pg::spi::{self, LookUp, Row, Statement};
use pgrx::pg_sys::Datum;
use std::collections::HashSet;

impl Reader<'_> {
    /// Returns the parents in other tasks that the caller may not see.
    pub fn hidden_parents(&self, steps: &Steps) -> Result<HashSet<StepId>, TaskerError> {
        let parents = (0..steps.all().len()).flat_map(|at| steps.parents(at));
        let mut outside: Vec<i64> =
            parents.filter(|parent| parent.index.is_none()).map(|parent| parent.id.0).collect();
        outside.sort_unstable();
        outside.dedup();
        if outside.is_empty() {
            return Ok(HashSet::new());
        }
        let visible = self.visible_among(Statement::VisibleAmongSteps, &outside)?;
        Ok(outside.into_iter().filter(|id| !visible.contains(id)).map(StepId).collect())
    }

    /// Reads the Rails tables as the caller, so that the caller's privileges and policies decide.
    pub fn as_caller(
        &self,
        statement: Statement,
        arguments: &[Datum],
        mut each: impl FnMut(&Row),
    ) -> Result<(), TaskerError> {
        let mut read = || {
            self.session.read(statement, arguments, |row| {
                each(row);
                Ok(())
            })
        };
        match self.actor {
            Actor::Caller => self.installation.as_caller(read),
            Actor::Owner => read(),
        }
    }

    /// Reads the Rails tables as the caller, with arguments that may be NULL.
    pub fn optional_as_caller(
        &self,
        statement: Statement,
        arguments: &[Option<Datum>],
        each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        self.installation.as_caller(|| self.session.read_optional(statement, arguments, each))
    }

    /// Returns whether some rows may be hidden from the caller.
    pub fn is_filtered(&self) -> bool {
        self.installation.row_security_applies()
    }

    /// Passes to `each` the rows with these keys that the caller may see.
    pub fn look_up_visible(
        &self,
        look_up: LookUp,
        keys: &[i64],
        each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        if !self.is_filtered() {
            return self.session.look_up(look_up, keys, each);
        }
        let keys = spi::bigint_array(keys);
        let statement = Statement::VisibleRows(look_up);
        self.installation.as_caller(|| self.session.read_in_parts(statement, &[keys], each))
    }

    /// Passes to `each` the rows whose key, a time, is later than `after`, and that the caller may see.
    pub fn look_up_visible_after(
        &self,
        look_up: LookUp,
        after: Timestamp,
        each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        if !self.is_filtered() {
            return self.session.look_up_after(look_up, after, each);
        }
        let statement = Statement::VisibleRowsAfter(look_up);
        self.installation.as_caller(|| self.session.read_in_parts(statement, &[spi::timestamp(after)], each))
    }

    /// Returns the steps among these, each with its task, that the caller may see, in their order. It checks the
    /// policies of tasks first: there are fewer tasks than steps, and a hidden task usually hides its steps.
    pub fn visible_steps(&self, steps: &[(i64, i64)]) -> Result<Vec<i64>, TaskerError> {
        let tasks = self.visible_tasks(steps.iter().map(|(_, task)| *task).collect())?;
        let of_tasks = steps.iter().filter(|(_, task)| tasks.contains(task));
        let of_tasks: Vec<i64> = of_tasks.map(|(step, _)| *step).collect();
        let mut shown = HashSet::new();
        if !of_tasks.is_empty() {
            let arguments = [spi::bigint_array(&of_tasks)];
            self.as_caller(Statement::VisibleAmongSteps, &arguments, |row| _ = shown.insert(row.i64(0)))?;
        }
        Ok(steps.iter().map(|(step, _)| *step).filter(|step| shown.contains(step)).collect())
    }

    /// Returns the steps among these, each with its task, that the caller may see with their names, so that a claim can
    /// return them.
    pub fn claimable_steps(&self, steps: &[(i64, i64)]) -> Result<Vec<i64>, TaskerError> {
        let mut visible = self.visible_steps(steps)?;
        if !visible.is_empty() {
            let (mut named, ids) = (HashSet::new(), [spi::bigint_array(&visible)]);
            self.as_caller(Statement::NamedForCaller, &ids, |row| _ = named.insert(row.i64(0)))?;
            visible.retain(|step| named.contains(step));
        }
        Ok(visible)
    }

    /// Returns the tasks among these that the caller may see, and perhaps others with ids between them.
    ///
    /// # Complexity
    /// One check of the policy for each task, and an index descent for each run of ids. Ids that are close to each
    /// other are read as a range, which costs a fifth of finding each of them.
    pub fn visible_tasks(&self, mut tasks: Vec<i64>) -> Result<HashSet<i64>, TaskerError> {
        let mut visible = HashSet::new();
        tasks.sort_unstable();
        let runs = tasks.chunk_by(|one, next| next.saturating_sub(*one) <= CLOSELY);
        let (first, last): (Vec<i64>, Vec<i64>) = runs.map(|run| (run[0], run[run.len() - 1])).unzip();
        if !first.is_empty() {
            let arguments = [spi::bigint_array(&first), spi::bigint_array(&last)];
            self.as_caller(Statement::VisibleTasksIn, &arguments, |row| _ = visible.insert(row.i64(0)))?;
        }
        Ok(visible)
    }

    /// Returns whether the caller may see a task, for `RailsTable::TaskTransitions`, or else a step.
    pub fn shows(&self, transitions: RailsTable, id: i64) -> Result<bool, TaskerError> {
        match transitions {
            RailsTable::TaskTransitions => {
                Ok(!self.visible_among(Statement::VisibleTasks, &[id])?.is_empty())
            }
            _ => Ok(!self.visible_among(Statement::VisibleAmongSteps, &[id])?.is_empty()),
        }
    }

    /// Refuses a task, for `RailsTable::TaskTransitions`, or else a step, that does not exist or is hidden from the
    /// caller.
    pub fn require(&self, transitions: RailsTable, id: i64) -> Result<(), TaskerError> {
        let (exists, not_found) = match transitions {
            RailsTable::TaskTransitions => {
                let mut exists = false;
                self.session.look_up(LookUp::RanksOfTasks, &[id], |_| {
                    exists = true;
                    Ok(())
                })?;
                (exists, TaskerError::TaskNotFound(TaskId(id)))
            }
            _ => (self.task_of_step(StepId(id))?.is_some(), TaskerError::StepNotFound(StepId(id))),
        };
        if exists && self.shows(transitions, id)? { Ok(()) } else { Err(not_found) }
    }

    /// Returns which of these steps or tasks the caller may see. Without row-level security it returns all ids, even
    /// those of rows that do not exist.
    pub fn visible_among(&self, statement: Statement, ids: &[i64]) -> Result<HashSet<i64>, TaskerError> {
        if !self.is_filtered() {
            return Ok(ids.iter().copied().collect());
        }
        let mut visible = HashSet::new();
        self.installation.as_caller(|| {
            self.session.read(statement, &[spi::bigint_array(ids)], |row| {
                visible.insert(row.i64(0));
                Ok(())
            })
        })?;
        Ok(visible)
    }

    /// Reads the visible rows as the caller, so that the policies of the Rails tables decide.
    pub(super) fn visible(&self, tasks: &[i64]) -> Result<VisibleRows, TaskerError> {
        self.installation.as_caller(|| {
            let ids = |statement| {
                let mut ids = HashSet::new();
                self.session.read(statement, &[spi::bigint_array(tasks)], |row| {
                    ids.insert(row.i64(0));
                    Ok(())
                })?;
                Ok(ids)
            };
            Ok(VisibleRows { steps: ids(Statement::VisibleSteps)?, tasks: ids(Statement::VisibleTasks)? })
        })
    }

    /// Replaces an error about a state that does not exist, if the caller may not see the step or task, by one that
    /// says that there is no such task.
    pub fn concealed(&self, error: TaskerError) -> TaskerError {
        let hides = |statement, id| {
            self.is_filtered() && self.visible_among(statement, &[id]).is_ok_and(|visible| visible.is_empty())
        };
        match &error {
            TaskerError::UnknownStepState { step, .. } if hides(Statement::VisibleAmongSteps, step.0) => {
                match self.task_of_step(*step) {
                    Ok(Some(task)) => TaskerError::TaskNotFound(task),
                    _ => error,
                }
            }
            TaskerError::UnknownTaskState { task, .. } if hides(Statement::VisibleTasks, task.0) => {
                TaskerError::TaskNotFound(*task)
            }
            _ => error,
        }
    }
}
