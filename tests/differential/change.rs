//! The SQL of later changes: what an engine, a console and a clean-up do to tables that already hold tasks.

use crate::case::{Case, Change, Moment, STATES};
use crate::write::{Ids, update_columns};

/// How far a renumbered step moves; more than there are steps in a case.
const RENUMBERED: i64 = 500_000;

/// The statements of one change; they do nothing where an earlier change took away what they refer to.
pub fn sql(case: &Case, change: &Change, ids: &Ids, named_step: i32) -> String {
    let rows = "tasker_workflow_step_transitions";
    let at = |moment: &Moment| format!("'{}'", moment.at(case.clock));
    let exists =
        |step: i64| format!("EXISTS (SELECT FROM tasker_workflow_steps WHERE workflow_step_id = {step})");
    let members =
        |task: i64| format!("(SELECT workflow_step_id FROM tasker_workflow_steps WHERE task_id = {task})");
    match change {
        Change::Flip { step, to_state, created } => {
            let id = ids.steps[*step];
            flip(
                rows,
                "workflow_step_id",
                &format!("tasker_workflow_steps WHERE workflow_step_id = {id}"),
                *to_state,
                &at(created),
            )
        }
        Change::FlipTask { task, to_state } => {
            let id = ids.tasks[*task];
            flip(
                "tasker_task_transitions",
                "task_id",
                &format!("tasker_tasks WHERE task_id = {id}"),
                *to_state,
                &at(&Moment(0)),
            )
        }
        Change::FlipAll { task, to_state, created } => {
            let id = ids.tasks[*task];
            flip(
                rows,
                "workflow_step_id",
                &format!("tasker_workflow_steps WHERE task_id = {id}"),
                *to_state,
                &at(created),
            )
        }
        Change::Columns { step, like } => update_columns(case, like, ids.steps[*step], named_step),
        Change::Attempts { step, attempts } => {
            let attempts = attempts.map_or_else(|| "NULL".to_owned(), |attempts| attempts.to_string());
            let id = ids.steps[*step];
            format!("UPDATE tasker_workflow_steps SET attempts = {attempts} WHERE workflow_step_id = {id}")
        }
        Change::CountAll { task } => format!(
            "UPDATE tasker_workflow_steps SET attempts = LEAST(COALESCE(attempts, 0), 2147483646) + 1 \
             WHERE task_id = {}",
            ids.tasks[*task]
        ),
        Change::MoveStep { step, task } => format!(
            "UPDATE tasker_workflow_steps SET task_id = {task} WHERE workflow_step_id = {} \
             AND EXISTS (SELECT FROM tasker_tasks WHERE task_id = {task})",
            ids.steps[*step],
            task = ids.tasks[*task],
        ),
        Change::Unflag { step } => {
            format!("UPDATE {rows} SET most_recent = false WHERE workflow_step_id = {}", ids.steps[*step])
        }
        Change::Reset { step } => {
            let id = ids.steps[*step];
            format!(
                "DELETE FROM {rows} WHERE workflow_step_id = {id};\n\
                 INSERT INTO {rows} (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at) \
                 SELECT {id}, 'pending', 0, true, {}, NOW() WHERE {}",
                at(&Moment(0)),
                exists(id)
            )
        }
        Change::DeleteCurrent { step } => {
            format!("DELETE FROM {rows} WHERE workflow_step_id = {} AND most_recent", ids.steps[*step])
        }
        Change::Rewrite { step, to_state, created } => format!(
            "UPDATE {rows} SET to_state = '{}', created_at = {} WHERE workflow_step_id = {} AND most_recent",
            STATES[*to_state],
            at(created),
            ids.steps[*step]
        ),
        Change::Hand { from, to } => {
            let (from, to) = (ids.steps[*from], ids.steps[*to]);
            format!(
                "UPDATE {rows} SET workflow_step_id = {to}, sort_key = \
                 (SELECT COALESCE(max(sort_key), 0) + 1 FROM {rows} WHERE workflow_step_id = {to}) \
                 WHERE workflow_step_id = {from} AND most_recent AND {} \
                 AND NOT EXISTS (SELECT FROM {rows} WHERE workflow_step_id = {to} AND most_recent)",
                exists(to)
            )
        }
        Change::AddEdge { from, to } => {
            let (from, to) = (ids.steps[*from], ids.steps[*to]);
            format!(
                "INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at) \
                 SELECT {from}, {to}, 'provides', NOW(), NOW() WHERE {} AND {}",
                exists(from),
                exists(to)
            )
        }
        Change::DeleteEdge { edge } => ids.edges.get(*edge).map_or_else(String::new, |edge| {
            format!("DELETE FROM tasker_workflow_step_edges WHERE id = {edge}")
        }),
        Change::BendEdge { edge, from, to } => ids.edges.get(*edge).map_or_else(String::new, |edge| {
            let (from, to) = (ids.steps[*from], ids.steps[*to]);
            format!(
                "UPDATE tasker_workflow_step_edges SET from_step_id = {from}, to_step_id = {to} \
                 WHERE id = {edge} AND {} AND {}",
                exists(from),
                exists(to)
            )
        }),
        Change::DeleteEdges { task } => {
            format!(
                "DELETE FROM tasker_workflow_step_edges WHERE to_step_id IN {}",
                members(ids.tasks[*task])
            )
        }
        Change::DeleteStep { step } => delete_steps(&format!("({})", ids.steps[*step])),
        Change::DeleteTask { task } => {
            let id = ids.tasks[*task];
            format!(
                "{}DELETE FROM tasker_task_transitions WHERE task_id = {id};\n\
                 DELETE FROM tasker_tasks WHERE task_id = {id}",
                delete_steps(&members(id))
            )
        }
        Change::Renumber { step } => format!(
            "UPDATE tasker_workflow_steps SET workflow_step_id = workflow_step_id + {RENUMBERED} \
             WHERE workflow_step_id = {id} \
             AND NOT EXISTS (SELECT FROM {rows} WHERE workflow_step_id = {id}) \
             AND NOT EXISTS (SELECT FROM tasker_workflow_step_edges WHERE {id} IN (from_step_id, to_step_id))",
            id = ids.steps[*step]
        ),
        Change::TakenBack(inner) => format!(
            "SAVEPOINT taken_back;\n{};\nROLLBACK TO SAVEPOINT taken_back",
            sql(case, inner, ids, named_step)
        ),
    }
}

fn flip(table: &str, key: &str, parents: &str, to_state: usize, created: &str) -> String {
    format!(
        "UPDATE {table} SET most_recent = false, updated_at = NOW() \
         WHERE {key} IN (SELECT {key} FROM {parents}) AND most_recent = true;\n\
         INSERT INTO {table} ({key}, to_state, sort_key, most_recent, created_at, updated_at) \
         SELECT parent.{key}, '{}', (SELECT COALESCE(max(sort_key), 0) + 10 FROM {table} AS earlier \
         WHERE earlier.{key} = parent.{key}), true, {created}, NOW() \
         FROM (SELECT {key} FROM {parents} ORDER BY {key}) AS parent",
        STATES[to_state]
    )
}

fn delete_steps(steps: &str) -> String {
    format!(
        "DELETE FROM tasker_workflow_step_transitions WHERE workflow_step_id IN {steps};\n\
         DELETE FROM tasker_workflow_step_edges WHERE from_step_id IN {steps} OR to_step_id IN {steps};\n\
         DELETE FROM tasker_workflow_steps WHERE workflow_step_id IN {steps};\n"
    )
}
