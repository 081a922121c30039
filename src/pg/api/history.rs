//! `tasker_step_history`, `tasker_task_history`: which states something has been in, and for how long.

use crate::core::state::{StepState, TaskState};
use crate::pg::export::{self, Call, export};
use crate::pg::installation::Table;
use crate::pg::loader;
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
    history(call, Statement::StepHistory, Table::StepTransitions, |row, from, to| {
        let to = StepState::parse(to)?;
        let is_release = row.bool(9);
        Some(if is_release {
            StepState::event_of_release(to)
        } else {
            StepState::event(StepState::parse(from), to)
        })
    })
}

fn task_history(call: &Call) -> Result<Datum, ErrorReport> {
    history(call, Statement::TaskHistory, Table::TaskTransitions, |_, from, to| {
        Some(TaskState::event(TaskState::parse(from), TaskState::parse(to)?))
    })
}

/// Reads the transitions as the caller, so that his privileges and policies decide. A state that does not exist is
/// shown as it is stored, without an event.
fn history(
    call: &Call,
    statement: Statement,
    table: Table,
    event: impl Fn(&Row, &str, &str) -> Option<&'static str>,
) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    let Some(id) = call.bigint(0) else { return rows.done() };
    loader::read(&[table], |reader| {
        // Whoever holds the token of a claim may end it: it is for those who may write steps.
        let shows_token = reader.installation.may_write(Table::WorkflowSteps);
        let masked = |metadata: Datum| {
            if shows_token { Some(metadata) } else { spi::without(metadata, "claim_token") }
        };
        // The transitions of what is hidden are hidden too, though no policy of their own says so.
        if !reader.shows(table, id)? {
            return Ok(());
        }
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
                    row.value(8).and_then(masked),
                ]);
            })
        })
    })?;
    rows.done()
}
