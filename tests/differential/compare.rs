//! Asks the extension and the oracle the same questions and shows where the answers differ.

use postgres::{Client, Statement};
use serde_json::Value;

use crate::case::{Asked, CLOCKS, Case, aligned};
use crate::write::Ids;

const STATUS: &str = "SELECT * FROM oracle.v02_steps(%, input.moment)";
const CORRECTED_STATUS: &str = "SELECT workflow_step_id, task_id, named_step_id, name, current_state, \
     dependencies_satisfied, retry_eligible, ready_for_execution, last_failure_at, next_retry_at, total_parents, \
     completed_parents, attempts, retry_limit, backoff_request_seconds, last_attempted_at \
     FROM oracle.corrected_steps(%, input.moment)";
// The oracle's times are naive UTC, and may be infinite.
const READINESS: &str = "SELECT workflow_step_id, task_id, named_step_id, name AS step_name, current_state, \
     dependencies_satisfied, retry_eligible, ready_for_execution, \
     CASE WHEN isfinite(last_failure_at) THEN last_failure_at AT TIME ZONE 'UTC' END AS last_failure_at, \
     CASE WHEN isfinite(next_retry_at) THEN next_retry_at AT TIME ZONE 'UTC' END AS next_retry_at, total_parents, \
     completed_parents, attempts, retry_limit, backoff_request_seconds, \
     CASE WHEN isfinite(last_attempted_at) THEN last_attempted_at AT TIME ZONE 'UTC' END AS last_attempted_at, blocking_reason, \
     CASE WHEN isfinite(next_eligible_at) THEN next_eligible_at AT TIME ZONE 'UTC' END AS next_eligible_at \
     FROM oracle.step_readiness(%, input.moment, 'corrected')";
const RAILS_CONTEXT: &str = "SELECT task_id, named_task_id, status, total_steps, pending_steps, in_progress_steps, \
     completed_steps, failed_steps, ready_steps, execution_status, recommended_action, completion_percentage, \
     health_status FROM oracle.task_context(%)";
const CONTEXT: &str = "SELECT task_id, named_task_id, status, total_steps, pending_steps, in_progress_steps, \
     completed_steps, failed_steps, cancelled_steps, ready_steps, blocked_steps, execution_status, recommended_action, \
     completion_percentage, health_status, \
     CASE WHEN isfinite(next_eligible_at) THEN next_eligible_at AT TIME ZONE 'UTC' END AS next_eligible_at \
     FROM oracle.task_context(%, input.moment, 'corrected')";
const READY: &str = "SELECT workflow_step_id, task_id, named_step_id, name AS step_name, current_state, attempts, \
     retry_limit, priority, \
     CASE WHEN isfinite(eligible_since) THEN eligible_since AT TIME ZONE 'UTC' END AS eligible_since \
     FROM oracle.ready_steps(%, input.moment) ORDER BY workflow_step_id";

/// The semantics setting, the question to the extension, and the oracle's answer with its arguments. Of a task that does not exist
/// the oracle has no rows, and our functions of one task raise: these are asked about those that there are.
const CHECKS: [(&str, &str, &str, &str); 17] = [
    (
        "v02",
        "tasker_rails_get_step_readiness_status(input.task_id, NULL)",
        STATUS,
        "ARRAY[input.task_id], NULL",
    ),
    (
        "v02",
        "tasker_rails_get_step_readiness_status(input.task_id, input.step_ids)",
        STATUS,
        "ARRAY[input.task_id], input.step_ids",
    ),
    ("v02", "tasker_rails_get_step_readiness_status_batch(input.task_ids)", STATUS, "input.task_ids, NULL"),
    (
        "v02",
        "tasker_rails_get_task_execution_context(input.task_id)",
        RAILS_CONTEXT,
        "ARRAY[input.task_id], input.moment, 'v02'",
    ),
    (
        "v02",
        "tasker_rails_get_task_execution_contexts_batch(input.task_ids)",
        RAILS_CONTEXT,
        "input.task_ids, input.moment, 'v02'",
    ),
    (
        "corrected",
        "tasker_rails_get_step_readiness_status(input.task_id, NULL)",
        CORRECTED_STATUS,
        "ARRAY[input.task_id], NULL",
    ),
    (
        "corrected",
        "tasker_rails_get_step_readiness_status(input.task_id, input.step_ids)",
        CORRECTED_STATUS,
        "ARRAY[input.task_id], input.step_ids",
    ),
    (
        "corrected",
        "tasker_rails_get_step_readiness_status_batch(input.task_ids)",
        CORRECTED_STATUS,
        "input.task_ids, NULL",
    ),
    (
        "corrected",
        "tasker_rails_get_task_execution_context(input.task_id)",
        RAILS_CONTEXT,
        "ARRAY[input.task_id], input.moment, 'corrected_rails'",
    ),
    (
        "corrected",
        "tasker_rails_get_task_execution_contexts_batch(input.task_ids)",
        RAILS_CONTEXT,
        "input.task_ids, input.moment, 'corrected_rails'",
    ),
    (
        "v02",
        "(SELECT found.* FROM tasker_tasks AS known, tasker_step_readiness(known.task_id) AS found \
         WHERE known.task_id = input.task_id)",
        READINESS,
        "ARRAY[input.task_id], NULL",
    ),
    (
        "v02",
        "(SELECT found.* FROM tasker_tasks AS known, tasker_step_readiness(known.task_id, input.step_ids) AS found \
         WHERE known.task_id = input.task_id)",
        READINESS,
        "ARRAY[input.task_id], input.step_ids",
    ),
    ("v02", "tasker_step_readiness_of_tasks(input.task_ids)", READINESS, "input.task_ids, NULL"),
    (
        "v02",
        "(SELECT found.* FROM tasker_tasks AS known, tasker_task_context(known.task_id) AS found \
         WHERE known.task_id = input.task_id)",
        CONTEXT,
        "ARRAY[input.task_id]",
    ),
    ("v02", "tasker_task_context_of_tasks(input.task_ids)", CONTEXT, "input.task_ids"),
    (
        "v02",
        "(SELECT found.* FROM tasker_tasks AS known, tasker_ready_steps(known.task_id) AS found \
         WHERE known.task_id = input.task_id ORDER BY workflow_step_id)",
        READY,
        "ARRAY[input.task_id]",
    ),
    (
        "v02",
        "(SELECT * FROM tasker_ready_steps_of_tasks(input.task_ids) ORDER BY workflow_step_id)",
        READY,
        "input.task_ids",
    ),
];

