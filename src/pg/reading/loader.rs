//! Reads side rows into the core's types.

mod visibility;

use crate::core::error::TaskerError;
use crate::core::explain::{Holder, LockedBy};
use crate::core::ids::{NamedStepId, NamedTaskId, StepId, TaskId};
use crate::core::readiness::{Assessment, Gate, Semantics, assess};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, Steps, StepsBuilder, Task};
use crate::core::time::Timestamp;
use crate::pg::datum::export;
use crate::pg::host::actor::Actor;
use crate::pg::host::installation::{Installation, RailsTable};
use crate::pg::host::transactions::{self, OpenTransaction};
pub use crate::pg::reading::step_rows::{push, step, step_state, task_state};
use crate::pg::spi::{self, LookUp, Row, Session, Snapshot, Statement};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The number of parents above which a step's last parent is read first: it is usually the last to end.
const MANY_PARENTS: usize = 2;

/// The largest distance between ids that are read as a range.
const CLOSELY: i64 = 4;

/// Reads from the installation in the caller's search_path, if the caller may select from `tables`.
///
/// The side rows are read as their owner. `work` must copy what it passes to PostgreSQL before it returns, because the
/// memory of the SPI connection is freed then.
pub fn read<R>(
    tables: &[RailsTable],
    work: impl FnOnce(&Reader) -> Result<R, ErrorReport>,
) -> Result<R, ErrorReport> {
    let installation = Installation::in_search_path()?;
    installation.require_select(tables)?;
    installation.as_owner(|| {
        spi::connected(installation, Snapshot::Callers, |session| {
            work(&Reader { installation, session, actor: Actor::Caller })
        })
    })
}

/// A reader of the side rows, with an open session.
pub struct Reader<'a> {
    pub installation: Installation,
    pub session: &'a Session,
    /// The role that reads the Rails tables if the caller's privileges count.
    pub actor: Actor,
}

/// Tasks with all their steps, and which of them the caller may see.
pub struct Workflows {
    pub steps: Steps,
    /// The tasks, ordered by id.
    tasks: Vec<Task>,
    /// The rows that the caller may see; `None` unless row-level security applies.
    visible: Option<VisibleRows>,
}

struct VisibleRows {
    steps: HashSet<i64>,
    tasks: HashSet<i64>,
}

/// The treatment of a task with a state that does not exist.
#[derive(Clone, Copy, PartialEq, Eq)]
enum UnknownStates {
    Refused,
    LeftOut,
}

impl Workflows {
    /// Returns whether a step's task lets it start. Only drift can make the task missing; it then counts as open.
    pub fn gate(&self, step: &Step) -> Gate {
        self.position(step.task_id).map_or(Gate::Open, |place| gate(&self.tasks[place]))
    }

    /// Returns the assessment of each step by the corrected rule, in their order.
    pub fn assess(&self, now: Timestamp) -> Vec<Assessment> {
        assess(&self.steps, |step| self.gate(step), now, Semantics::Corrected)
    }

    /// Returns the steps that are ready, in the order in which they were read.
    pub fn ready_steps(&self, now: Timestamp) -> Vec<i64> {
        let assessments = self.assess(now);
        let ready = self.steps.all().iter().zip(&assessments).filter(|(_, step)| step.verdict.is_ready());
        ready.map(|(step, _)| step.id.0).collect()
    }

    /// Returns a task, if it exists and the caller may see it.
    pub fn task(&self, id: TaskId) -> Option<&Task> {
        self.position(id)
            .map(|place| &self.tasks[place])
            .filter(|task| self.visible.as_ref().is_none_or(|visible| visible.tasks.contains(&task.id.0)))
    }

    /// Returns whether the caller may see a step.
    pub fn shows(&self, step: &Step) -> bool {
        self.visible.as_ref().is_none_or(|visible| visible.steps.contains(&step.id.0))
    }

    /// Returns whether the caller may see everything that was read.
    pub fn shows_all(&self) -> bool {
        self.visible.is_none()
    }

    fn position(&self, id: TaskId) -> Option<usize> {
        self.tasks.binary_search_by_key(&id, |task| task.id).ok()
    }
}

