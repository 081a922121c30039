//! Creates the tasks of schedules that are due. Each planned run is a task of its own identity, so that it exists once
//! whatever sessions do at the same time.

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::schedule::{Overlap, look_again};
use crate::core::state::TaskState;
use crate::core::template::{ScheduleOptions, ScheduledRun, TaskRequest};
use crate::core::time::{Duration, Timestamp};
use crate::core::trouble;
use crate::pg::datum::export;
use crate::pg::definition::rule_roles::{DefinedWork, RuleRoles};
use crate::pg::execution::finalization::Finalization;
use crate::pg::execution::rules::queue::WorkScope;
use crate::pg::execution::rules::waits::StepWaits;
use crate::pg::execution::schedules::stored::{SchedulePlan, StoredSchedule, has_schedules, is_usable};
use crate::pg::queue::timers::{set_busy_schedule_timer, set_schedule_timer};
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::writing::subtransaction;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{IntoDatum, PgLogLevel};

/// The delay until a schedule that another session holds is looked at again.
const BUSY: Duration = Duration::seconds(1);

/// The number of characters that are kept of an error.
const LONGEST_ERROR: usize = 1_000;

/// The highest number of runs that one look at a schedule leaves out because the last task has not ended.
const MOST_SKIPPED: i64 = 1_000;

/// The plan of a schedule after a look at it.
#[derive(Default)]
struct Settlement {
    planned_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    seen_at: Option<Timestamp>,
    /// The run that took place, and its task.
    run: Option<(Timestamp, TaskId)>,
    skipped: i64,
    missed: i64,
}

