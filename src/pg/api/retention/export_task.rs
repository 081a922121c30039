//! `tasker_export_task`: a task as one document.

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::pg::api::question::explain_fork::shown_origin;
use crate::pg::api::values;
use crate::pg::datum::export::{Call, export};
use crate::pg::datum::memory::InMemory;
use crate::pg::host::clock;
use crate::pg::host::installation::RailsTable;
use crate::pg::reading::forks;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, Statement};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_export_task(bigint)`
    tasker_export_task, pg_finfo_tasker_export_task => export_task;
}

/// The tables that a document contains, without those of annotations, whose privileges the statement itself checks.
const TABLES: &[RailsTable] = &[
    RailsTable::Tasks,
    RailsTable::TaskTransitions,
    RailsTable::WorkflowSteps,
    RailsTable::StepEdges,
    RailsTable::StepTransitions,
    RailsTable::NamedSteps,
    RailsTable::NamedTasks,
    RailsTable::TaskNamespaces,
    RailsTable::DependentSystems,
];

fn export_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    // The document outlives the memory of the session.
    let memory = InMemory::current();
    loader::read(TABLES, |reader| {
        reader.require(RailsTable::TaskTransitions, task.0)?;
        // As in histories: the holder of a token can end its claim.
        let shows_tokens = reader.installation.may_write(RailsTable::WorkflowSteps);
        let (mut side, mut parent, mut subtasks) = (None, None, Vec::new());
        reader.session.read(Statement::SideDocument, &[spi::bigint(task.0)], |row| {
            side = row.value(0).map(spi::kept);
            parent = row.value(1);
            subtasks = row.i64_array(2, <[i64]>::to_vec);
            Ok(())
        })?;
        let later = later(reader, task)?;
        let arguments = [
            Some(spi::bigint(task.0)),
            Some(spi::timestamp(clock::statement_now())),
            side,
            shows_tokens.into_datum(),
            parent,
            Some(spi::bigint_array(&subtasks)),
            later,
        ];
        let mut document = None;
        reader.optional_as_caller(Statement::TaskDocument, &arguments, |row| {
            document = row.value(0).map(|value| memory.run(|| spi::kept(value)));
            Ok(())
        })?;
        document.ok_or_else(|| TaskerError::TaskNotFound(task).into())
    })
}

/// What the side tables of layout 2 know of a task: its limits of time, and its origin if the caller may see it.
fn later(reader: &Reader, task: TaskId) -> Result<Option<Datum>, TaskerError> {
    if !forks::has_table(reader.session) {
        return Ok(None);
    }
    let shows_origin = shown_origin(reader, task)?.is_some();
    let mut later = None;
    let arguments = [spi::bigint(task.0), shows_origin.into()];
    reader.session.read(Statement::LaterDocument, &arguments, |row| {
        later = row.value(0).map(spi::kept);
        Ok(())
    })?;
    Ok(later)
}
