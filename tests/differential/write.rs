//! Writes a case into the Rails tables of the current schema, inside the caller's transaction.

use std::io::Write as _;

use postgres::types::ToSql;
use postgres::{Client, Error};

use crate::case::{Case, Manner, Moment, STATES, Step, Transition};
use crate::change;

/// The ids that the positions of a case got.
#[derive(Debug)]
pub struct Ids {
    pub tasks: Vec<i64>,
    pub steps: Vec<i64>,
    pub edges: Vec<i64>,
}

impl Ids {
    pub fn position(&self, step: i64) -> Option<usize> {
        self.steps.iter().position(|&id| id == step)
    }
}

const TASKS: Table = Table {
    name: "tasker_tasks",
    columns: &[
        ("task_id", "bigint"),
        ("named_task_id", "integer"),
        ("requested_at", "timestamp"),
        ("identity_hash", "varchar"),
        ("created_at", "timestamp"),
        ("updated_at", "timestamp"),
    ],
};

const STEPS: Table = Table {
    name: "tasker_workflow_steps",
    columns: &[
        ("workflow_step_id", "bigint"),
        ("task_id", "bigint"),
        ("named_step_id", "integer"),
        ("retryable", "boolean"),
        ("retry_limit", "integer"),
        ("attempts", "integer"),
        ("backoff_request_seconds", "integer"),
        ("last_attempted_at", "timestamp"),
        ("in_process", "boolean"),
        ("processed", "boolean"),
        ("skippable", "boolean"),
        ("created_at", "timestamp"),
        ("updated_at", "timestamp"),
    ],
};

const EDGES: Table = Table {
    name: "tasker_workflow_step_edges",
    columns: &[
        ("from_step_id", "bigint"),
        ("to_step_id", "bigint"),
        ("name", "varchar"),
        ("created_at", "timestamp"),
        ("updated_at", "timestamp"),
    ],
};

const TASK_TRANSITIONS: Table =
    Table { name: "tasker_task_transitions", columns: &transition_columns("task_id") };

const STEP_TRANSITIONS: Table =
    Table { name: "tasker_workflow_step_transitions", columns: &transition_columns("workflow_step_id") };

const fn transition_columns(parent: &'static str) -> [(&'static str, &'static str); 7] {
    [
        (parent, "bigint"),
        ("to_state", "varchar"),
        ("from_state", "varchar"),
        ("sort_key", "integer"),
        ("most_recent", "boolean"),
        ("created_at", "timestamp"),
        ("updated_at", "timestamp"),
    ]
}

struct Table {
    name: &'static str,
    columns: &'static [(&'static str, &'static str)],
}

type Row = Vec<Option<String>>;

/// Writes all of the case; `first_id` is the id of its first task and of its first step.
pub fn write(client: &mut Client, case: &Case, first_id: i64) -> Result<Ids, Error> {
    let ids = |count: usize| (first_id..).take(count).collect::<Vec<i64>>();
    let mut ids = Ids { tasks: ids(case.tasks.len()), steps: ids(case.steps.len()), edges: Vec::new() };
    let named_task =
        client.query_one("SELECT min(named_task_id) FROM tasker_named_tasks", &[])?.get::<_, i32>(0);
    let named_step =
        client.query_one("SELECT min(named_step_id) FROM tasker_named_steps", &[])?.get::<_, i32>(0);
    let tasks = ids.tasks.iter().map(|id| task_row(case, *id, named_task)).collect();
    TASKS.fill(client, case.manner, tasks)?;
    let rows = |fresh: bool| {
        let steps = case.steps.iter().zip(&ids.steps);
        steps.map(|(step, id)| step_row(case, step, *id, ids.tasks[step.task], named_step, fresh)).collect()
    };
    STEPS.fill(client, case.manner, rows(case.manner == Manner::StepByStep))?;
    if !case.edges_last {
        EDGES.fill(client, case.manner, edge_rows(case, &ids))?;
    }
    for (history, id, table) in histories(case, &ids) {
        if case.manner == Manner::StepByStep {
            client.batch_execute(&statesman(case, history, id, &table))?;
        }
    }
    if case.manner == Manner::StepByStep {
        for (step, id) in case.steps.iter().zip(&ids.steps) {
            client.batch_execute(&update_columns(case, step, *id, named_step))?;
        }
    } else {
        for table in [TASK_TRANSITIONS, STEP_TRANSITIONS] {
            let histories = histories(case, &ids).filter(|(_, _, other)| other.name == table.name);
            let rows = histories
                .flat_map(|(history, id, _)| history.iter().map(move |row| transition_row(case, row, id)));
            table.fill(client, case.manner, rows.collect())?;
        }
    }
    if case.edges_last {
        EDGES.fill(client, case.manner, edge_rows(case, &ids))?;
    }
    let written = "SELECT id FROM tasker_workflow_step_edges WHERE from_step_id = ANY ($1) ORDER BY id";
    ids.edges = client.query(written, &[&ids.steps])?.iter().map(|row| row.get(0)).collect();
    for change in &case.changes {
        client.batch_execute(&change::sql(case, change, &ids, named_step))?;
    }
    Ok(ids)
}

