//! What the tables say when the soak is over.

use std::collections::HashMap;

use postgres::Row;

use crate::session::Session;

#[derive(Clone, Debug)]
pub struct Transition {
    pub sort_key: i32,
    pub from_state: Option<String>,
    pub to_state: String,
    pub most_recent: bool,
    pub created_at: i64,
    pub claim_token: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Task {
    pub id: i64,
    pub complete: bool,
    pub history: Vec<Transition>,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub id: i64,
    pub task: i64,
    pub parents: Vec<i64>,
    pub attempts: i32,
    pub retry_limit: i32,
    pub retryable: bool,
    pub processed: bool,
    pub in_process: bool,
    pub leased: bool,
    /// The token of the completion that its results are of.
    pub result: Option<String>,
    pub history: Vec<Transition>,
}

/// All tables, each ordered by id, histories by `sort_key`.
#[derive(Clone, Debug)]
pub struct Tables {
    pub tasks: Vec<Task>,
    pub steps: Vec<Step>,
}

const TASKS: &str = "SELECT task_id, complete FROM tasker_tasks ORDER BY task_id";
const STEPS: &str = "
    SELECT step.workflow_step_id, step.task_id, coalesce(step.attempts, 0), coalesce(step.retry_limit, 3),
        step.retryable, step.processed, step.in_process, lease.workflow_step_id IS NOT NULL,
        ARRAY(SELECT from_step_id FROM tasker_workflow_step_edges WHERE to_step_id = step.workflow_step_id),
        step.results ->> 'token'
    FROM tasker_workflow_steps AS step
    LEFT JOIN tasker_core_leases AS lease ON lease.workflow_step_id = step.workflow_step_id
    ORDER BY step.workflow_step_id";

pub fn read(session: &mut Session) -> Tables {
    let mut histories = histories(session, "tasker_task_transitions", "task_id");
    let mut task = |row: &Row| {
        let id = row.get(0);
        Task { id, complete: row.get(1), history: histories.remove(&id).unwrap_or_default() }
    };
    let tasks = session.insist(TASKS).iter().map(&mut task).collect();
    let mut histories = self::histories(session, "tasker_workflow_step_transitions", "workflow_step_id");
    let mut step = |row: &Row| {
        let id = row.get(0);
        Step {
            id,
            task: row.get(1),
            attempts: row.get(2),
            retry_limit: row.get(3),
            retryable: row.get(4),
            processed: row.get(5),
            in_process: row.get(6),
            leased: row.get(7),
            parents: row.get(8),
            result: row.get(9),
            history: histories.remove(&id).unwrap_or_default(),
        }
    };
    let steps = session.insist(STEPS).iter().map(&mut step).collect();
    Tables { tasks, steps }
}

fn histories(session: &mut Session, table: &str, parent: &str) -> HashMap<i64, Vec<Transition>> {
    let sql = format!(
        "SELECT {parent}, sort_key, from_state, to_state, most_recent, metadata ->> 'claim_token',
             (extract(epoch FROM created_at) * 1000000)::bigint
         FROM {table} ORDER BY {parent}, sort_key"
    );
    let mut histories: HashMap<i64, Vec<Transition>> = HashMap::new();
    for row in session.insist(&sql) {
        histories.entry(row.get(0)).or_default().push(Transition {
            sort_key: row.get(1),
            from_state: row.get(2),
            to_state: row.get(3),
            most_recent: row.get(4),
            claim_token: row.get(5),
            created_at: row.get(6),
        });
    }
    histories
}
