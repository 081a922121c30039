//! `tasker_schedule`: defines a schedule.

use crate::core::cron::CronPattern;
use crate::core::error::TaskerError;
use crate::core::problem::Problems;
use crate::core::schedule::{CatchUp, Overlap, Plan, Rhythm, interval_of, name_of};
use crate::core::template::{Problem, ScheduleOptions, ScheduledRun};
use crate::core::time::Timestamp;
use crate::core::wording::described;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::definition::rule_roles::RuleRoles;
use crate::pg::execution::schedules::runs;
use crate::pg::execution::schedules::stored::{self, StoredSchedule};
use crate::pg::execution::schedules::time_zone::TimeZone;
use crate::pg::host::acl::role_name;
use crate::pg::host::installation::CREATED_TABLES;
use crate::pg::queue::timers::set_schedule_timer;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::{Writer, write};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Datum};
use pgrx::{IntoDatum, PgSqlErrorCode};

export! {
    /// `tasker_schedule(text, text, text, interval, text, jsonb, text, text, jsonb, text, text)`
    tasker_schedule, pg_finfo_tasker_schedule => schedule;
}

/// What a call says about a schedule.
struct Definition {
    name: String,
    template: String,
    cron: Option<String>,
    every: Option<crate::core::time::Duration>,
    time_zone: String,
    context: Datum,
    namespace: String,
    version: Option<String>,
    options: Datum,
    read_options: ScheduleOptions,
    overlap: String,
    catch_up: String,
}

impl Definition {
    fn of(call: &Call) -> Result<Self, ErrorReport> {
        let required =
            |argument: usize, name: &'static str| call.text(argument).ok_or(TaskerError::NullArgument(name));
        let name = name_of(call.text(0))?;
        let template = required(1, "template")?;
        let (cron, every) = (call.text(2), call.datum(3));
        if cron.is_some() == every.is_some() {
            let problem = match cron {
                Some(_) => "cannot be combined with every",
                None => "must not be null if every is null",
            };
            return Err(TaskerError::invalid("cron", problem).into());
        }
        // SAFETY: the SQL declaration has this argument, of this type, which is passed by reference.
        let months = |every: Datum| unsafe { (*every.cast_mut_ptr::<pg_sys::Interval>()).month };
        let every = every.map(|every| interval_of(spi::interval_of(every), months(every))).transpose()?;
        let context = call.json(5)?.ok_or(TaskerError::NullArgument("context"))?;
        if !context.is_object() {
            let message = format!("must be a json object, not {}", described(&context));
            return Err(TaskerError::InvalidRequest(vec![Problem::new("context", message)]).into());
        }
        let options = call.json(8)?.ok_or(TaskerError::NullArgument("options"))?;
        let read_options =
            ScheduleOptions::parse("options", &options).map_err(TaskerError::InvalidRequest)?;
        let (overlap, catch_up) = (required(9, "overlap")?, required(10, "catch_up")?);
        Overlap::parse(&overlap)?;
        Ok(Self {
            name,
            template,
            cron,
            every,
            time_zone: required(4, "time_zone")?,
            context: call.datum(5).ok_or(TaskerError::NullArgument("context"))?,
            namespace: required(6, "namespace")?,
            version: call.text(7),
            options: call.datum(8).ok_or(TaskerError::NullArgument("options"))?,
            read_options,
            overlap,
            catch_up,
        })
    }

    fn every(&self) -> Option<Datum> {
        self.every.map(spi::interval)
    }

    /// Returns the plan of the schedule with a number; `first_at` is the first time of an interval.
    fn plan(&self, id: i64, first_at: Option<Timestamp>) -> Result<(Plan, TimeZone), TaskerError> {
        let rhythm = match (&self.cron, self.every.zip(first_at)) {
            (Some(cron), _) => Rhythm::Cron(CronPattern::parse(cron)?),
            (None, Some((length, first))) => Rhythm::Every { first, length },
            (None, None) => return Err(TaskerError::NullArgument("every")),
        };
        let plan = Plan {
            id,
            rhythm,
            catch_up: CatchUp::parse(&self.catch_up)?,
            starts_at: self.read_options.starts_at,
            ends_at: self.read_options.ends_at,
            jitter_seconds: self.read_options.jitter_seconds,
        };
        Ok((plan, TimeZone::named(&self.time_zone)?))
    }

    /// Returns the first planned time after now.
    ///
    /// # Errors
    /// [`TaskerError::InvalidArgument`] if there is none.
    fn first_run(&self, plan: &Plan, zone: TimeZone, now: Timestamp) -> Result<Timestamp, TaskerError> {
        let argument = match (self.read_options.ends_at, &self.cron) {
            (Some(_), _) => "options",
            (None, Some(_)) => "cron",
            (None, None) => "every",
        };
        plan.next(&zone, now)
            .ok_or_else(|| TaskerError::invalid(argument, "names no time that is still to come"))
    }

