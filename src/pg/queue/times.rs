//! Keeps the time limits of steps and the deadlines of tasks. An installation of layout 1 has no tables for them: it has no
//! limits. What is not used costs a look at two empty tables.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::time::Timestamp;
use crate::core::time_limits::{Deadline, DueTime, OnDeadline, StepTimes};
use crate::pg::datum::export;
use crate::pg::host::clock;
use crate::pg::queue::timers::{set_deadline_timer, set_step_timer};
use crate::pg::reading::config::ConfiguredTimes;
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::spi::{self, LookUp, Session, Statement};
use pgrx::pg_sys::Datum;
use std::collections::{BTreeMap, HashMap};
use std::ffi::CStr;

const LIMITS_TABLE: &CStr = c"tasker_core_step_times";
const DEADLINES_TABLE: &CStr = c"tasker_core_deadlines";

/// The limits of a step, and what is noted of its execution.
#[derive(Clone, Copy, Debug)]
pub struct KeptTimes {
    pub times: StepTimes,
    /// The token of the last execution with a limit, and when it must have ended.
    pub execution: Option<([u8; 16], Timestamp)>,
}

/// An execution that begins.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    pub step: StepId,
    pub task: TaskId,
    pub token: Datum,
}

/// Returns whether the installation can keep limits of steps.
pub fn may_limit(session: &Session) -> bool {
    session.has_table(LIMITS_TABLE)
}

/// Returns whether a step has, or has had, a limit.
pub fn are_limited(session: &Session) -> bool {
    session.may_have_rows(LookUp::StepTimes)
}

fn have_deadlines(session: &Session) -> bool {
    session.may_have_rows(LookUp::Deadlines)
}

fn require(session: &Session, table: &CStr) -> Result<(), TaskerError> {
    session.require_table(table, "limit the time of steps or tasks")
}

/// Stores the limits of new steps. Who has made one of them ready must call [`note_ready`].
pub fn put(session: &Session, limited: &[(StepId, TaskId, StepTimes)]) -> Result<(), TaskerError> {
    if limited.is_empty() {
        return Ok(());
    }
    require(session, LIMITS_TABLE)?;
    let ids = |of: fn(&(StepId, TaskId, StepTimes)) -> i64| {
        spi::bigint_array(&limited.iter().map(of).collect::<Vec<_>>())
    };
    let seconds = |of: fn(&StepTimes) -> Option<i32>| {
        spi::integer_array(&limited.iter().map(|(.., times)| of(times).unwrap_or(0)).collect::<Vec<_>>())
    };
    let arguments = [
        ids(|(step, ..)| step.0),
        ids(|(_, task, _)| task.0),
        seconds(|times| times.timeout_seconds),
        seconds(|times| times.heartbeat_seconds),
        seconds(|times| times.start_within_seconds),
    ];
    session.write(Statement::PutStepTimes, &arguments);
    Ok(())
}

/// Sets timers for steps that may have become ready, and must be claimed in time.
pub fn note_ready(session: &Session, steps: &[i64]) -> Result<(), TaskerError> {
    let now = clock::statement_now();
    let mut limits: BTreeMap<StepId, StepTimes> =
        of_steps(session, steps)?.into_iter().map(|(step, kept)| (step, kept.times)).collect();
    let configured = ConfiguredTimes::read(session)?;
    if configured.limit_starts() {
        let mut subjects = Vec::new();
        session.look_up_fresh(LookUp::HintedSteps, steps, |row| {
            subjects.push((StepId(row.i64(0)), row.i64(1), row.i32(2)));
            Ok(())
        })?;
        for (step, task, named_step) in subjects {
            let subject = ConfigSubject { task: Some(task), named_step: Some(named_step), step_name: None };
            let own = limits.entry(step).or_default();
            *own = configured.complete(session, *own, subject)?;
        }
    }
    for (step, times) in limits {
        if let Some(start_by) = times.start_by(now) {
            set_step_timer(session, step, start_by);
        }
    }
    Ok(())
}

/// Returns the limits of those of the steps that have any.
pub fn of_steps(session: &Session, steps: &[i64]) -> Result<BTreeMap<StepId, KeptTimes>, TaskerError> {
    let mut found = BTreeMap::new();
    if steps.is_empty() || !are_limited(session) {
        return Ok(found);
    }
    session.read(Statement::StepTimes, &[spi::bigint_array(steps)], |row| {
        let seconds = |column| row.value(column).map(|_| row.i32(column));
        let times = StepTimes {
            timeout_seconds: seconds(1),
            heartbeat_seconds: seconds(2),
            start_within_seconds: seconds(3),
        };
        // SAFETY: a uuid is passed by reference, to 16 bytes that are never toasted.
        let token = row.value(4).map(|token| unsafe { *token.cast_mut_ptr::<[u8; 16]>() });
        let execution = token.zip(row.optional_timestamp(5));
        found.insert(StepId(row.i64(0)), KeptTimes { times, execution });
        Ok(())
    })?;
    Ok(found)
}

