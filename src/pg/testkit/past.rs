//! Gives steps and tasks another past: their histories, by moves that are permitted.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::state::{StepState, TaskState};
use crate::core::testkit::{step_history, task_history};
use crate::core::time::{Duration, Timestamp};
use crate::pg::queue::hints;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;

/// The past of a step.
pub struct StepPast {
    pub state: StepState,
    /// The number of executions that have ended.
    pub attempts: i32,
    /// The time at which the step came into its state.
    pub since: Timestamp,
    /// The results as `jsonb`; `None` leaves what is there.
    pub results: Option<Datum>,
    /// The wait in seconds that was requested when the last execution ended.
    pub requested_wait: Option<i32>,
}

/// The past that tests give to steps and tasks.
pub struct Past<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Past<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Gives a step another past.
    pub fn set_step_past(&self, id: StepId, past: &StepPast) -> Result<(), TaskerError> {
        let history = step_history(past.state, past.attempts)?;
        self.writer.lock_step(id)?;
        hints::end_leases(self.writer.session, &[id.0])?;
        let ended = history.iter().rposition(|state| matches!(state, StepState::Complete | StepState::Error));
        let at = |place: usize| spi::timestamp(moment(past.since, history.len(), place));
        let since = spi::timestamp(past.since);
        // A wait counts from the last execution; without any, from now on.
        let attempted = ended.map(at).or(past.requested_wait.map(|_| since));
        let arguments = [
            Some(spi::bigint(id.0)),
            Some(past.attempts.into()),
            attempted,
            Some(at(0)),
            Some(since),
            Some(past.state.satisfies_children().into()),
            past.results,
            past.requested_wait.map(Datum::from),
        ];
        self.writer.rails_optional(Statement::SetTestStep, &arguments)?;
        self.writer.rails(Statement::ForgetStepHistory, &[spi::bigint(id.0)], |_| {})?;
        let states: Vec<String> = history.iter().map(ToString::to_string).collect();
        let arguments = [spi::bigint(id.0), spi::text_array(&states), since];
        self.writer.rails(Statement::PutStepHistory, &arguments, |_| {})
    }

    /// Gives a task another past; its steps keep theirs.
    pub fn set_task_past(&self, id: TaskId, state: TaskState, since: Timestamp) -> Result<(), TaskerError> {
        let history = task_history(state);
        self.writer.lock_task(id)?;
        let began = spi::timestamp(moment(since, history.len(), 0));
        let since = spi::timestamp(since);
        let arguments = [spi::bigint(id.0), (state == TaskState::Complete).into(), began, since];
        self.writer.rails(Statement::SetTestTask, &arguments, |_| {})?;
        self.writer.rails(Statement::ForgetTaskHistory, &[spi::bigint(id.0)], |_| {})?;
        let states: Vec<String> = history.iter().map(ToString::to_string).collect();
        let arguments = [spi::bigint(id.0), spi::text_array(&states), since];
        self.writer.rails(Statement::PutTaskHistory, &arguments, |_| {})
    }
}

/// Returns the time of a transition by its place in a history. Transitions are a second apart.
fn moment(last: Timestamp, transitions: usize, place: usize) -> Timestamp {
    let later = transitions.saturating_sub(place + 1);
    last.plus(Duration::seconds(-(later as i64)))
}