fn histories<'a>(case: &'a Case, ids: &'a Ids) -> impl Iterator<Item = (&'a [Transition], i64, Table)> {
    let tasks =
        case.tasks.iter().zip(&ids.tasks).map(|(task, id)| (&task.history[..], *id, TASK_TRANSITIONS));
    tasks
        .chain(case.steps.iter().zip(&ids.steps).map(|(step, id)| (&step.history[..], *id, STEP_TRANSITIONS)))
}

impl Table {
    fn fill(&self, client: &mut Client, manner: Manner, rows: Vec<Row>) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let (table, names) = (self.name, names.join(", "));
        let cast = |(position, (_, kind)): (usize, &(&str, &str))| format!("${}::text::{kind}", position + 1);
        match manner {
            Manner::Copy => {
                let mut copy = client.copy_in(&format!("COPY {table} ({names}) FROM STDIN"))?;
                for row in &rows {
                    let cells: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or("\\N")).collect();
                    writeln!(copy, "{}", cells.join("\t")).expect("a row of text");
                }
                copy.finish()?;
            }
            Manner::Bulk => {
                let columns: Vec<Vec<&Option<String>>> = (0..self.columns.len())
                    .map(|column| rows.iter().map(|row| &row[column]).collect())
                    .collect();
                let arrays: Vec<String> =
                    (1..=columns.len()).map(|column| format!("${column}::text[]")).collect();
                let cells: Vec<String> = (1..=columns.len()).map(|column| format!("c{column}")).collect();
                let casts: Vec<String> = cells
                    .iter()
                    .zip(self.columns)
                    .map(|(cell, (_, kind))| format!("{cell}::{kind}"))
                    .collect();
                let insert = format!(
                    "INSERT INTO {table} ({names}) SELECT {} FROM unnest({}) WITH ORDINALITY AS row ({}, place) \
                     ORDER BY place",
                    casts.join(", "),
                    arrays.join(", "),
                    cells.join(", "),
                );
                let parameters: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| column as _).collect();
                client.execute(&insert, &parameters)?;
            }
            Manner::Rows | Manner::StepByStep => {
                let casts: Vec<String> = self.columns.iter().enumerate().map(cast).collect();
                let insert = client
                    .prepare(&format!("INSERT INTO {table} ({names}) VALUES ({})", casts.join(", ")))?;
                for row in &rows {
                    let parameters: Vec<&(dyn ToSql + Sync)> = row.iter().map(|cell| cell as _).collect();
                    client.execute(&insert, &parameters)?;
                }
            }
        }
        Ok(())
    }
}

fn task_row(case: &Case, id: i64, named_task: i32) -> Row {
    let now = Some(Moment(0).at(case.clock));
    let named_task = Some((i64::from(named_task) + id % 2).to_string());
    vec![Some(id.to_string()), named_task, now.clone(), Some(format!("case {id}")), now.clone(), now]
}

