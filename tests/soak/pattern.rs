//! The workflows, and how the engine writes a task: one INSERT for each row, one transaction.

use std::sync::LazyLock;

use crate::core::testkit::{Blueprint, BlueprintStep, Pattern, Random};
use crate::session::{Failure, Session};

pub struct Workflow {
    pub name: &'static str,
    /// Tasks in a hundred.
    share: usize,
    blueprint: Blueprint,
}

impl Workflow {
    pub fn step_names(&'static self) -> Vec<&'static str> {
        self.blueprint.steps.iter().map(|step| step.name.as_ref()).collect()
    }
}

pub static WORKFLOWS: LazyLock<[Workflow; 6]> = LazyLock::new(|| {
    let known =
        |pattern: Pattern, share| Workflow { name: pattern.as_str(), share, blueprint: pattern.blueprint() };
    [
        known(Pattern::Linear, 20),
        known(Pattern::Diamond, 25),
        known(Pattern::ParallelMerge, 20),
        known(Pattern::Tree, 15),
        known(Pattern::Mixed, 10),
        Workflow { name: "leaves", share: 10, blueprint: leaves() },
    ]
});

/// Not the engine's: leaves that end at the same time, each taking itself for not the last.
fn leaves() -> Blueprint {
    let step = |name: &'static str, parents| BlueprintStep { name: name.into(), parents };
    let names = ["notify_one", "notify_two", "notify_three", "notify_four", "notify_five"];
    let leaves = names.map(|name| step(name, vec![0]));
    Blueprint { steps: [step("prepare", Vec::new())].into_iter().chain(leaves).collect() }
}

pub const NAMESPACES: [&str; 2] = ["orders", "reports"];
pub const SYSTEMS: [&str; 2] = ["shop", "warehouse"];

/// Namespaces, systems, and the names of tasks and steps.
pub fn definitions() -> String {
    let now = "'2026-01-01', '2026-01-01'";
    let mut sql = String::new();
    for (id, name) in NAMESPACES.iter().enumerate() {
        sql.push_str(&format!("INSERT INTO tasker_task_namespaces VALUES ({id}, '{name}', NULL, {now});\n"));
    }
    for (id, name) in SYSTEMS.iter().enumerate() {
        sql.push_str(&format!(
            "INSERT INTO tasker_dependent_systems VALUES ({id}, '{name}', NULL, {now});\n"
        ));
    }
    for (task, workflow) in WORKFLOWS.iter().enumerate() {
        let (name, namespace) = (workflow.name, task % NAMESPACES.len());
        sql.push_str(&format!(
            "INSERT INTO tasker_named_tasks (named_task_id, name, task_namespace_id, created_at, updated_at)
             VALUES ({task}, '{name}', {namespace}, {now});\n"
        ));
        for (at, name) in workflow.step_names().into_iter().enumerate() {
            let (id, system) = (step_name(task, at), at % SYSTEMS.len());
            sql.push_str(&format!(
                "INSERT INTO tasker_named_steps (named_step_id, dependent_system_id, name, created_at, updated_at)
                 VALUES ({id}, {system}, '{name}', {now});\n"
            ));
        }
    }
    sql
}

fn step_name(pattern: usize, step: usize) -> i32 {
    (pattern * 100 + step) as i32
}

pub fn choose(random: &mut Random) -> usize {
    let mut left = random.below(100);
    WORKFLOWS
        .iter()
        .position(|workflow| {
            let found = left < workflow.share;
            left = left.saturating_sub(workflow.share);
            found
        })
        .unwrap_or(0)
}

/// Writes a task, unless an earlier try has; `number` identifies it.
pub fn create(session: &mut Session, number: u32, pattern: usize) -> Result<(), Failure> {
    let identity = format!("soak {number}");
    let known = "SELECT FROM tasker_tasks WHERE identity_hash = $1";
    if !session.query(known, &[&identity])?.is_empty() {
        return Ok(());
    }
    session.execute("BEGIN")?;
    let task = "INSERT INTO tasker_tasks
            (named_task_id, requested_at, context, identity_hash, created_at, updated_at)
        VALUES ($1, '2026-01-01', '{\"soak\": true}', $2, '2026-01-01', '2026-01-01') RETURNING task_id";
    let task: i64 = session.query(task, &[&(pattern as i32), &identity])?[0].get(0);
    let step = "INSERT INTO tasker_workflow_steps
            (task_id, named_step_id, attempts, retry_limit, inputs, results, created_at, updated_at)
        VALUES ($1, $2, 0, $3, '{\"soak\": true}', '{}', '2026-01-01', '2026-01-01') RETURNING workflow_step_id";
    let mut steps: Vec<i64> = Vec::new();
    let blueprint = &WORKFLOWS[pattern].blueprint;
    for at in 0..blueprint.steps.len() {
        let retry_limit = if at % 2 == 0 { 3 } else { 5 };
        steps.push(session.query(step, &[&task, &step_name(pattern, at), &retry_limit])?[0].get(0));
    }
    let edge =
        "INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
        VALUES ($1, $2, 'provides', '2026-01-01', '2026-01-01')";
    for (from, to) in blueprint.edges() {
        session.query(edge, &[&steps[from], &steps[to]])?;
    }
    session.execute("COMMIT")
}
