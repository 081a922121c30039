//! `tasker_schedules`: lists schedules.

use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::execution::schedules::stored::{self, StoredSchedule};
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::write;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_schedules()`
    tasker_schedules, pg_finfo_tasker_schedules => schedules;
}

fn schedules(call: &Call) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    write(|writer| {
        stored::require(writer.session, writer.installation)?;
        let mut found = Vec::new();
        writer.session.write_returning(Statement::Schedules, &[], |row| {
            let state = row.value(27).map(|_| row.text(27, str::to_owned));
            found.push((StoredSchedule::of(row), state));
        })?;
        found.retain(|(schedule, _)| stored::is_usable(writer.installation, &schedule.role));
        for (schedule, state) in found {
            let text = |text: &str| Some(export::text(text));
            let is_active = schedule.paused_at.is_none();
            rows.push([
                text(&schedule.name),
                text(&schedule.template),
                text(&schedule.namespace),
                schedule.version.as_deref().map(export::text),
                schedule.cron.as_deref().map(export::text),
                schedule.every.map(spi::interval),
                text(&schedule.time_zone),
                schedule.context,
                schedule.options,
                text(&schedule.overlap),
                text(&schedule.catch_up),
                text(&schedule.role),
                values::timestamp(schedule.paused_at),
                values::timestamp(schedule.planned_at.filter(|_| is_active)),
                values::timestamp(schedule.due_at),
                values::timestamp(schedule.last_run_at),
                schedule.last_task.into_datum(),
                state.as_deref().map(export::text),
                schedule.runs.into_datum(),
                schedule.skipped.into_datum(),
                schedule.missed.into_datum(),
                schedule.failures.into_datum(),
                schedule.last_error.as_deref().map(export::text),
                values::timestamp(schedule.last_error_at),
            ])?;
        }
        rows.done()
    })
}
