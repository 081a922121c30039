//! `tasker_find_steps`: steps by what is stored of them, and by what holds them up.

use super::values;
use crate::core::error::TaskerError;
use crate::core::find::{Condition, Found, root_causes};
use crate::core::ids::{StepId, TaskId};
use crate::core::readiness::{Assessment, Reason, retry_limit};
use crate::core::time::Timestamp;
use crate::pg::export::{self, Call, export};
use crate::pg::installation::TASK_AND_STEP_TABLES;
use crate::pg::loader::{self, Reader, Workflows};
use crate::pg::spi::{self, Row, Statement};
use crate::pg::{clock, settings};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_find_steps(…)`
    tasker_find_steps, pg_finfo_tasker_find_steps => find_steps;
}

/// So many steps are looked at together when a condition will leave out some of them.
const PAGE: i32 = 1000;

/// What is shown of a step as it is stored.
struct Stored {
    id: StepId,
    task: TaskId,
    texts: [String; 5],
    state_since: Option<Timestamp>,
    attempts: Option<i32>,
    retry_limit: Option<i32>,
    created_at: Option<Timestamp>,
    processed_at: Option<Timestamp>,
}

impl Stored {
    fn of(row: &Row) -> Self {
        Self {
            id: StepId(row.i64(0)),
            task: TaskId(row.i64(1)),
            texts: [2, 3, 4, 5, 6].map(|column| row.text(column, str::to_owned)),
            state_since: row.optional_timestamp(7),
            attempts: row.optional_i32(8),
            retry_limit: row.optional_i32(9),
            created_at: row.optional_timestamp(10),
            processed_at: row.optional_timestamp(11),
        }
    }
}

/// Whole tasks with what the rule says of their steps.
struct Assessed {
    tasks: Vec<TaskId>,
    workflows: Workflows,
    assessments: Vec<Assessment>,
    causes: Vec<Option<usize>>,
}

impl Assessed {
    fn of(reader: &Reader, tasks: Vec<TaskId>, now: Timestamp) -> Result<Self, TaskerError> {
        let workflows = reader.workflows(&tasks)?;
        let assessments = workflows.assess(now);
        let causes = root_causes(&workflows.steps, &assessments);
        Ok(Self { tasks, workflows, assessments, causes })
    }

    fn place(&self, stored: &Stored) -> Option<usize> {
        let steps = self.workflows.steps.all();
        steps.binary_search_by_key(&(stored.task, stored.id), |step| (step.task_id, step.id)).ok()
    }
}

fn find_steps(call: &Call) -> Result<Datum, ErrorReport> {
    let condition = call.text(0).map(|text| Condition::parse(&text)).transpose()?;
    let max_rows = values::max_rows(call.integer(11))?;
    let now = clock::statement_now();
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let states: Option<Vec<String>> =
            condition.map(|condition| condition.states().iter().map(ToString::to_string).collect());
        let page = condition.map_or(max_rows, |_| PAGE);
        let (mut after, mut left) = (call.bigint(10), max_rows);
        let mut assessed = Assessed::of(reader, Vec::new(), now)?;
        while left > 0 {
            let mut arguments: Vec<Option<Datum>> = (1..10).map(|at| call.datum(at)).collect();
            arguments.extend([
                states.as_deref().map(spi::text_array),
                after.map(spi::bigint),
                page.into_datum(),
            ]);
            let mut candidates = Vec::new();
            reader.optional_as_caller(Statement::FindSteps, &arguments, |row| {
                candidates.push(Stored::of(row));
                Ok(())
            })?;
            let mut tasks: Vec<TaskId> = candidates.iter().map(|stored| stored.task).collect();
            tasks.sort_unstable();
            tasks.dedup();
            if tasks != assessed.tasks {
                assessed = Assessed::of(reader, tasks, now)?;
            }
            for stored in &candidates {
                if left > 0 && fits(reader, condition, &assessed, stored, now)? {
                    rows.push(columns(&assessed, stored))?;
                    left -= 1;
                }
            }
            if candidates.len() < page as usize {
                break;
            }
            after = candidates.last().map(|stored| stored.id.0);
        }
        Ok(())
    })?;
    rows.done()
}

/// Whether a step is in the condition asked for. One without side row, which only drift can bring about, is in none.
fn fits(
    reader: &Reader,
    condition: Option<Condition>,
    assessed: &Assessed,
    stored: &Stored,
    now: Timestamp,
) -> Result<bool, TaskerError> {
    let Some(condition) = condition else { return Ok(true) };
    let Some(at) = assessed.place(stored) else { return Ok(false) };
    let lease = if condition == Condition::Stuck { reader.lease(stored.id)? } else { None };
    Ok(condition.holds(&Found {
        step: &assessed.workflows.steps.all()[at],
        assessment: &assessed.assessments[at],
        root_cause: assessed.causes[at],
        lease_until: lease.map(|lease| lease.until),
        stale_after: settings::stale_after(),
        now,
    }))
}

fn columns(assessed: &Assessed, stored: &Stored) -> [Option<Datum>; 16] {
    let place = assessed.place(stored);
    let assessment = place.map(|at| &assessed.assessments[at]);
    let steps = assessed.workflows.steps.all();
    let root = place.and_then(|at| assessed.causes[at]).map(|cause| &steps[cause]);
    let [namespace, task_name, version, name, state] =
        stored.texts.each_ref().map(|text| Some(export::text(text)));
    [
        stored.id.0.into_datum(),
        stored.task.0.into_datum(),
        namespace,
        task_name,
        version,
        name,
        state,
        values::timestamp(stored.state_since),
        assessment.map(|assessment| assessment.attempts).or(stored.attempts).unwrap_or(0).into_datum(),
        place.map(|at| retry_limit(&steps[at])).or(stored.retry_limit).into_datum(),
        assessment
            .and_then(|assessment| assessment.verdict.reason())
            .map(|reason| export::text(Reason::as_str(reason))),
        root.filter(|root| assessed.workflows.shows(root)).map(|root| root.id.0).into_datum(),
        assessment.and_then(|assessment| values::timestamp(assessment.next_eligible_at)),
        assessment.map(|assessment| assessment.verdict.is_ready()).into_datum(),
        values::timestamp(stored.created_at),
        values::timestamp(stored.processed_at),
    ]
}
