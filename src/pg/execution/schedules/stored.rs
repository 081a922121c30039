//! Schedules as they are stored.

use crate::core::cron::CronPattern;
use crate::core::error::TaskerError;
use crate::core::schedule::{CatchUp, Overlap, Plan, Rhythm};
use crate::core::template::ScheduleOptions;
use crate::core::time::{Duration, Timestamp};
use crate::pg::datum::export;
use crate::pg::execution::schedules::time_zone::TimeZone;
use crate::pg::host::acl;
use crate::pg::host::installation::{Installation, TASK_AND_STEP_TABLES};
use crate::pg::spi::{self, Row, Session, Statement};
use pgrx::pg_sys::Datum;
use std::ffi::CStr;

const TABLE: &CStr = c"tasker_core_schedules";

/// A stored schedule, by the columns of `fragments/schedule_columns`.
pub struct StoredSchedule {
    pub name: String,
    pub id: i64,
    pub template: String,
    pub namespace: String,
    pub version: Option<String>,
    pub cron: Option<String>,
    pub every: Option<Duration>,
    pub time_zone: String,
    pub context: Option<Datum>,
    pub options: Option<Datum>,
    pub overlap: String,
    pub catch_up: String,
    pub role: String,
    pub seal: String,
    pub first_at: Option<Timestamp>,
    pub planned_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    pub seen_at: Option<Timestamp>,
    pub paused_at: Option<Timestamp>,
    pub last_run_at: Option<Timestamp>,
    pub last_task: Option<i64>,
    pub runs: i64,
    pub skipped: i64,
    pub missed: i64,
    pub failures: i32,
    pub last_error: Option<String>,
    pub last_error_at: Option<Timestamp>,
}

impl StoredSchedule {
    /// Reads a row.
    pub fn of(row: &Row) -> Self {
        let text = |column| row.text(column, str::to_owned);
        let optional_text = |column| row.value(column).map(|_| text(column));
        Self {
            name: text(0),
            id: row.i64(1),
            template: text(2),
            namespace: text(3),
            version: optional_text(4),
            cron: optional_text(5),
            every: row.value(6).map(spi::interval_of),
            time_zone: text(7),
            context: row.value(8).map(spi::kept),
            options: row.value(9).map(spi::kept),
            overlap: text(10),
            catch_up: text(11),
            role: text(12),
            seal: text(13),
            first_at: row.optional_timestamp(14),
            planned_at: row.optional_timestamp(15),
            due_at: row.optional_timestamp(16),
            seen_at: row.optional_timestamp(17),
            paused_at: row.optional_timestamp(18),
            last_run_at: row.optional_timestamp(19),
            last_task: row.value(20).map(|_| row.i64(20)),
            runs: row.i64(21),
            skipped: row.i64(22),
            missed: row.i64(23),
            failures: row.i32(24),
            last_error: optional_text(25),
            last_error_at: row.optional_timestamp(26),
        }
    }

    /// Locks a schedule, and refuses a caller who may not change it.
    ///
    /// # Errors
    /// [`TaskerError::ScheduleNotFound`], [`TaskerError::ForeignSchedule`].
    pub fn lock(session: &Session, installation: Installation, name: &str) -> Result<Self, TaskerError> {
        let mut found = None;
        session.write_returning(Statement::LockSchedule, &[export::text(name)], |row| {
            found = Some(Self::of(row));
        })?;
        let schedule = found.ok_or_else(|| TaskerError::ScheduleNotFound(name.to_owned()))?;
        match is_usable(installation, &schedule.role) {
            true => Ok(schedule),
            false => Err(TaskerError::ForeignSchedule { schedule: schedule.name, role: schedule.role }),
        }
    }

    /// Reads its plan.
    ///
    /// # Errors
    /// What an earlier version, or a change by hand, has left in a column.
    pub fn plan(&self) -> Result<SchedulePlan, TaskerError> {
        let rhythm = match (&self.cron, self.every, self.first_at) {
            (Some(cron), ..) => Rhythm::Cron(CronPattern::parse(cron)?),
            (None, Some(length), Some(first)) => Rhythm::Every { first, length },
            _ => return Err(TaskerError::invalid("every", "is missing")),
        };
        let options = self.options()?;
        let plan = Plan {
            id: self.id,
            rhythm,
            catch_up: CatchUp::parse(&self.catch_up)?,
            starts_at: options.starts_at,
            ends_at: options.ends_at,
            jitter_seconds: options.jitter_seconds,
        };
        let zone = TimeZone::named(&self.time_zone)?;
        Ok(SchedulePlan { plan, zone, options, overlap: Overlap::parse(&self.overlap)? })
    }

    /// Reads its options.
    pub fn options(&self) -> Result<ScheduleOptions, TaskerError> {
        let options = self.options.ok_or(TaskerError::NullArgument("options"))?;
        ScheduleOptions::parse("options", &spi::json_of(options)?).map_err(TaskerError::InvalidRequest)
    }
}

/// What a schedule says about its runs.
pub struct SchedulePlan {
    pub plan: Plan,
    pub zone: TimeZone,
    pub options: ScheduleOptions,
    pub overlap: Overlap,
}

/// Returns whether the caller has the rights of the role of a schedule, or of the owner of the installation.
pub fn is_usable(installation: Installation, role: &str) -> bool {
    let caller = installation.caller();
    acl::is_trusted(caller, installation.owner())
        || acl::role_named(role).is_some_and(|role| acl::is_trusted(caller, role))
}

/// Returns whether the installation has schedules: one of layout 1 has none.
pub fn has_schedules(session: &Session) -> bool {
    session.has_table(TABLE)
}

/// Refuses a caller who may not read the tables, and an installation without schedules.
pub fn require(session: &Session, installation: Installation) -> Result<(), TaskerError> {
    installation.require_select(TASK_AND_STEP_TABLES)?;
    session.require_table(TABLE, "use schedules")
}
