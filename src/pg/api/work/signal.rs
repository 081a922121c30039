//! `tasker_signal`: sends a signal to a task.

use crate::core::error::TaskerError;
use crate::pg::api::values;
use crate::pg::datum::export::{Call, export};
use crate::pg::execution::rules::signals::Signals;
use crate::pg::host::installation::{RailsTable, TASK_AND_STEP_TABLES};
use crate::pg::spi;
use crate::pg::writing::writer::write;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

/// The longest name of a signal, as in the rules of steps.
const LONGEST_NAME: usize = 128;

export! {
    /// `tasker_signal(bigint, text, jsonb)`
    tasker_signal, pg_finfo_tasker_signal => signal;
}

fn signal(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let name = call.text(1).ok_or(TaskerError::NullArgument("name"))?;
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let problem = format!("must be text of 1 to {LONGEST_NAME} characters");
        return Err(TaskerError::invalid("name", problem).into());
    }
    let payload = call.datum(2);
    let mut rows = call.rows()?;
    write(|writer| {
        writer.installation.require_select(TASK_AND_STEP_TABLES)?;
        writer.installation.require_write(&[RailsTable::Tasks])?;
        let (is_new, completed) = Signals::of(writer).signal(task, &name, payload)?;
        rows.push([is_new.into_datum(), Some(spi::bigint_array(&completed))])?;
        rows.done()
    })
}