/// The schedules of an installation.
pub struct ScheduleRuns<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> ScheduleRuns<'a> {
    /// `writer` must write as the owner.
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Returns the numbers of the schedules whose timers are due, and that the caller may use.
    pub fn callers_due(&self) -> Result<Vec<i64>, TaskerError> {
        if !has_schedules(self.writer.session) {
            return Ok(Vec::new());
        }
        self.usable(WorkScope::Caller, Statement::SeeDueSchedules, &[spi::timestamp(self.writer.now)])
    }

    /// Runs schedules that are due without a timer: something else has emptied the table of timers. Returns the number
    /// of runs that were refused.
    ///
    /// # Complexity
    /// One look into an index if there is none.
    pub fn run_overdue(&self, whose: WorkScope, limit: i32) -> Result<i32, TaskerError> {
        let session = self.writer.session;
        if !has_schedules(session) || session.is_surely_later(LookUp::Schedules, self.writer.now) {
            return Ok(0);
        }
        let arguments = [spi::timestamp(self.writer.now), limit.max(0).into()];
        self.run(&self.usable(whose, Statement::OverdueSchedules, &arguments)?)
    }

    fn usable(
        &self,
        whose: WorkScope,
        statement: Statement,
        arguments: &[Datum],
    ) -> Result<Vec<i64>, TaskerError> {
        let mut found = Vec::new();
        self.writer.session.write_returning(statement, arguments, |row| {
            found.push((row.i64(0), row.text(1, str::to_owned)));
        })?;
        if whose == WorkScope::Caller {
            found.retain(|(_, role)| is_usable(self.writer.installation, role));
        }
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    /// Runs those of the schedules that are due, each once. Their timers have been taken; those that another session
    /// holds get new ones. Returns the number of runs that were refused.
    ///
    /// # Complexity
    /// O(steps + edges) of each new task.
    pub fn run(&self, schedules: &[i64]) -> Result<i32, TaskerError> {
        if schedules.is_empty() || !has_schedules(self.writer.session) {
            return Ok(0);
        }
        let numbers = spi::bigint_array(schedules);
        let (mut existing, mut locked) = (Vec::new(), Vec::new());
        self.writer.session.write_returning(Statement::ExistingSchedules, &[numbers], |row| {
            existing.push(row.i64(0));
        })?;
        match self.require_owners_creations() {
            Ok(()) => {
                self.writer.session.write_returning(Statement::LockFreeSchedules, &[numbers], |row| {
                    locked.push(StoredSchedule::of(row));
                })?
            }
            // Another session can do it.
            Err(refusal) => ErrorReport::from(refusal).report(PgLogLevel::WARNING),
        }
        for id in existing.into_iter().filter(|id| locked.iter().all(|schedule| schedule.id != *id)) {
            set_busy_schedule_timer(self.writer.session, id, self.writer.now.plus(BUSY));
        }
        let mut refused = 0;
        for schedule in &locked {
            pgrx::check_for_interrupts!();
            refused += i32::from(!self.look(schedule)?);
        }
        Ok(refused)
    }

    /// Refuses if the extension may not create tasks as the owner in this session, because of the engine's tables or
    /// of triggers on them (42501).
    fn require_owners_creations(&self) -> Result<(), TaskerError> {
        self.writer.installation.as_owner(|| {
            self.writer.session.require_trusted(&[
                Statement::CreateTasks,
                Statement::CreateSteps,
                Statement::CreateEdges,
            ])
        })
    }

    /// Looks at a schedule that is locked, and runs it if it is due. Returns false if the run was refused.
    fn look(&self, schedule: &StoredSchedule) -> Result<bool, TaskerError> {
        let now = self.writer.now;
        let (Some(due_at), Some(mut planned_at)) = (schedule.due_at, schedule.planned_at) else {
            return Ok(true);
        };
        if due_at > now {
            set_schedule_timer(self.writer.session, schedule.id, due_at);
            return Ok(true);
        }
        let SchedulePlan { plan, zone, options, overlap } = match schedule.plan() {
            Ok(plan) => plan,
            Err(problem) => return self.refuse(schedule, planned_at, 0, &problem.to_string()),
        };
        let is_held = overlap != Overlap::Allow && self.has_running_task(schedule);
        let mut settlement = Settlement { seen_at: schedule.seen_at, ..Settlement::default() };
        let planned = |planned_at: Option<Timestamp>, settlement| Settlement {
            planned_at,
            due_at: planned_at.map(|planned_at| plan.due_at(planned_at)),
            seen_at: None,
            ..settlement
        };
        loop {
            let choice = plan.choose(&zone, planned_at, settlement.seen_at, now);
            settlement.missed += choice.missed;
            let Some(at) = choice.planned_at.filter(|_| choice.is_due) else {
                return self.settle(schedule, &planned(choice.planned_at, settlement));
            };
            match overlap {
                Overlap::Skip if is_held => {
                    settlement.skipped += 1;
                    let next = plan.next(&zone, at);
                    let Some(next) = next.filter(|_| settlement.skipped < MOST_SKIPPED) else {
                        return self.settle(schedule, &planned(next, settlement));
                    };
                    (planned_at, settlement.seen_at) = (next, None);
                }
                Overlap::Queue if is_held => {
                    let seen_at = settlement.seen_at.unwrap_or(now);
                    (settlement.planned_at, settlement.seen_at) = (Some(at), Some(seen_at));
                    settlement.due_at = Some(look_again(seen_at, now));
                    return self.settle(schedule, &settlement);
                }
                _ => {
                    let run = ScheduledRun {
                        schedule: &schedule.name,
                        id: schedule.id,
                        planned_at: at,
                        is_triggered: false,
                    };
                    let task = match self.try_create(schedule, &options, &run)? {
                        Ok(task) => task,
                        Err(refusal) => return self.refuse(schedule, at, settlement.missed, &refusal),
                    };
                    settlement.run = Some((at, task));
                    return self.settle(schedule, &planned(plan.next(&zone, at), settlement));
                }
            }
        }
    }

    fn settle(&self, schedule: &StoredSchedule, settlement: &Settlement) -> Result<bool, TaskerError> {
        let time = |time: Option<Timestamp>| time.map(spi::timestamp);
        let arguments = [
            Some(spi::bigint(schedule.id)),
            time(settlement.planned_at),
            time(settlement.due_at),
            time(settlement.seen_at),
            time(settlement.run.map(|(at, _)| at)),
            settlement.run.map(|(_, task)| spi::bigint(task.0)),
            Some(spi::bigint(i64::from(settlement.run.is_some()))),
            Some(spi::bigint(settlement.skipped)),
            Some(spi::bigint(settlement.missed)),
        ];
        self.writer.session.write_counted(Statement::SettleRun, &arguments);
        if let Some(due_at) = settlement.due_at {
            set_schedule_timer(self.writer.session, schedule.id, due_at);
        }
        Ok(true)
    }

    /// Writes down why a run was refused, and sets a timer to try it again.
    fn refuse(
        &self,
        schedule: &StoredSchedule,
        planned_at: Timestamp,
        missed: i64,
        reason: &str,
    ) -> Result<bool, TaskerError> {
        let next_try = self.writer.now.plus(trouble::wait(schedule.failures.saturating_add(1)));
        let arguments = [
            spi::bigint(schedule.id),
            spi::timestamp(planned_at),
            spi::timestamp(next_try),
            spi::bigint(missed),
            export::text(&reason.chars().take(LONGEST_ERROR).collect::<String>()),
            spi::timestamp(self.writer.now),
        ];
        self.writer.session.write(Statement::SettleRefusal, &arguments);
        set_schedule_timer(self.writer.session, schedule.id, next_try);
        Ok(false)
    }

    /// Returns whether the last task of a schedule has not ended. A task that is gone, or whose state nothing knows,
    /// stops no run.
    fn has_running_task(&self, schedule: &StoredSchedule) -> bool {
        let tasks = schedule.last_task.map(|task| self.writer.reader().tasks(&[task]));
        tasks.and_then(Result::ok).is_some_and(|tasks| {
            tasks.iter().any(|task| matches!(task.state, TaskState::Pending | TaskState::InProgress))
        })
    }

    fn try_create(
        &self,
        schedule: &StoredSchedule,
        options: &ScheduleOptions,
        run: &ScheduledRun,
    ) -> Result<Result<TaskId, String>, TaskerError> {
        let attempt = subtransaction::attempt(self.writer, || self.create(schedule, options, run))?;
        Ok(attempt.map_err(|refusal| format!("{}: {}", refusal.sqlstate, refusal.message)))
    }

    /// Creates the task of a run of a schedule, with the rights of the role that has defined it.
    ///
    /// # Errors
    /// [`TaskerError::NotPermitted`] if that role may not do so, or if the request is not valid any more.
    pub fn create(
        &self,
        schedule: &StoredSchedule,
        options: &ScheduleOptions,
        run: &ScheduledRun,
    ) -> Result<TaskId, TaskerError> {
        let (role, seal) = (Some(schedule.role.clone()), Some(schedule.seal.clone()));
        let author = RuleRoles::of(self.writer)
            .writer_of(role, seal, DefinedWork::Schedule(schedule.id))
            .map_err(refused)?;
        if let Some(reason) = RuleRoles::of(&author).missing_right_of_schedule() {
            return Err(refused(reason));
        }
        let (request, context) = request(schedule, options, run)?;
        let new = StepWaits::of(&author).create_permitted(&[request], &[context])?.map_err(refused)?;
        let new = new.map_err(|error| match error {
            TaskerError::InvalidRequest(problems) => {
                refused(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
            }
            other => other,
        })?;
        for task in &new.bypassed {
            Finalization::of(self.writer).review(*task, false)?;
        }
        Finalization::of(self.writer).decide(&new.ruled)?;
        let created = new.created.first().map(|created| created.task);
        created.ok_or_else(|| refused("no task was created".to_owned()))
    }

    /// Notes that a schedule that is locked was triggered.
    pub fn note_trigger(&self, schedule: &StoredSchedule, task: TaskId) {
        let arguments =
            [schedule.id.into_datum(), task.0.into_datum(), Some(spi::timestamp(self.writer.now))];
        self.writer.session.write_counted(Statement::NoteTrigger, &arguments);
    }
}

fn refused(reason: String) -> TaskerError {
    TaskerError::NotPermitted {
        action: "create the task of the schedule".to_owned(),
        reason,
        hint: "tasker_schedules() shows the schedule; tasker_schedule() changes it.",
    }
}

/// Returns the request of a run, and its context as PostgreSQL has it.
pub fn request(
    schedule: &StoredSchedule,
    options: &ScheduleOptions,
    run: &ScheduledRun,
) -> Result<(TaskRequest, Datum), TaskerError> {
    let stored = schedule.context.ok_or(TaskerError::NullArgument("context"))?;
    let context = spi::json_of(stored)?;
    let told = options.context_of(run, &context);
    let datum = told.as_ref().map_or(stored, spi::json);
    let request = TaskRequest {
        name: schedule.template.clone(),
        namespace: schedule.namespace.clone(),
        version: schedule.version.clone(),
        context: told.unwrap_or(context),
        options: options.of_run(run).map_err(TaskerError::InvalidRequest)?,
    };
    Ok((request, datum))
}
