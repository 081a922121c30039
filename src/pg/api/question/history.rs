//! `tasker_step_history`, `tasker_task_history`: the states that a step or task has been in, and for how long.

use crate::core::event_types;
use crate::core::fork;
use crate::core::state::{StepState, TaskState};
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::installation::RailsTable;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, Row, Statement};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_step_history(bigint)`
    tasker_step_history, pg_finfo_tasker_step_history => step_history;
    /// `tasker_task_history(bigint)`
    tasker_task_history, pg_finfo_tasker_task_history => task_history;
}

fn step_history(call: &Call) -> Result<Datum, ErrorReport> {
    let step = values::step_argument(call)?;
    history(call, step.0, Statement::StepHistory, RailsTable::StepTransitions, |row, from, to| {
        if is_copied(row.value(8)) {
            return Some(COPIED);
        }
        step_event(StepMove { from, to, is_release: row.bool(9) })
    })
}

/// Masks a transition's metadata for the caller. The holder of a fencing token can end its claim, so only roles that
/// may write steps see it.
pub fn masking(reader: &Reader) -> impl Fn(Datum) -> Option<Datum> {
    let shows_token = reader.installation.may_write(RailsTable::WorkflowSteps);
    move |metadata| if shows_token { Some(metadata) } else { spi::without(metadata, "claim_token") }
}

/// What a fork shows instead of an event of a step that it has copied.
pub const COPIED: &str = "step.copied";

/// Returns whether a transition was copied from another task, by its metadata.
pub fn is_copied(metadata: Option<Datum>) -> bool {
    let metadata = metadata.and_then(spi::JsonObject::of);
    metadata.and_then(|it| it.text("triggered_by", |cause| cause == fork::CAUSE)).unwrap_or(false)
}

/// A transition of a step as it is stored.
pub struct StepMove<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub is_release: bool,
}

/// The engine's name for a transition of a step; `None` for a state that does not exist.
pub fn step_event(transition: StepMove<'_>) -> Option<&'static str> {
    let to = StepState::parse(transition.to)?;
    Some(event_types::of_step(StepState::parse(transition.from), to, transition.is_release))
}

/// The engine's name for a transition of a task; `None` for a state that does not exist.
pub fn task_event(from: &str, to: &str) -> Option<&'static str> {
    Some(TaskState::event(TaskState::parse(from), TaskState::parse(to)?))
}

fn task_history(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    history(call, task.0, Statement::TaskHistory, RailsTable::TaskTransitions, |_, from, to| {
        task_event(from, to)
    })
}

/// Reads the transitions as the caller, so that the caller's privileges and policies apply. A state that does not exist
/// is shown as it is stored, without an event.
fn history(
    call: &Call,
    id: i64,
    statement: Statement,
    table: RailsTable,
    event: impl Fn(&Row, &str, &str) -> Option<&'static str>,
) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    loader::read(&[table], |reader| {
        let masked = masking(reader);
        // The transitions of what is hidden are hidden too, though no policy of their own says so.
        reader.require(table, id)?;
        rows.fill(|push| {
            reader.as_caller(statement, &[spi::bigint(id)], |row| {
                let event = row.text(2, |from| row.text(3, |to| event(row, from, to)));
                push([
                    row.value(0),
                    row.value(1),
                    row.value(2),
                    row.value(3),
                    event.map(export::text),
                    row.value(4),
                    row.value(5),
                    row.value(6),
                    row.value(7),
                    row.value(8).and_then(&masked),
                ]);
            })
        })
    })?;
    rows.done()
}
