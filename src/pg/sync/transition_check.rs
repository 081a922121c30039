//! Checks whether an inserted transition is legal, and finds the state that it leaves.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::state::{StepState, TaskState};
use crate::pg::host::settings::{self, Enforcement};
use crate::pg::spi::{self, Session, Statement};
use pgrx::PgLogLevel;
use pgrx::pg_sys::panic::ErrorReport;

/// The step or task whose transition is checked.
#[derive(Clone, Copy, Debug)]
pub enum Machine {
    Step(StepId),
    Task(TaskId),
}

impl Machine {
    /// Returns the state of the transition with the next lower sort key.
    fn previous(self, session: &Session, sort_key: i32) -> Result<Option<String>, TaskerError> {
        let (statement, id) = match self {
            Self::Step(step) => (Statement::PreviousStepState, step.0),
            Self::Task(task) => (Statement::PreviousTaskState, task.0),
        };
        let mut previous = None;
        session.write_returning(statement, &[spi::bigint(id), sort_key.into()], |row| {
            previous = Some(row.text(0, str::to_owned));
        })?;
        Ok(previous)
    }

    /// Returns whether the table of states permits the transition. The first transition of a history may also be to
    /// pending.
    fn permits(self, previous: Option<&str>, to: &str) -> bool {
        if previous.is_none() && to == StepState::Pending.as_str() {
            return true;
        }
        let from = previous.unwrap_or(StepState::Pending.as_str());
        match self {
            Self::Step(_) => {
                StepState::parse(from).zip(StepState::parse(to)).is_some_and(|(from, to)| from.permits(to))
            }
            Self::Task(_) => {
                TaskState::parse(from).zip(TaskState::parse(to)).is_some_and(|(from, to)| from.permits(to))
            }
        }
    }

    fn refusal(self, previous: Option<String>, to: &str) -> TaskerError {
        let from = previous.unwrap_or_else(|| StepState::Pending.to_string());
        let to = to.to_owned();
        match self {
            Self::Step(step) => TaskerError::IllegalStepTransition { step, from, to },
            Self::Task(task) => TaskerError::IllegalTaskTransition { task, from, to },
        }
    }
}

/// Checks a transition as `tasker_core.enforce_transitions` requires. It returns the `from_state` to fill in, if the
/// writer gave none and there is one.
pub fn from_state(
    session: &Session,
    machine: Machine,
    sort_key: i32,
    to: &str,
    is_given: bool,
) -> Result<Option<String>, TaskerError> {
    let enforcement = settings::enforce_transitions();
    if is_given && enforcement == Enforcement::Off {
        return Ok(None);
    }
    let previous = machine.previous(session, sort_key)?;
    if enforcement != Enforcement::Off && !machine.permits(previous.as_deref(), to) {
        let refusal = machine.refusal(previous.clone(), to);
        match enforcement {
            Enforcement::Enforce => return Err(refusal),
            Enforcement::Warn | Enforcement::Off => ErrorReport::from(refusal).report(PgLogLevel::WARNING),
        }
    }
    let begins = || (to != StepState::Pending.as_str()).then(|| StepState::Pending.to_string());
    Ok(if is_given { None } else { previous.or_else(begins) })
}
