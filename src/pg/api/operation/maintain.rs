//! `tasker_maintain`, `tasker_finalize_task`, `tasker_plan_task`: the work that needs no worker.

use crate::core::config::{BackoffSettings, Section};
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::plan::delay;
use crate::core::time::Timestamp;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, Rows, export};
use crate::pg::execution::finalization::{Finalization, TaskAssessment, assess_task};
use crate::pg::execution::recovery::Recovery;
use crate::pg::execution::recovery::retention::Retention;
use crate::pg::execution::recovery::steps::RecoveryCounts;
use crate::pg::execution::rules::queue::WorkScope;
use crate::pg::execution::schedules::runs::ScheduleRuns;
use crate::pg::host::clock;
use crate::pg::host::installation::{RailsTable, TASK_AND_STEP_TABLES};
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::sync::{counts, event_retention};
use crate::pg::writing::writer::write;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

/// The number of items between two checks for interrupts.
const BATCH: i32 = 100;

/// The work that a batch counts as at least, so that a call ends.
const LEAST_COUNTED: i32 = 10;

export! {
    /// `tasker_maintain(integer)`
    tasker_maintain, pg_finfo_tasker_maintain => maintain;
    /// `tasker_finalize_task(bigint)`
    tasker_finalize_task, pg_finfo_tasker_finalize_task => finalize_task;
    /// `tasker_plan_task(bigint)`
    tasker_plan_task, pg_finfo_tasker_plan_task => plan_task;
}

fn maintain(call: &Call) -> Result<Datum, ErrorReport> {
    let max_rows = call.integer(0).ok_or(TaskerError::NullArgument("max_rows"))?;
    let mut rows = call.rows()?;
    write(|writer| {
        writer.installation.require_select(TASK_AND_STEP_TABLES)?;
        writer.installation.require_write(&[RailsTable::Tasks, RailsTable::WorkflowSteps])?;
        let owner = writer.as_owner();
        let is_filtered = writer.installation.row_security_applies();
        // In a transaction block, the rows of this work stay locked until it ends: leave the work of other tenants.
        let whose = match is_filtered && writer.is_in_block {
            true => WorkScope::Caller,
            false => WorkScope::AllRoles,
        };
        let (mut sum, mut left) = (RecoveryCounts::default(), max_rows);
        while left > 0 {
            let batch = Recovery::of(&owner).recover(whose, left.min(BATCH))?;
            sum.promoted += batch.promoted;
            sum.leases_expired += batch.leases_expired;
            sum.stale_recovered += batch.stale_recovered;
            sum.hinted += batch.hinted;
            sum.decided += batch.decided;
            sum.finalized += batch.finalized;
            sum.put_aside += batch.put_aside;
            if batch.taken == 0 && batch.decided == 0 {
                break;
            }
            // A schedule that is behind has one run in each batch.
            let done = i32::try_from(batch.taken + batch.decided).unwrap_or(BATCH);
            left = left.saturating_sub(done.clamp(LEAST_COUNTED, BATCH));
            pgrx::check_for_interrupts!();
        }
        sum.put_aside += ScheduleRuns::of(&owner).run_overdue(whose, left)?;
        let mut trimmed = 0;
        if whose == WorkScope::AllRoles {
            counts::gather(writer.session)?;
            if !writer.session.is_surely_empty(LookUp::Troubles) {
                writer.session.write(Statement::TrimTroubles, &[]);
            }
            trimmed = writer.session.write(Statement::TrimLeases, &[spi::timestamp(writer.now)]);
            trimmed += event_retention::trim(&owner.reader(), writer.now)?;
            let (purged, refused) = Retention::of(&owner).run_round()?;
            trimmed += purged;
            sum.put_aside += refused;
        }
        // They would tell how much others have to do.
        let counts = [
            sum.promoted,
            sum.leases_expired,
            sum.stale_recovered,
            sum.hinted,
            sum.decided as i32,
            sum.finalized,
            trimmed as i32,
            sum.put_aside,
        ];
        rows.push(counts.map(|count| if is_filtered { None } else { count.into_datum() }))?;
        rows.done()
    })
}

fn finalize_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let rows = call.rows()?;
    write(|writer| {
        writer.installation.require_select(TASK_AND_STEP_TABLES)?;
        writer.installation.require_write(&[RailsTable::Tasks])?;
        // A task that row-level security hides does not exist for the caller.
        if writer.rails_ids(Statement::VisibleTasks, &[task.0])?.is_empty() {
            return Err(TaskerError::TaskNotFound(task).into());
        }
        let assessment = Finalization::of(writer).finalize(task, false)?;
        answer(rows, task, &assessment, &writer.reader(), writer.now)
    })
}

fn plan_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let now = clock::statement_now();
        let workflows = reader.workflows(&[task])?;
        // Hidden by row-level security is as good as absent.
        workflows.task(task).ok_or(TaskerError::TaskNotFound(task))?;
        let assessment = assess_task(reader, task, now)?;
        answer(rows, task, &assessment, reader, now)
    })
}

fn answer(
    mut rows: Rows,
    task: TaskId,
    assessment: &TaskAssessment,
    reader: &Reader,
    now: Timestamp,
) -> Result<Datum, ErrorReport> {
    let subject = ConfigSubject { task: Some(task.0), ..ConfigSubject::default() };
    let settings = BackoffSettings::of(&*reader.config(Section::Backoff, subject)?)?;
    rows.push([
        Some(export::text(assessment.plan.action.as_str())),
        Some(export::text(assessment.plan.reason)),
        delay(&assessment.plan, &assessment.context, &settings, now).map(spi::interval),
        Some(export::text(assessment.state.as_str())),
        Some(spi::json(&assessment.context.to_json())),
    ])?;
    rows.done()
}