/// The prepared questions.
#[derive(Debug)]
pub struct Comparison {
    checks: Vec<(&'static str, &'static str, Statement)>,
    drift: Statement,
}

impl Comparison {
    pub fn prepare(client: &mut Client) -> Self {
        let checks = CHECKS.map(|(semantics, question, answer, arguments)| {
            let statement = format!(
                "WITH input AS (SELECT $1::bigint AS task_id, $2::bigint[] AS task_ids, $3::bigint[] AS step_ids, \
                 $4::text::timestamp AS moment) \
                 SELECT (SELECT json_agg(answer)::text FROM input, LATERAL {question} AS answer), \
                 (SELECT json_agg(answer)::text FROM input, LATERAL ({}) AS answer)",
                answer.replace('%', arguments)
            );
            (semantics, question, client.prepare(&statement).expect(question))
        });
        let drift = "SELECT side_table, row_id, problem FROM _tasker_drift(current_schema()::regnamespace) \
                     ORDER BY side_table, row_id";
        Self { checks: checks.into(), drift: client.prepare(drift).expect("the drift check") }
    }

    /// All differences, readable; empty if there is none.
    pub fn run(&self, client: &mut Client, case: &Case, ids: &Ids) -> Result<String, postgres::Error> {
        let id = |asked: &Asked| match asked {
            Asked::Task(task) => Some(ids.tasks[*task]),
            Asked::Unknown => Some(i64::MAX),
            Asked::Null => None,
        };
        let task_id = id(&case.question.task);
        let task_ids: Vec<Option<i64>> = case.question.tasks.iter().map(id).collect();
        let step_ids: Vec<i64> = case.question.steps.iter().map(|step| ids.steps[*step]).collect();
        let clock = CLOCKS[case.clock];
        let mut differences = String::new();
        for semantics in ["v02", "corrected"] {
            client.batch_execute(&format!(
                "SET LOCAL tasker_core.fake_now = '{clock}+00'; SET LOCAL tasker_core.rails_semantics = '{semantics}'"
            ))?;
            for (_, question, statement) in self.checks.iter().filter(|check| check.0 == semantics) {
                let row = client.query_one(statement, &[&task_id, &task_ids, &step_ids, &clock])?;
                let (got, wanted): (Option<String>, Option<String>) = (row.get(0), row.get(1));
                if got != wanted {
                    differences.push_str(&format!("{question} under {semantics}:\n"));
                    differences.push_str(&side_by_side(got.as_deref(), wanted.as_deref(), ids));
                }
            }
        }
        for row in client.query(&self.drift, &[])? {
            let (table, id, problem): (String, i64, String) = (row.get(0), row.get(1), row.get(2));
            differences.push_str(&format!("drift: {table} {id}{}: {problem}\n", step_name(id, ids)));
        }
        Ok(differences)
    }
}

fn step_name(id: i64, ids: &Ids) -> String {
    ids.position(id).map_or_else(String::new, |step| format!(" (step {step})"))
}

/// The first pair of rows that differ, one column a line, and how many rows each side has.
fn side_by_side(got: Option<&str>, wanted: Option<&str>, ids: &Ids) -> String {
    let rows = |text: Option<&str>| {
        let rows: Value = serde_json::from_str(text.unwrap_or("[]")).expect("rows as JSON");
        rows.as_array().cloned().unwrap_or_default()
    };
    let (got_rows, wanted_rows) = (rows(got), rows(wanted));
    let differs = |position: &usize| got_rows.get(*position) != wanted_rows.get(*position);
    let Some(position) = (0..got_rows.len().max(wanted_rows.len())).find(differs) else {
        return format!("  same values, other notation:\n  extension {got:?}\n  oracle    {wanted:?}\n");
    };
    let (got_row, wanted_row) = (got_rows.get(position), wanted_rows.get(position));
    let step = got_row.or(wanted_row).and_then(|row| row["workflow_step_id"].as_i64());
    let columns = wanted_row.or(got_row).and_then(Value::as_object).into_iter().flat_map(|row| row.keys());
    let mut table = vec![["", "column", "extension", "oracle"].map(str::to_owned).to_vec()];
    for column in columns {
        let cell = |row: Option<&Value>| row.map_or_else(|| "-".to_owned(), |row| row[column].to_string());
        let (left, right) = (cell(got_row), cell(wanted_row));
        let mark = if left == right { "" } else { "!" };
        table.push(vec![format!("  {mark}"), column.clone(), left, right]);
    }
    format!(
        "  row {position}{} of {} rows (the oracle has {})\n{}",
        step.map_or_else(String::new, |step| step_name(step, ids)),
        got_rows.len(),
        wanted_rows.len(),
        aligned(&table)
    )
}