/// Notes when executions that begin now must have ended.
pub fn begin(session: &Session, begun: &[Beginning], ends_at: Timestamp) -> Result<(), TaskerError> {
    if begun.is_empty() {
        return Ok(());
    }
    require(session, LIMITS_TABLE)?;
    let arguments = [
        spi::bigint_array(&begun.iter().map(|it| it.step.0).collect::<Vec<_>>()),
        spi::bigint_array(&begun.iter().map(|it| it.task.0).collect::<Vec<_>>()),
        spi::uuid_array(begun.iter().map(|it| it.token).collect()),
        spi::timestamp(ends_at),
    ];
    session.write(Statement::BeginExecutions, &arguments);
    Ok(())
}

/// Ends the leases of these steps no later than their executions.
pub fn cap_leases(session: &Session, steps: &[i64]) {
    if are_limited(session) {
        session.write(Statement::CapLeases, &[spi::bigint_array(steps)]);
    }
}

/// Returns those of the executions with these tokens, of these steps, whose time is over.
pub fn ended(
    session: &Session,
    tokens: Datum,
    steps: Datum,
    now: Timestamp,
) -> Result<Vec<[u8; 16]>, TaskerError> {
    let mut ended = Vec::new();
    if are_limited(session) {
        session.write_returning(
            Statement::EndedExecutions,
            &[tokens, steps, spi::timestamp(now)],
            |row| {
                // SAFETY: as in `of_steps`.
                ended.extend(row.value(0).map(|token| unsafe { *token.cast_mut_ptr::<[u8; 16]>() }));
            },
        )?;
    }
    Ok(ended)
}

/// Forgets the limits of steps that are gone.
pub fn forget_steps(session: &Session, steps: &[i64]) {
    if are_limited(session) {
        session.write(Statement::DeleteStepTimes, &[spi::bigint_array(steps)]);
    }
}

/// Sets the timers of deadlines that have none, and returns how many.
pub fn restore_timers(session: &Session) -> Result<i64, TaskerError> {
    let mut restored = 0;
    if have_deadlines(session) {
        session.write_returning(Statement::PutDeadlineTimers, &[], |row| restored = row.i64(0))?;
    }
    Ok(restored)
}

/// Returns the tables in use, each with the statement that deletes what belongs to nothing any more.
pub fn orphans(session: &Session) -> impl Iterator<Item = (&'static str, Statement)> {
    let limits = ("tasker_core_step_times", Statement::DeleteOrphanedStepTimes);
    let deadlines = ("tasker_core_deadlines", Statement::DeleteOrphanedDeadlines);
    let used = [are_limited(session).then_some(limits), have_deadlines(session).then_some(deadlines)];
    used.into_iter().flatten()
}

/// Forgets the limits of all steps.
pub fn truncate_steps(session: &Session) {
    if session.has_table(LIMITS_TABLE) {
        session.write(Statement::TruncateStepTimes, &[]);
    }
}

/// Stores the deadlines of new tasks, each counted from the time at which the task may begin.
pub fn put_deadlines(
    session: &Session,
    deadlines: &[(TaskId, Timestamp, Deadline)],
) -> Result<(), TaskerError> {
    if deadlines.is_empty() {
        return Ok(());
    }
    require(session, DEADLINES_TABLE)?;
    let mut groups: HashMap<(Timestamp, &'static str), Vec<i64>> = HashMap::new();
    for (task, begin, deadline) in deadlines {
        groups.entry((deadline.at(*begin), deadline.then.as_str())).or_default().push(task.0);
    }
    for ((at, then), tasks) in groups {
        let arguments = [spi::bigint_array(&tasks), spi::timestamp(at), export::text(then)];
        session.write(Statement::PutDeadlines, &arguments);
        tasks.iter().for_each(|task| set_deadline_timer(session, TaskId(*task), at));
    }
    Ok(())
}

/// Returns the deadline of a task, and what happens then.
pub fn deadline(session: &Session, task: TaskId) -> Result<Option<DueTime>, TaskerError> {
    Ok(deadlines(session, &[task.0])?.remove(&task))
}

/// Returns the deadlines of those of the tasks that have any.
pub fn deadlines(session: &Session, tasks: &[i64]) -> Result<BTreeMap<TaskId, DueTime>, TaskerError> {
    let mut found = BTreeMap::new();
    if !tasks.is_empty() && have_deadlines(session) {
        session.read(Statement::ReadDeadlines, &[spi::bigint_array(tasks)], |row| {
            let then = row.text(2, OnDeadline::of);
            found.extend(row.optional_timestamp(1).map(|at| (TaskId(row.i64(0)), DueTime { at, then })));
            Ok(())
        })?;
    }
    Ok(found)
}

/// Forgets the deadlines of tasks.
pub fn forget_deadlines(session: &Session, tasks: &[i64]) {
    if have_deadlines(session) {
        session.write(Statement::DeleteDeadlines, &[spi::bigint_array(tasks)]);
    }
}

/// Forgets the deadlines of all tasks.
pub fn truncate_deadlines(session: &Session) {
    if session.has_table(DEADLINES_TABLE) {
        session.write(Statement::TruncateDeadlines, &[]);
    }
}
