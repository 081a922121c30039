//! Reads the filters of a claim.

use crate::core::error::TaskerError;
use crate::core::exclusion::Exclusion;
use crate::core::ids::TaskId;
use crate::pg::datum::export::{self, Call};
use crate::pg::execution::claims::requests::{ClaimSource, HintFilter};
use crate::pg::host::installation::RailsTable;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode};
use std::cell::RefCell;
use std::collections::HashSet;

/// The number of filters after which a session forgets which of them it has checked.
const REMEMBERED: usize = 256;

/// The tables that contain the names of filters.
const TABLES_OF_NAMES: &[RailsTable] = &[
    RailsTable::TaskNamespaces,
    RailsTable::NamedTasks,
    RailsTable::NamedSteps,
    RailsTable::DependentSystems,
];

thread_local! {
    /// The filters that this session has used, of each installation.
    static LOOKED_AT: RefCell<HashSet<(u32, Vec<Option<Vec<String>>>)>> = RefCell::default();
}

/// Reads the filters; the argument `first` is the task. `None` when they exclude everything.
///
/// # Errors
/// [`TaskerError::InvalidArgument`] for a task together with other filters, and for an exclusion that cannot be read.
pub fn source(call: &Call, first: usize, writer: &Writer) -> Result<Option<ClaimSource>, ErrorReport> {
    let [task, namespaces, task_names, version, step_names, systems, exclude] =
        std::array::from_fn(|at| first + at);
    if let Some(task) = call.bigint(task) {
        let others = [namespaces, task_names, version, step_names, systems, exclude];
        if others.iter().any(|at| call.datum(*at).is_some()) {
            return Err(TaskerError::invalid("task_id", "cannot be combined with other filters").into());
        }
        return Ok(Some(ClaimSource::Task(TaskId(task))));
    }
    let excluded = call.json(exclude)?.as_ref().map(Exclusion::parse).transpose()?.unwrap_or_default();
    let [namespaces, task_names, step_names, systems] =
        [namespaces, task_names, step_names, systems].map(|argument| call.texts(argument));
    let version = call.text(version);
    let of_tasks = [&namespaces, &task_names, &excluded.namespaces, &excluded.task_names];
    let of_steps = [&step_names, &systems, &excluded.step_names, &excluded.dependent_systems];
    let has_tasks = version.is_some() || of_tasks.iter().any(|names| names.is_some());
    let has_steps = of_steps.iter().any(|names| names.is_some());
    if !has_tasks && !has_steps {
        return Ok(Some(ClaimSource::Queue(HintFilter::All)));
    }
    let array = |names: &Option<Vec<String>>| names.as_deref().map(spi::text_array);
    let ids = |statement, arguments: &[Option<Datum>]| -> Result<Vec<i32>, TaskerError> {
        let mut ids = Vec::new();
        writer.session.write_optional(statement, arguments, |row| ids.push(row.i32(0)))?;
        Ok(ids)
    };
    let [in_namespaces, of_names, not_in_namespaces, not_of_names] = of_tasks.map(array);
    let [of_steps, of_systems, not_of_steps, not_of_systems] = of_steps.map(array);
    let version_name = version.as_deref().map(export::text);
    tell_of_unknown(
        writer,
        [in_namespaces, of_names, version_name, of_steps, of_systems],
        vec![
            namespaces.clone(),
            task_names.clone(),
            version.map(|version| vec![version]),
            step_names.clone(),
            systems.clone(),
        ],
    )?;
    let named_tasks = if has_tasks {
        let arguments = [in_namespaces, of_names, version_name, not_in_namespaces, not_of_names];
        Some(ids(Statement::NamedTasks, &arguments)?)
    } else {
        None
    };
    let named_steps = if has_steps {
        Some(ids(Statement::NamedSteps, &[of_steps, of_systems, not_of_steps, not_of_systems])?)
    } else {
        None
    };
    let filter = match (named_steps, named_tasks) {
        (None, None) => Some(HintFilter::All),
        (Some(steps), _) if steps.is_empty() => None,
        (_, Some(tasks)) if tasks.is_empty() => None,
        (None, Some(named_tasks)) => Some(HintFilter::Tasks { named_tasks }),
        (Some(named_steps), named_tasks) => {
            Some(HintFilter::Steps { named_steps, named_tasks: named_tasks.unwrap_or_default() })
        }
    };
    Ok(filter.map(ClaimSource::Queue))
}

/// Reports names that do not exist, once in a session for each filter: otherwise, a worker that waits for a misspelt
/// name would wait without end.
fn tell_of_unknown(
    writer: &Writer,
    arguments: [Option<Datum>; 5],
    filter: Vec<Option<Vec<String>>>,
) -> Result<(), TaskerError> {
    let key = (writer.installation.schema.to_u32(), filter);
    if LOOKED_AT.with_borrow(|known| known.contains(&key)) {
        return Ok(());
    }
    // A worker need not be able to read all tables of names.
    if !writer.installation.may_read(TABLES_OF_NAMES) {
        return Ok(());
    }
    let mut unknown = Vec::new();
    writer.reader().optional_as_caller(Statement::UnknownNames, &arguments, |row| {
        unknown.push(row.text(0, |kind| row.text(1, |name| format!("no {kind} is called \"{name}\""))));
        Ok(())
    })?;
    for message in unknown {
        ErrorReport::new(PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION, message, "tasker_core")
            .set_hint("Until it exists, this filter matches nothing by that name.")
            .report(PgLogLevel::NOTICE);
    }
    LOOKED_AT.with_borrow_mut(|known| {
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key);
    });
    Ok(())
}
