//! `tasker_unschedule`, `tasker_pause_schedule`, `tasker_resume_schedule`, `tasker_trigger_schedule`.

use crate::core::error::TaskerError;
use crate::core::schedule::name_of;
use crate::core::template::ScheduledRun;
use crate::pg::datum::export::{Call, export};
use crate::pg::execution::schedules::runs::ScheduleRuns;
use crate::pg::execution::schedules::stored::{self, StoredSchedule};
use crate::pg::queue::timers::set_schedule_timer;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::{Writer, write};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_unschedule(text)`
    tasker_unschedule, pg_finfo_tasker_unschedule => unschedule;
    /// `tasker_pause_schedule(text)`
    tasker_pause_schedule, pg_finfo_tasker_pause_schedule => pause;
    /// `tasker_resume_schedule(text)`
    tasker_resume_schedule, pg_finfo_tasker_resume_schedule => resume;
    /// `tasker_trigger_schedule(text)`
    tasker_trigger_schedule, pg_finfo_tasker_trigger_schedule => trigger;
}

/// Runs `work` for the schedule that the first argument names, which is locked.
fn with_schedule<R>(
    call: &Call,
    work: impl FnOnce(&Writer, &StoredSchedule) -> Result<R, TaskerError>,
) -> Result<R, ErrorReport> {
    let name = name_of(call.text(0))?;
    write(|writer| {
        stored::require(writer.session, writer.installation)?;
        let schedule = StoredSchedule::lock(writer.session, writer.installation, &name)?;
        Ok(work(writer, &schedule)?)
    })
}

fn unschedule(call: &Call) -> Result<Datum, ErrorReport> {
    let name = name_of(call.text(0))?;
    write(|writer| {
        stored::require(writer.session, writer.installation)?;
        let schedule = match StoredSchedule::lock(writer.session, writer.installation, &name) {
            Err(TaskerError::ScheduleNotFound(_)) => return Ok(false.into()),
            found => found?,
        };
        Ok((writer.session.write(Statement::DropSchedule, &[spi::bigint(schedule.id)]) > 0).into())
    })
}

fn pause(call: &Call) -> Result<Datum, ErrorReport> {
    with_schedule(call, |writer, schedule| {
        if schedule.paused_at.is_some() {
            return Ok(false.into());
        }
        let arguments = [spi::bigint(schedule.id), spi::timestamp(writer.now)];
        Ok((writer.session.write(Statement::PauseSchedule, &arguments) > 0).into())
    })
}

fn resume(call: &Call) -> Result<Datum, ErrorReport> {
    with_schedule(call, |writer, schedule| {
        if schedule.paused_at.is_none() {
            return Ok(false.into());
        }
        let plan = schedule.plan()?.plan;
        let due_at = schedule.planned_at.map(|planned_at| plan.due_at(planned_at));
        let arguments = [Some(spi::bigint(schedule.id)), due_at.map(spi::timestamp)];
        writer.session.write_counted(Statement::ResumeSchedule, &arguments);
        if let Some(due_at) = due_at {
            set_schedule_timer(writer.session, schedule.id, due_at);
        }
        Ok(true.into())
    })
}

fn trigger(call: &Call) -> Result<Datum, ErrorReport> {
    with_schedule(call, |writer, schedule| {
        let owner = writer.as_owner();
        let runs = ScheduleRuns::of(&owner);
        let run = ScheduledRun {
            schedule: &schedule.name,
            id: schedule.id,
            planned_at: writer.now,
            is_triggered: true,
        };
        let task = runs.create(schedule, &schedule.options()?, &run)?;
        runs.note_trigger(schedule, task);
        Ok(spi::bigint(task.0))
    })
}