    /// Checks, as the caller, the task that the first run would create.
    fn check(
        &self,
        writer: &Writer,
        stored: &StoredSchedule,
        planned_at: Timestamp,
    ) -> Result<(), TaskerError> {
        let prepared = writer.reader().prepared(&self.namespace, &self.template, self.version.as_deref())?;
        let mut problems = Problems::default();
        let run = ScheduledRun { schedule: &self.name, id: stored.id, planned_at, is_triggered: false };
        let (request, _) = runs::request(stored, &self.read_options, &run)?;
        request.check(("context", "options"), &prepared.template, prepared.schema.as_ref(), &mut problems);
        match problems.into_list() {
            none if none.is_empty() => Ok(()),
            problems => Err(TaskerError::InvalidRequest(problems)),
        }
    }
}

fn schedule(call: &Call) -> Result<Datum, ErrorReport> {
    let definition = Definition::of(call)?;
    let mut rows = call.rows()?;
    write(|writer| {
        stored::require(writer.session, writer.installation)?;
        if let Some(table) = writer.installation.lacking(CREATED_TABLES, pg_sys::ACL_INSERT) {
            let message = format!("permission denied for table {table}");
            return Err(ErrorReport::new(
                PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
                message,
                "tasker_core",
            ));
        }
        let role = role_name(writer.installation.caller());
        let arguments = [export::text(&definition.name), export::text(&role), spi::timestamp(writer.now)];
        let is_new = writer.session.write(Statement::PutSchedule, &arguments) > 0;
        let stored = StoredSchedule::lock(writer.session, writer.installation, &definition.name)?;
        let (is_same, has_same_rhythm) = compare(writer, &definition, &stored)?;
        let starts_at = definition.read_options.starts_at;
        let first_at = definition.every.map(|length| match stored.first_at.filter(|_| has_same_rhythm) {
            Some(first_at) => first_at,
            None => starts_at.unwrap_or_else(|| writer.now.plus(length)),
        });
        let (plan, zone) = definition.plan(stored.id, first_at)?;
        let planned_at = match has_same_rhythm {
            true => stored.planned_at,
            false => Some(definition.first_run(&plan, zone, writer.now)?),
        };
        let stored = StoredSchedule {
            template: definition.template.clone(),
            namespace: definition.namespace.clone(),
            version: definition.version.clone(),
            context: Some(definition.context),
            ..stored
        };
        definition.check(writer, &stored, planned_at.unwrap_or(writer.now))?;
        let due_at = planned_at.map(|planned_at| plan.due_at(planned_at));
        let seal = RuleRoles::of(writer).seal_of_schedule(stored.id);
        let time = |time: Option<Timestamp>| time.map(spi::timestamp);
        let arguments = [
            Some(export::text(&definition.name)),
            Some(export::text(&definition.template)),
            Some(export::text(&definition.namespace)),
            definition.version.as_deref().map(export::text),
            definition.cron.as_deref().map(export::text),
            definition.every(),
            Some(export::text(&definition.time_zone)),
            Some(definition.context),
            Some(definition.options),
            Some(export::text(&definition.overlap)),
            Some(export::text(&definition.catch_up)),
            Some(export::text(&role)),
            Some(export::text(&seal)),
            time(first_at),
            time(planned_at),
            time(due_at),
            Some(spi::timestamp(writer.now)),
        ];
        writer.session.write_counted(Statement::DefineSchedule, &arguments);
        if let Some(due_at) = due_at.filter(|_| stored.paused_at.is_none()) {
            set_schedule_timer(writer.session, stored.id, due_at);
        }
        rows.push([
            Some(export::text(&definition.name)),
            is_new.into_datum(),
            (!is_new && !is_same).into_datum(),
            values::timestamp(planned_at.filter(|_| stored.paused_at.is_none())),
        ])?;
        rows.done()
    })
}

/// Returns whether a schedule is stored with the same definition, and whether with the same rhythm.
fn compare(
    writer: &Writer,
    definition: &Definition,
    stored: &StoredSchedule,
) -> Result<(bool, bool), TaskerError> {
    let mut alike = [false; 3];
    let arguments = [
        Some(export::text(&definition.name)),
        Some(export::text(&definition.template)),
        Some(export::text(&definition.namespace)),
        definition.version.as_deref().map(export::text),
        Some(definition.context),
        Some(export::text(&definition.overlap)),
        Some(export::text(&definition.catch_up)),
        definition.cron.as_deref().map(export::text),
        definition.every(),
        Some(export::text(&definition.time_zone)),
        Some(definition.options),
    ];
    writer.session.write_optional(Statement::IsSameSchedule, &arguments, |row| {
        alike = [0, 1, 2].map(|column| row.bool(column));
    })?;
    let [is_same_task, has_same_rhythm, has_same_options] = alike;
    let read = |options: &ScheduleOptions| (options.starts_at, options.ends_at, options.jitter_seconds);
    let has_same_bounds =
        stored.options().is_ok_and(|options| read(&options) == read(&definition.read_options));
    Ok((is_same_task && has_same_rhythm && has_same_options, has_same_rhythm && has_same_bounds))
}
