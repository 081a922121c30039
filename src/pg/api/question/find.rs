//! `tasker_find_tasks`, `tasker_parent_task`, `tasker_step_siblings`, `tasker_latest_versions`,
//! `tasker_step_completion_stats`: the engine's scopes (semantics 8), for any client.

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::version::Version;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::installation::RailsTable;
use crate::pg::reading::loader;
use crate::pg::reading::task_search::StoredTaskSearch;
use crate::pg::spi::{self, Statement};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_find_tasks(…)`
    tasker_find_tasks, pg_finfo_tasker_find_tasks => find_tasks;
    /// `tasker_parent_task(bigint)`
    tasker_parent_task, pg_finfo_tasker_parent_task => parent_task;
    /// `tasker_step_siblings(bigint)`
    tasker_step_siblings, pg_finfo_tasker_step_siblings => step_siblings;
    /// `tasker_latest_versions(text, text)`
    tasker_latest_versions, pg_finfo_tasker_latest_versions => latest_versions;
    /// `tasker_step_completion_stats(bigint)`
    tasker_step_completion_stats, pg_finfo_tasker_step_completion_stats => step_completion_stats;
}

/// The positions of arguments of `tasker_find_tasks`. A `timestamptz` is stored as the same instant in naive UTC, so times are passed on
/// as they are.
const STATES_OF_TASKS: usize = 1;
const PARENT_OF_TASKS: usize = 14;
const AFTER_TASK: usize = 15;
const MAX_ROWS_OF_TASKS: usize = 16;

fn find_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    let max_rows = values::max_rows(call.integer(MAX_ROWS_OF_TASKS))?;
    let search = StoredTaskSearch {
        filters: std::array::from_fn(|at| call.datum(at)),
        states: call.texts(STATES_OF_TASKS),
        ids: call.bigint(PARENT_OF_TASKS).map(|parent| children(TaskId(parent))).transpose()?,
        after: call.bigint(AFTER_TASK),
        max_rows,
        page: max_rows,
    };
    let mut rows = call.rows()?;
    loader::read(&[RailsTable::Tasks, RailsTable::TaskTransitions], |reader| {
        rows.fill::<13>(|push| {
            reader.find_tasks(&search, |row| {
                push(std::array::from_fn(|at| row.value(at)));
                true
            })
        })
    })?;
    rows.done()
}

/// Row-level security has yet to say which of them the caller may see.
fn children(parent: TaskId) -> Result<Vec<i64>, ErrorReport> {
    loader::read(&[RailsTable::Tasks], |reader| {
        let mut children = Vec::new();
        reader.session.read(Statement::ChildrenOfTask, &[spi::bigint(parent.0)], |row| {
            children.push(row.i64(0));
            Ok(())
        })?;
        Ok(children)
    })
}

fn parent_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let parent = loader::read(&[RailsTable::Tasks], |reader| {
        let mut related = vec![task.0];
        reader.session.read(Statement::ParentOfTask, &[spi::bigint(task.0)], |row| {
            related.push(row.i64(0));
            Ok(())
        })?;
        let mut visible = Vec::new();
        reader.as_caller(Statement::VisibleTasks, &[spi::bigint_array(&related)], |row| {
            visible.push(row.i64(0));
        })?;
        if !visible.contains(&task.0) {
            return Err(TaskerError::TaskNotFound(task).into());
        }
        Ok(visible.into_iter().find(|id| *id != task.0))
    })?;
    Ok(parent.map_or_else(|| call.null(), spi::bigint))
}

fn step_siblings(call: &Call) -> Result<Datum, ErrorReport> {
    let tables = [
        RailsTable::WorkflowSteps,
        RailsTable::StepEdges,
        RailsTable::StepTransitions,
        RailsTable::NamedSteps,
    ];
    let step = values::step_argument(call)?;
    let mut rows = call.rows()?;
    loader::read(&tables, |reader| {
        reader.require(RailsTable::StepTransitions, step.0)?;
        let statement =
            if reader.is_filtered() { Statement::VisibleSiblings } else { Statement::StepSiblings };
        rows.fill::<6>(|push| {
            reader.optional_as_caller(statement, &[Some(spi::bigint(step.0))], |row| {
                push(std::array::from_fn(|at| row.value(at)));
                Ok::<(), TaskerError>(())
            })
        })
    })?;
    rows.done()
}

fn step_completion_stats(call: &Call) -> Result<Datum, ErrorReport> {
    let tables = [RailsTable::Tasks, RailsTable::WorkflowSteps, RailsTable::StepTransitions];
    let task = values::task_argument(call)?;
    loader::read(&tables, |reader| Ok(reader.require(RailsTable::TaskTransitions, task.0)?))?;
    as_caller::<8>(call, Statement::CompletionStats, &tables, &[Some(spi::bigint(task.0))])
}

fn latest_versions(call: &Call) -> Result<Datum, ErrorReport> {
    let mut found: Vec<([String; 2], Version, String, i32)> = Vec::new();
    loader::read(&[], |reader| {
        let arguments = [call.datum(0), call.datum(1)];
        reader.optional_as_caller(Statement::TaskVersions, &arguments, |row| {
            let [namespace, name, version] = [1, 2, 3].map(|column| row.text(column, str::to_owned));
            found.push(([namespace, name], Version::parse(&version), version, row.i32(0)));
            Ok(())
        })?;
        Ok(())
    })?;
    found.sort_unstable();
    let mut rows = call.rows()?;
    for templates in found.chunk_by(|(one, ..), (other, ..)| one == other) {
        if let Some(([namespace, name], _, version, id)) = templates.last() {
            let [namespace, name, version] = [namespace, name, version].map(|text| Some(export::text(text)));
            rows.push([id.into_datum(), namespace, name, version])?;
        }
    }
    rows.done()
}

/// Returns the rows of a statement that runs as the caller, so that the caller's privileges and policies apply.
pub fn as_caller<const COLUMNS: usize>(
    call: &Call,
    statement: Statement,
    tables: &[RailsTable],
    arguments: &[Option<Datum>],
) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    loader::read(tables, |reader| {
        rows.fill::<COLUMNS>(|push| {
            reader.optional_as_caller(statement, arguments, |row| {
                push(std::array::from_fn(|at| row.value(at)));
                Ok::<(), TaskerError>(())
            })
        })
    })?;
    rows.done()
}
