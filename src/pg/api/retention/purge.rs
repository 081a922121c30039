//! `tasker_purge`: deletes many ended tasks.

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::retention::{self, EndedTask};
use crate::core::state::TaskState;
use crate::core::time::{Duration, Timestamp};
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, Rows, export};
use crate::pg::host::clock;
use crate::pg::host::installation::{Installation, RailsTable, TASK_AND_STEP_TABLES};
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, Statement};
use crate::pg::writing::deletion::Deletion;
use crate::pg::writing::writer::write;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Datum};
use pgrx::{IntoDatum, PgSqlErrorCode};

export! {
    /// `tasker_purge(…)`
    tasker_purge, pg_finfo_tasker_purge => purge;
}

/// The number of tasks that are read together.
const PAGE: i32 = 1_000;
/// The positions of arguments.
const NAMESPACE: usize = 2;
const PARENT: usize = 10;
const AFTER: usize = 11;
const DRY_RUN: usize = 12;
const MAX_ROWS: usize = 13;

/// The tasks that a call asks for.
struct Wanted {
    states: Vec<String>,
    before: Timestamp,
    /// From the namespace to the subtasks.
    filters: Vec<Option<Datum>>,
}

/// A task to delete, with what the answer shows of it.
struct Candidate {
    task: EndedTask,
    texts: [String; 3],
    steps: i64,
}

fn purge(call: &Call) -> Result<Datum, ErrorReport> {
    let older_than = call.interval(0).ok_or(TaskerError::NullArgument("older_than"))?;
    if older_than.to_microseconds() < 0 {
        return Err(TaskerError::invalid("older_than", "must not be negative").into());
    }
    let states = retention::states(call.texts(1).as_deref())?;
    let is_dry_run = call.boolean(DRY_RUN).ok_or(TaskerError::NullArgument("dry_run"))?;
    let max_rows = values::max_rows(call.integer(MAX_ROWS))?;
    let (states, after) = (states.iter().map(ToString::to_string).collect(), call.bigint(AFTER));
    let filters = (NAMESPACE..=PARENT).map(|at| call.datum(at)).collect();
    let wanted = |now: Timestamp| {
        let age = Duration::microseconds(-older_than.to_microseconds());
        Wanted { states, before: now.plus(age), filters }
    };
    let mut rows = call.rows()?;
    // A dry run neither locks nor writes, so that it needs no right to.
    if is_dry_run {
        loader::read(TASK_AND_STEP_TABLES, |reader| {
            let wanted = wanted(clock::statement_now()).of_parent(call.bigint(PARENT), reader)?;
            wanted.each_page(reader, after, max_rows, |page| {
                let tasks: Vec<EndedTask> = page.iter().map(|candidate| candidate.task).collect();
                let obstacles = reader.obstacles(&tasks)?;
                answer(&mut rows, page, false, |task| obstacles.get(&task).map(ToString::to_string))
            })
        })?;
    } else {
        write(|writer| {
            writer.installation.require_select(TASK_AND_STEP_TABLES)?;
            writer.installation.require_write(&[RailsTable::Tasks, RailsTable::WorkflowSteps])?;
            require_delete(&writer.installation)?;
            let reader = writer.reader();
            let wanted = wanted(writer.now).of_parent(call.bigint(PARENT), &reader)?;
            wanted.each_page(&reader, after, max_rows, |page| {
                let tasks: Vec<EndedTask> = page.iter().map(|candidate| candidate.task).collect();
                let refusals = Deletion::of(writer).delete(&tasks)?;
                answer(&mut rows, page, true, |task| refusals.get(&task).map(|it| it.message.clone()))
            })
        })?;
    }
    rows.done()
}

/// Refuses a caller who may not delete, even if there is nothing to delete.
fn require_delete(installation: &Installation) -> Result<(), ErrorReport> {
    let tables = [
        RailsTable::Tasks,
        RailsTable::TaskTransitions,
        RailsTable::WorkflowSteps,
        RailsTable::StepEdges,
        RailsTable::StepTransitions,
    ];
    match installation.lacking(&tables, pg_sys::ACL_DELETE) {
        None => Ok(()),
        Some(table) => Err(ErrorReport::new(
            PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
            format!("permission denied for table {table}"),
            "tasker_core",
        )),
    }
}

impl Wanted {
    /// Limits the tasks to the subtasks of a task.
    fn of_parent(mut self, parent: Option<i64>, reader: &Reader) -> Result<Self, ErrorReport> {
        if let (Some(parent), Some(filter)) = (parent, self.filters.last_mut()) {
            let mut children = Vec::new();
            reader.session.read(Statement::ChildrenOfTask, &[spi::bigint(parent)], |row| {
                children.push(row.i64(0));
                Ok(())
            })?;
            *filter = Some(spi::bigint_array(&children));
        }
        Ok(self)
    }

    /// Passes the tasks that the caller may see to `each`, in the order of their ids.
    fn each_page(
        &self,
        reader: &Reader,
        mut after: Option<i64>,
        max_rows: i32,
        mut each: impl FnMut(&[Candidate]) -> Result<(), ErrorReport>,
    ) -> Result<(), ErrorReport> {
        let mut left = max_rows;
        while left > 0 {
            let size = left.min(PAGE);
            let page = self.page(reader, after, size)?;
            each(&page)?;
            left -= size;
            after = match page.last() {
                Some(last) if page.len() == size as usize => Some(last.task.id.0),
                _ => break,
            };
        }
        Ok(())
    }

    fn page(&self, reader: &Reader, after: Option<i64>, size: i32) -> Result<Vec<Candidate>, TaskerError> {
        let mut arguments = vec![Some(spi::text_array(&self.states)), Some(spi::timestamp(self.before))];
        arguments.extend_from_slice(&self.filters);
        arguments.extend([after.into_datum(), size.into_datum()]);
        let mut page = Vec::new();
        reader.optional_as_caller(Statement::EndedTasks, &arguments, |row| {
            // A row without them cannot match.
            if let (Some(state), Some(since)) = (row.text(4, TaskState::parse), row.optional_timestamp(5)) {
                let task = EndedTask { id: TaskId(row.i64(0)), state, since };
                let texts = [1, 2, 3].map(|column| row.text(column, str::to_owned));
                page.push(Candidate { task, texts, steps: row.i64(6) });
            }
            Ok(())
        })?;
        Ok(page)
    }
}

fn answer(
    rows: &mut Rows,
    page: &[Candidate],
    is_done: bool,
    refusal: impl Fn(TaskId) -> Option<String>,
) -> Result<(), ErrorReport> {
    for Candidate { task, texts, steps } in page {
        let refusal = refusal(task.id);
        let [namespace, task_name, version] = texts.each_ref().map(|text| Some(export::text(text)));
        rows.push([
            task.id.0.into_datum(),
            namespace,
            task_name,
            version,
            Some(export::text(task.state.as_str())),
            values::timestamp(Some(task.since)),
            steps.into_datum(),
            (is_done && refusal.is_none()).into_datum(),
            refusal.as_deref().map(export::text),
        ])?;
    }
    Ok(())
}
