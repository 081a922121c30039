//! `tasker_task_timeline`: what has happened to a task, from all that is stored about it. The chart of
//! `tasker_task_timeline_svg` reads the same rows.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::time::{Duration, Timestamp};
use crate::pg::api::question::history::{COPIED, StepMove, is_copied, masking, step_event, task_event};
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::installation::RailsTable;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, Row, Statement};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::{HashMap, VecDeque};

/// The tables from which the transitions of a task are read, each with its names.
const TABLES: &[RailsTable] = &[
    RailsTable::Tasks,
    RailsTable::TaskTransitions,
    RailsTable::WorkflowSteps,
    RailsTable::StepTransitions,
    RailsTable::NamedSteps,
];

export! {
    /// `tasker_task_timeline(bigint)`
    tasker_task_timeline, pg_finfo_tasker_task_timeline => task_timeline;
}

/// A transition of a task or of one of its steps, or, without a state, the creation of the task.
pub struct TimelineTransition<'a> {
    /// The step; `None` for the task itself.
    pub step: Option<StepId>,
    pub from_state: &'a str,
    pub to_state: &'a str,
    pub at: Timestamp,
    /// The wait after a failure that it names.
    pub backoff: Option<Duration>,
    /// Whether it belongs to giving a step back.
    pub is_release: bool,
    pub sort_key: i32,
    row: &'a Row<'a>,
}

/// What a side table has noted.
struct NotedEvent {
    at: Timestamp,
    event: String,
    step: Option<StepId>,
    attempt: Option<i32>,
    actor: Option<String>,
    details: Option<Datum>,
}

/// Passes the transitions of a task and its steps that the caller may see to `each`, in the order of time.
///
/// # Complexity
/// O(n log n) for n transitions.
pub fn each_transition(
    reader: &Reader,
    task: TaskId,
    mut each: impl FnMut(&TimelineTransition),
) -> Result<(), TaskerError> {
    reader.as_caller(Statement::Timeline, &[spi::bigint(task.0)], |row| {
        let Some(at) = row.optional_timestamp(4) else { return };
        let (step, backoff) = (row.value(0).map(|_| StepId(row.i64(0))), row.value(10).map(|_| row.f64(10)));
        row.text(2, |from_state| {
            row.text(3, |to_state| {
                each(&TimelineTransition {
                    step,
                    from_state,
                    to_state,
                    at,
                    backoff: backoff.map(Duration::from_seconds),
                    is_release: row.bool(9),
                    sort_key: row.i32(11),
                    row,
                });
            });
        });
    })
}

fn task_timeline(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let mut rows = call.rows()?;
    loader::read(TABLES, |reader| {
        reader.require(RailsTable::TaskTransitions, task.0)?;
        let masked = masking(reader);
        let mut beside = NotedEvents::read(reader, task)?;
        rows.fill(|push| {
            each_transition(reader, task, |transition| {
                if transition.row.value(3).is_some() {
                    beside.write_until(Some(transition.at), push);
                }
                beside.learn_name(transition);
                push(columns(transition, &masked));
            })?;
            beside.write_until(None, push);
            Ok(())
        })
    })?;
    rows.done()
}

/// The columns of `tasker_task_timeline`.
type Columns = [Option<Datum>; 11];

fn columns(transition: &TimelineTransition, masked: &impl Fn(Datum) -> Option<Datum>) -> Columns {
    let &TimelineTransition { step, from_state: from, to_state: to, row, is_release, .. } = transition;
    let event = match step {
        None if row.value(3).is_none() => Some("task.created"),
        Some(_) if is_copied(row.value(6)) => Some(COPIED),
        Some(_) => step_event(StepMove { from, to, is_release }),
        None => task_event(from, to),
    };
    let object = row.value(6).and_then(spi::JsonObject::of);
    [
        row.value(4),
        event.map(export::text),
        row.value(0),
        row.value(1),
        row.value(2),
        row.value(3),
        object.and_then(|object| object.integer("attempt_number")).into_datum(),
        row.value(7),
        row.value(8),
        row.value(5),
        row.value(6).and_then(masked),
    ]
}

/// What the side tables have noted beside the transitions, in the order of time.
struct NotedEvents {
    left: VecDeque<NotedEvent>,
    /// The names of the steps whose transitions have been read.
    names: HashMap<StepId, String>,
}

impl NotedEvents {
    /// Reads the events, without those of steps that the caller may not see.
    fn read(reader: &Reader, task: TaskId) -> Result<Self, TaskerError> {
        let mut left = VecDeque::new();
        reader.session.read(Statement::BesideTimeline, &[spi::bigint(task.0)], |row| {
            let Some(at) = row.optional_timestamp(0) else { return Ok(()) };
            left.push_back(NotedEvent {
                at,
                event: row.text(1, str::to_owned),
                step: row.value(2).map(|_| StepId(row.i64(2))),
                attempt: row.optional_i32(3),
                actor: row.value(4).map(|_| row.text(4, str::to_owned)),
                details: row.value(5).map(spi::kept),
            });
            Ok(())
        })?;
        let steps: Vec<(i64, i64)> =
            left.iter().filter_map(|noted: &NotedEvent| Some((noted.step?.0, task.0))).collect();
        let visible = reader.visible_steps(&steps)?;
        left.retain(|noted| noted.step.is_none_or(|step| visible.contains(&step.0)));
        Ok(Self { left, names: HashMap::new() })
    }

    fn learn_name(&mut self, transition: &TimelineTransition) {
        if let Some(step) = transition.step
            && transition.row.value(1).is_some()
        {
            self.names.entry(step).or_insert_with(|| transition.row.text(1, str::to_owned));
        }
    }

    /// Writes the events up to a time, or all that are left.
    fn write_until(&mut self, until: Option<Timestamp>, push: &mut dyn FnMut(Columns)) {
        let is_due = |noted: &&NotedEvent| until.is_none_or(|until| noted.at <= until);
        let due = self.left.iter().take_while(is_due).count();
        for noted in self.left.drain(..due) {
            let name = noted.step.and_then(|step| self.names.get(&step));
            push([
                values::timestamp(Some(noted.at)),
                Some(export::text(&noted.event)),
                noted.step.map(|step| step.0).into_datum(),
                name.map(|name| export::text(name)),
                None,
                None,
                noted.attempt.into_datum(),
                None,
                noted.actor.as_deref().map(export::text),
                None,
                noted.details,
            ]);
        }
    }
}
