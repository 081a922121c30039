//! `tasker_find_transitions`, `tasker_transition_stats`: searches the histories of all steps or tasks (semantics 8.3).

use crate::core::error::TaskerError;
use crate::core::time::Duration;
use crate::pg::api::question::history::{StepMove, masking, step_event, task_event};
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::clock;
use crate::pg::host::installation::RailsTable;
use crate::pg::reading::loader;
use crate::pg::spi::{self, Row, Statement};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_find_transitions(…)`
    tasker_find_transitions, pg_finfo_tasker_find_transitions => find_transitions;
    /// `tasker_transition_stats(…)`
    tasker_transition_stats, pg_finfo_tasker_transition_stats => transition_stats;
}

/// The default period of statistics.
const A_DAY_AGO: Duration = Duration::seconds(-24 * 60 * 60);

/// The subject of the transitions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TransitionSubject {
    Step,
    Task,
}

impl TransitionSubject {
    fn of(call: &Call, argument: usize) -> Result<Self, TaskerError> {
        match call.text(argument).as_deref() {
            Some("step") => Ok(Self::Step),
            Some("task") => Ok(Self::Task),
            Some(_) => Err(TaskerError::invalid("subject", "must be step or task")),
            None => Err(TaskerError::NullArgument("subject")),
        }
    }

    const fn tables(self) -> &'static [RailsTable] {
        match self {
            Self::Step => &[
                RailsTable::StepTransitions,
                RailsTable::WorkflowSteps,
                RailsTable::NamedSteps,
                RailsTable::Tasks,
                RailsTable::NamedTasks,
                RailsTable::TaskNamespaces,
            ],
            Self::Task => &[
                RailsTable::TaskTransitions,
                RailsTable::Tasks,
                RailsTable::NamedTasks,
                RailsTable::TaskNamespaces,
            ],
        }
    }

    /// Refuses arguments that only steps can answer.
    fn check(self, call: &Call, of_steps: &[(usize, &'static str)]) -> Result<(), TaskerError> {
        let asked = of_steps.iter().find(|(argument, _)| call.datum(*argument).is_some());
        match (self, asked) {
            (Self::Task, Some((_, name))) => Err(TaskerError::invalid(name, "is about steps, not tasks")),
            _ => Ok(()),
        }
    }
}

fn find_transitions(call: &Call) -> Result<Datum, ErrorReport> {
    let subject = TransitionSubject::of(call, 0)?;
    subject.check(call, &[(2, "workflow_step_id"), (8, "attempt"), (9, "retries"), (12, "step_name")])?;
    let max_rows = values::max_rows(call.integer(14))?;
    let mut arguments: Vec<Option<Datum>> = (1..14).map(|argument| call.datum(argument)).collect();
    arguments.push(max_rows.into_datum());
    let mut rows = call.rows()?;
    loader::read(subject.tables(), |reader| {
        let masked = masking(reader);
        let statement = match subject {
            TransitionSubject::Step => Statement::FindStepTransitions,
            TransitionSubject::Task => Statement::FindTaskTransitions,
        };
        rows.fill(|push| {
            reader.optional_as_caller(statement, &arguments, |row| {
                let metadata = row.value(12);
                let object = metadata.and_then(spi::JsonObject::of);
                let attempt = object.and_then(|object| object.integer("attempt_number"));
                let event = row.text(7, |from| row.text(8, |to| event(subject, row, from, to)));
                push([
                    row.value(0),
                    row.value(1),
                    row.value(2),
                    row.value(3),
                    row.value(4),
                    row.value(5),
                    row.value(6),
                    row.value(7),
                    row.value(8),
                    event.map(export::text),
                    row.value(9),
                    row.value(10),
                    attempt.into_datum(),
                    row.value(14),
                    row.value(11),
                    metadata.and_then(&masked),
                ]);
                Ok(())
            })
        })
    })?;
    rows.done()
}

fn event(subject: TransitionSubject, row: &Row, from: &str, to: &str) -> Option<&'static str> {
    match subject {
        TransitionSubject::Step => step_event(StepMove { from, to, is_release: row.bool(13) }),
        TransitionSubject::Task => task_event(from, to),
    }
}

fn transition_stats(call: &Call) -> Result<Datum, ErrorReport> {
    let subject = TransitionSubject::of(call, 0)?;
    subject.check(call, &[(5, "step_name")])?;
    let since = call.datum(1).unwrap_or_else(|| spi::timestamp(clock::statement_now().plus(A_DAY_AGO)));
    let mut arguments = vec![Some(since)];
    arguments.extend((2..6).map(|argument| call.datum(argument)));
    let mut rows = call.rows()?;
    loader::read(subject.tables(), |reader| {
        let statement = match subject {
            TransitionSubject::Step => Statement::StepTransitionStats,
            TransitionSubject::Task => Statement::TaskTransitionStats,
        };
        rows.fill(|push| {
            reader.optional_as_caller(statement, &arguments, |row| {
                push(std::array::from_fn::<_, 9, _>(|column| row.value(column)));
                Ok(())
            })
        })
    })?;
    rows.done()
}