/// Returns whether a task lets its steps start.
pub fn gate(task: &Task) -> Gate {
    if task.is_paused && !task.state.is_closed() { Gate::Paused } else { task.state.into() }
}

/// The names of steps, as values for a result.
pub struct Names(Vec<(NamedStepId, Datum)>);

impl Names {
    /// Returns the name for an id; `None` for a name that has been deleted.
    pub fn get(&self, id: NamedStepId) -> Option<Datum> {
        self.0.binary_search_by_key(&id, |(named, _)| *named).ok().map(|place| self.0[place].1)
    }
}

impl Reader<'_> {
    /// Reads these tasks and their steps; unknown tasks are left out.
    ///
    /// # Complexity
    /// One index scan for each task; O(steps + edges) of these tasks.
    pub fn workflows(&self, tasks: &[TaskId]) -> Result<Workflows, TaskerError> {
        self.workflows_where(tasks, |_| true, UnknownStates::Refused)
    }

    /// Reads tasks and their steps for questions about all tasks. Tasks in which a state does not exist are left out;
    /// the doctor reports them.
    pub fn readable_workflows(&self, tasks: &[TaskId]) -> Result<Workflows, TaskerError> {
        self.workflows_where(tasks, |_| true, UnknownStates::LeftOut)
    }

    /// Reads one whole task, even if the caller may not see all of it: for decisions about the task, not for answers.
    pub fn whole_task(&self, task: TaskId) -> Result<Workflows, TaskerError> {
        let tasks = self.tasks(&[task.0])?;
        Ok(Workflows { visible: None, steps: self.steps(&[task.0])?, tasks })
    }

    /// Reads single steps with the states of their parents, and their tasks, even if the caller may not see them.
    pub fn single_steps(&self, steps: &[i64]) -> Result<Workflows, TaskerError> {
        let mut builder = StepsBuilder::default();
        self.session.look_up(LookUp::Steps, steps, |row| push(&mut builder, row))?;
        self.linked(builder)
    }

    /// Reads single steps only to decide which of them are ready. Once one unfinished parent of a step is known, its
    /// other parents are not read.
    pub fn candidates(&self, steps: &[i64]) -> Result<Workflows, TaskerError> {
        let mut builder = StepsBuilder::default();
        self.session.look_up(LookUp::Steps, steps, |row| push(&mut builder, row))?;
        self.linked_candidates(builder)
    }

    /// Completes steps that have been read with their parents and tasks.
    pub fn linked(&self, builder: StepsBuilder) -> Result<Workflows, TaskerError> {
        let steps = self.resolved(builder)?;
        self.with_tasks(steps)
    }

    /// Completes steps that have been read with the rows that decide whether they are ready.
    pub fn linked_candidates(&self, builder: StepsBuilder) -> Result<Workflows, TaskerError> {
        let linked = builder.link();
        let (rules, gathering) = self.gathering(&linked.ruled_with_many_parents(MANY_PARENTS))?;
        let mut states = self.states(&linked.last_of_many_parents(MANY_PARENTS, &gathering))?;
        let unfinished = states.iter().filter(|(_, (state, _))| !state.satisfies_children());
        let unfinished: HashSet<StepId> = unfinished.map(|(parent, _)| *parent).collect();
        states.extend(self.states(&linked.deciding_parents(MANY_PARENTS, &gathering, &unfinished))?);
        let steps = self.with_rules(linked.resolve(&states), rules)?;
        self.with_tasks(steps)
    }

    fn with_tasks(&self, steps: Steps) -> Result<Workflows, TaskerError> {
        let mut tasks: Vec<i64> = steps.by_task().map(|(task, _)| task.0).collect();
        tasks.dedup();
        Ok(Workflows { visible: None, steps, tasks: self.tasks(&tasks)? })
    }

    /// Reads tasks and their steps, without the steps of tasks in which none can be ready.
    pub fn open_workflows(&self, tasks: &[TaskId]) -> Result<Workflows, TaskerError> {
        self.workflows_where(tasks, |state| !state.is_closed(), UnknownStates::Refused)
    }

    fn workflows_where(
        &self,
        tasks: &[TaskId],
        has_steps_of_interest: impl Fn(TaskState) -> bool,
        unreadable: UnknownStates,
    ) -> Result<Workflows, TaskerError> {
        let mut ids: Vec<i64> = tasks.iter().map(|task| task.0).collect();
        let visible = if self.installation.row_security_applies() { Some(self.visible(&ids)?) } else { None };
        let (tasks, mut steps) = loop {
            let left_out = match self.tasks_and_steps(&ids, &has_steps_of_interest) {
                Ok(read) => break read,
                // One that is hidden, and cannot be read: the others are answered.
                Err(TaskerError::TaskNotFound(task)) if visible.is_some() => task,
                Err(error) if unreadable == UnknownStates::Refused => return Err(error),
                Err(error) => self.unreadable_task(error)?,
            };
            if !ids.contains(&left_out.0) {
                return Err(TaskerError::TaskNotFound(left_out));
            }
            ids.retain(|id| *id != left_out.0);
        };
        if visible.is_some() {
            let outside = self.hidden_parents(&steps)?;
            steps = steps.without_hidden_parents(|parent| outside.contains(&parent.id));
        }
        Ok(Workflows { visible, steps, tasks })
    }

    /// Returns the task that cannot be read because a state in it does not exist. It passes every other error on.
    fn unreadable_task(&self, error: TaskerError) -> Result<TaskId, TaskerError> {
        match error {
            TaskerError::UnknownTaskState { task, .. } => Ok(task),
            TaskerError::UnknownStepState { step, .. } => self.task_of_step(step)?.ok_or(error),
            _ => Err(error),
        }
    }

    /// Reads the steps that are readable, with the states of their parents, and their tasks, even if the caller may not
    /// see them.
    pub fn readable_steps(&self, steps: &[i64]) -> Result<Workflows, TaskerError> {
        let mut steps = steps.to_vec();
        loop {
            let error = match self.single_steps(&steps) {
                Ok(read) => return Ok(read),
                Err(error) => error,
            };
            let (message, task) = (error.clone(), self.unreadable_task(error)?);
            let before = steps.len();
            let mut left = Vec::with_capacity(before);
            for step in steps {
                if self.task_of_step(StepId(step))? != Some(task) {
                    left.push(step);
                }
            }
            if left.len() == before {
                return Err(message);
            }
            steps = left;
        }
    }

    fn tasks_and_steps(
        &self,
        ids: &[i64],
        has_steps_of_interest: impl Fn(TaskState) -> bool,
    ) -> Result<(Vec<Task>, Steps), TaskerError> {
        let tasks = self.tasks(ids)?;
        // A task that has no side row, which only drift can bring about, keeps its steps.
        let is_of_interest = |id: &i64| {
            let place = tasks.binary_search_by_key(&TaskId(*id), |task| task.id);
            place.map_or(true, |at| has_steps_of_interest(tasks[at].state))
        };
        let ids: Vec<i64> = ids.iter().copied().filter(is_of_interest).collect();
        let steps = self.steps(&ids)?;
        Ok((tasks, steps))
    }

    /// Returns the task of a step, if the step exists.
    pub fn task_of_step(&self, step: StepId) -> Result<Option<TaskId>, TaskerError> {
        let mut found = None;
        self.session.look_up(LookUp::TasksOfSteps, &[step.0], |row| {
            found = Some(TaskId(row.i64(0)));
            Ok(())
        })?;
        Ok(found)
    }

    /// Returns the steps among these that exist, in the order of their ids.
    pub fn existing(&self, steps: &[i64]) -> Result<BTreeSet<i64>, TaskerError> {
        let steps: Vec<StepId> = steps.iter().copied().map(StepId).collect();
        Ok(self.states(&steps)?.into_keys().map(|step| step.0).collect())
    }

    /// Looks up the names for these ids.
    pub fn names(&self, ids: impl Iterator<Item = NamedStepId>) -> Result<Names, TaskerError> {
        let mut names = Vec::new();
        self.each_name(ids, |id, name| names.push((id, export::text(name))))?;
        names.sort_unstable_by_key(|(id, _)| *id);
        Ok(Names(names))
    }

    /// Passes each of these ids to the caller, once, with its name.
    pub fn each_name(
        &self,
        ids: impl Iterator<Item = NamedStepId>,
        mut each: impl FnMut(NamedStepId, &str),
    ) -> Result<(), TaskerError> {
        let ids: Vec<i64> = ids.map(|id| id.0.into()).collect();
        self.session.look_up(LookUp::NamesOfSteps, &ids, |row| {
            row.text(1, |name| each(NamedStepId(row.i32(0)), name));
            Ok(())
        })
    }

    /// Returns one of these steps that another session's open transaction, or a prepared one, has changed or locked,
    /// and that transaction. The caller must be able to see the step. Only roles that may read other sessions' activity
    /// learn since when the transaction is open.
    pub fn held_by(&self, steps: &[StepId]) -> Result<Option<(StepId, LockedBy)>, TaskerError> {
        let ids: Vec<i64> = steps.iter().map(|step| step.0).collect();
        let mut holder = None;
        self.as_caller(Statement::LastWriters, &[spi::bigint_array(&ids)], |row| {
            if holder.is_none() {
                holder = row.value(1).and_then(transactions::open).map(|open| (StepId(row.i64(0)), open));
            }
        })?;
        let Some((step, OpenTransaction { number, process })) = holder else { return Ok(None) };
        let mut locked_by = None;
        if let Some(pid) = process {
            let mut since = None;
            self.as_caller(Statement::OpenSince, &[pid.into()], |row| since = row.optional_timestamp(0))?;
            locked_by = Some(LockedBy { by: Holder::Session { pid }, since });
        } else {
            // Without a row: it has ended since.
            self.as_caller(Statement::PreparedTransaction, &[number.into()], |row| {
                let prepared_transaction = row.text(0, str::to_owned);
                let since = row.optional_timestamp(1);
                locked_by = Some(LockedBy { by: Holder::Prepared { prepared_transaction }, since });
            })?;
        }
        Ok(locked_by.map(|locked_by| (step, locked_by)))
    }

    /// Computes figures of everything that the caller may see: with `all` from the side rows, or, if row-level security
    /// applies to the caller, as the caller and with `visible` from the Rails tables.
    pub fn figures(
        &self,
        all: Statement,
        visible: Statement,
        arguments: &[Option<Datum>],
        each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        if self.is_filtered() {
            self.installation.as_caller(|| self.session.read_optional(visible, arguments, each))
        } else {
            self.session.read_optional(all, arguments, each)
        }
    }

    fn steps(&self, tasks: &[i64]) -> Result<Steps, TaskerError> {
        let mut builder = StepsBuilder::default();
        let read = self.session.look_up(LookUp::StepsOfTasks, tasks, |row| push(&mut builder, row));
        read.map_err(|error| self.concealed(error))?;
        self.resolved(builder)
    }

    fn resolved(&self, builder: StepsBuilder) -> Result<Steps, TaskerError> {
        let linked = builder.link();
        let outside = self.states(&linked.outside_parents())?;
        self.with_rules(linked.resolve(&outside), HashMap::new())
    }

    fn states(
        &self,
        steps: &[StepId],
    ) -> Result<HashMap<StepId, (StepState, Option<Timestamp>)>, TaskerError> {
        let mut states = HashMap::with_capacity(steps.len());
        let ids: Vec<i64> = steps.iter().map(|step| step.0).collect();
        self.session.look_up(LookUp::StatesOfSteps, &ids, |row| {
            let id = StepId(row.i64(0));
            states.insert(id, (step_state(row, 1, id)?, row.optional_timestamp(2)));
            Ok(())
        })?;
        Ok(states)
    }

    /// Reads tasks by their ids, in the order of the ids; unknown ones are left out.
    pub fn tasks(&self, ids: &[i64]) -> Result<Vec<Task>, TaskerError> {
        let mut tasks = Vec::with_capacity(ids.len());
        let read = self.session.look_up(LookUp::Tasks, ids, |row| {
            let id = TaskId(row.i64(0));
            tasks.push(Task {
                id,
                named_task_id: NamedTaskId(row.i32(1)),
                priority: row.i32(2),
                state: task_state(row, 3, id)?,
                is_paused: row.value(4).is_some(),
            });
            Ok(())
        });
        read.map_err(|error| self.concealed(error))?;
        tasks.sort_unstable_by_key(|task| task.id);
        Ok(tasks)
    }
}