fn step_row(case: &Case, step: &Step, id: i64, task: i64, named_step: i32, fresh: bool) -> Row {
    let plain = Step { name: step.name, created: step.created, ..Step::plain(step.task) };
    let step = if fresh { &plain } else { step };
    let number = |value: Option<i32>| value.map(|value| value.to_string());
    vec![
        Some(id.to_string()),
        Some(task.to_string()),
        Some((named_step + step.name as i32).to_string()),
        Some(step.retryable.to_string()),
        number(step.retry_limit),
        number(step.attempts),
        number(step.backoff),
        step.last_attempted.map(|moment| moment.at(case.clock)),
        Some(step.in_process.to_string()),
        Some(step.processed.to_string()),
        Some(step.skippable.to_string()),
        Some(step.created.at(case.clock)),
        Some(Moment(0).at(case.clock)),
    ]
}

fn edge_rows(case: &Case, ids: &Ids) -> Vec<Row> {
    let now = Some(Moment(0).at(case.clock));
    let row = |&(from, to): &(usize, usize)| {
        let (from, to) = (ids.steps[from].to_string(), ids.steps[to].to_string());
        vec![Some(from), Some(to), Some("provides".to_owned()), now.clone(), now.clone()]
    };
    case.edges.iter().map(row).collect()
}

fn transition_row(case: &Case, transition: &Transition, parent: i64) -> Row {
    vec![
        Some(parent.to_string()),
        Some(STATES[transition.to_state].to_owned()),
        transition.from_state.map(|state| STATES[state].to_owned()),
        Some(transition.sort_key.to_string()),
        Some(transition.most_recent.to_string()),
        Some(transition.created.at(case.clock)),
        Some(Moment(0).at(case.clock)),
    ]
}

/// A literal of SQL, cast by its place.
fn literal(cell: &Option<String>) -> String {
    cell.as_ref().map_or_else(|| "NULL".to_owned(), |cell| format!("'{cell}'"))
}

/// Each row becomes current when it is written; in the end the flags are what the case says.
fn statesman(case: &Case, history: &[Transition], parent: i64, table: &Table) -> String {
    let (name, key) = (table.name, table.columns[0].0);
    let columns: Vec<&str> = table.columns.iter().map(|(column, _)| *column).collect();
    let mut sql = String::new();
    for transition in history {
        let current = Transition { most_recent: true, ..transition.clone() };
        let cells: Vec<String> = transition_row(case, &current, parent).iter().map(literal).collect();
        sql.push_str(&format!(
            "UPDATE {name} SET most_recent = false, updated_at = NOW() WHERE {key} = {parent} AND most_recent = true;\n\
             INSERT INTO {name} ({}) VALUES ({});\n",
            columns.join(", "),
            cells.join(", "),
        ));
    }
    if history.last().is_some_and(|last| !last.most_recent) {
        sql.push_str(&format!(
            "UPDATE {name} SET most_recent = false WHERE {key} = {parent} AND most_recent;\n"
        ));
        if let Some(current) = history.iter().find(|transition| transition.most_recent) {
            let sort_key = current.sort_key;
            sql.push_str(&format!(
                "UPDATE {name} SET most_recent = true WHERE {key} = {parent} AND sort_key = {sort_key};\n"
            ));
        }
    }
    sql
}

/// Sets all columns of a step, except its id and its task.
pub fn update_columns(case: &Case, step: &Step, id: i64, named_step: i32) -> String {
    let row = step_row(case, step, id, 0, named_step, false);
    let assignments: Vec<String> = (STEPS.columns.iter().zip(&row).skip(2))
        .map(|((column, _), cell)| format!("{column} = {}", literal(cell)))
        .collect();
    format!("UPDATE tasker_workflow_steps SET {} WHERE workflow_step_id = {id};\n", assignments.join(", "))
}
