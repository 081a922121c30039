//! Reads side rows into the core's types.

use super::installation::Installation;
use super::spi::{self, Row, Session, Statement};
use crate::core::error::TaskerError;
use crate::core::ids::{NamedStepId, NamedTaskId, StepId, TaskId};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, Steps, StepsBuilder, Task};
use crate::core::time::Timestamp;
use std::collections::{HashMap, HashSet};

/// Tasks with all their steps, and which of them the caller may see.
pub struct Workflows {
    pub steps: Steps,
    /// Ordered by id.
    tasks: Vec<Task>,
    /// `None` unless row-level security applies.
    visible: Option<Visible>,
}

struct Visible {
    steps: HashSet<i64>,
    tasks: HashSet<i64>,
}

impl Workflows {
    /// The task that a step belongs to. Drift aside it is always there; a task unknown to us is open.
    pub fn task_state(&self, step: &Step) -> TaskState {
        self.task(step.task_id).map_or(TaskState::Pending, |task| task.state)
    }

    /// A task, if it exists and the caller may see it.
    pub fn task(&self, id: TaskId) -> Option<&Task> {
        let place = self.tasks.binary_search_by_key(&id, |task| task.id).ok()?;
        self.visible.as_ref().is_none_or(|visible| visible.tasks.contains(&id.0)).then(|| &self.tasks[place])
    }

    /// The tasks that the caller may see, ordered by id.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks
            .iter()
            .filter(|task| self.visible.as_ref().is_none_or(|seen| seen.tasks.contains(&task.id.0)))
    }

    /// Whether the caller may see a step.
    pub fn shows(&self, step: &Step) -> bool {
        self.visible.as_ref().is_none_or(|visible| visible.steps.contains(&step.id.0))
    }

    /// Whether the caller may see everything that was read.
    pub fn shows_all(&self) -> bool {
        self.visible.is_none()
    }
}

/// Reads these tasks and their steps; unknown tasks are passed over. The caller's privileges must have been
/// checked.
///
/// # Complexity
/// One index scan for each task; O(steps + edges) of these tasks.
pub fn load(installation: Installation, tasks: &[TaskId]) -> Result<Workflows, TaskerError> {
    let ids: Vec<i64> = tasks.iter().map(|task| task.0).collect();
    let visible = installation.row_security_applies().then(|| visible(installation, &ids));
    installation.as_owner(|| {
        spi::connected(installation, |session| {
            Ok(Workflows { steps: steps(session, &ids)?, tasks: read_tasks(session, &ids)?, visible })
        })
    })
}

/// The task of a step that may exist.
pub fn task_of_step(installation: Installation, step: StepId) -> Option<TaskId> {
    installation.as_owner(|| {
        spi::connected(installation, |session| {
            let mut found = None;
            let Ok(()) = session.read(Statement::TaskOfStep, &[spi::bigint(step.0)], |row| {
                found = Some(TaskId(row.i64(0)));
                Ok::<(), std::convert::Infallible>(())
            });
            found
        })
    })
}

/// The names behind these ids, each looked up once.
pub fn names(
    installation: Installation,
    ids: impl Iterator<Item = NamedStepId>,
) -> HashMap<NamedStepId, String> {
    let distinct: HashSet<i32> = ids.map(|id| id.0).collect();
    let mut names = HashMap::with_capacity(distinct.len());
    if distinct.is_empty() {
        return names;
    }
    let distinct: Vec<i32> = distinct.into_iter().collect();
    installation.as_owner(|| {
        spi::connected(installation, |session| {
            let Ok(()) = session.read(Statement::NamesOfSteps, &[spi::integer_array(&distinct)], |row| {
                names.insert(NamedStepId(row.i32(0)), row.text(1, str::to_owned));
                Ok::<(), std::convert::Infallible>(())
            });
        });
    });
    names
}

/// Runs as the caller, so that the policies of the Rails tables decide.
fn visible(installation: Installation, tasks: &[i64]) -> Visible {
    spi::connected(installation, |session| {
        let ids = |statement| {
            let mut ids = HashSet::new();
            let Ok(()) = session.read(statement, &[spi::bigint_array(tasks)], |row| {
                ids.insert(row.i64(0));
                Ok::<(), std::convert::Infallible>(())
            });
            ids
        };
        Visible { steps: ids(Statement::VisibleSteps), tasks: ids(Statement::VisibleTasks) }
    })
}

fn steps(session: &Session, tasks: &[i64]) -> Result<Steps, TaskerError> {
    let mut builder = StepsBuilder::default();
    let each = |row: &Row| {
        let step = step(row)?;
        row.i64_array(14, |parents| builder.push(step, parents.iter().copied().map(StepId)));
        Ok(())
    };
    match tasks {
        [task] => session.read(Statement::StepsOfTask, &[spi::bigint(*task)], each)?,
        _ => session.read(Statement::StepsOfTasks, &[spi::bigint_array(tasks)], each)?,
    }
    let outside = states(session, &builder.outside_parents())?;
    Ok(builder.resolve(&outside))
}

/// The columns of `read/steps_of_task.sql`, all but the parents.
fn step(row: &Row) -> Result<Step, TaskerError> {
    let id = StepId(row.i64(0));
    Ok(Step {
        id,
        task_id: TaskId(row.i64(1)),
        created_at: row.optional_timestamp(2).unwrap_or(Timestamp::MINUS_INFINITY),
        state_since: row.optional_timestamp(3),
        last_attempted_at: row.optional_timestamp(4),
        named_step_id: NamedStepId(row.i32(5)),
        attempts: row.optional_i32(6),
        retry_limit: row.optional_i32(7),
        backoff_request_seconds: row.optional_i32(8),
        retryable: row.bool(9),
        in_process: row.bool(10),
        processed: row.bool(11),
        skippable: row.bool(12),
        state: step_state(row, 13, id)?,
    })
}

fn step_state(row: &Row, column: usize, step: StepId) -> Result<StepState, TaskerError> {
    row.text(column, |text| {
        StepState::parse(text).ok_or_else(|| TaskerError::UnknownStepState { step, state: text.to_owned() })
    })
}

fn states(
    session: &Session,
    steps: &[StepId],
) -> Result<HashMap<StepId, (StepState, Option<Timestamp>)>, TaskerError> {
    let mut states = HashMap::with_capacity(steps.len());
    if !steps.is_empty() {
        let ids: Vec<i64> = steps.iter().map(|step| step.0).collect();
        session.read(Statement::StatesOfSteps, &[spi::bigint_array(&ids)], |row| {
            let id = StepId(row.i64(0));
            states.insert(id, (step_state(row, 1, id)?, row.optional_timestamp(2)));
            Ok(())
        })?;
    }
    Ok(states)
}

fn read_tasks(session: &Session, ids: &[i64]) -> Result<Vec<Task>, TaskerError> {
    let mut tasks = Vec::with_capacity(ids.len());
    session.read(Statement::Tasks, &[spi::bigint_array(ids)], |row| {
        let id = TaskId(row.i64(0));
        let state = row.text(3, |text| {
            TaskState::parse(text)
                .ok_or_else(|| TaskerError::UnknownTaskState { task: id, state: text.to_owned() })
        })?;
        tasks.push(Task { id, named_task_id: NamedTaskId(row.i32(1)), priority: row.i32(2), state });
        Ok(())
    })?;
    tasks.sort_unstable_by_key(|task| task.id);
    Ok(tasks)
}
