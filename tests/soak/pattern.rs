//! The workflows (semantics 11.3), and how the engine writes a task: one INSERT for each row, one transaction.

use crate::random::Random;
use crate::session::{Failure, Session};

pub struct Pattern {
    pub name: &'static str,
    /// Tasks in a hundred.
    share: usize,
    pub steps: &'static [&'static str],
    /// Positions of parent and child.
    edges: &'static [(usize, usize)],
}

pub const PATTERNS: [Pattern; 6] = [
    Pattern {
        name: "linear",
        share: 20,
        steps: &[
            "initialize_data",
            "validate_input",
            "process_data",
            "transform_results",
            "validate_output",
            "finalize_workflow",
        ],
        edges: &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)],
    },
    Pattern {
        name: "diamond",
        share: 25,
        steps: &[
            "start_workflow",
            "branch_one_process",
            "branch_two_process",
            "branch_one_validate",
            "branch_two_validate",
            "merge_branches",
            "end_workflow",
        ],
        edges: &[(0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 5), (5, 6)],
    },
    Pattern {
        name: "parallel_merge",
        share: 20,
        steps: &[
            "fetch_user_data",
            "fetch_order_data",
            "fetch_inventory_data",
            "fetch_pricing_data",
            "process_user_data",
            "process_order_data",
            "merge_all_data",
        ],
        edges: &[(0, 4), (1, 5), (4, 6), (5, 6), (2, 6), (3, 6)],
    },
    Pattern {
        name: "tree",
        share: 15,
        steps: &[
            "root_initialization",
            "branch_a_setup",
            "branch_b_setup",
            "branch_a_task_one",
            "branch_a_task_two",
            "branch_b_task_one",
            "branch_b_task_two",
            "aggregate_results",
        ],
        edges: &[(0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6), (3, 7), (4, 7), (5, 7), (6, 7)],
    },
    Pattern {
        name: "mixed",
        share: 10,
        steps: &[
            "init_auth",
            "validate_permissions",
            "init_config",
            "setup_environment",
            "begin_processing",
            "process_critical_data",
            "process_optional_data",
            "cleanup_temp_files",
            "finalize_and_report",
        ],
        edges: &[(0, 1), (2, 3), (1, 4), (3, 4), (4, 5), (4, 6), (3, 7), (5, 8), (7, 8)],
    },
    // Not the engine's: leaves that end at the same time, each taking itself for not the last.
    Pattern {
        name: "leaves",
        share: 10,
        steps: &["prepare", "notify_one", "notify_two", "notify_three", "notify_four", "notify_five"],
        edges: &[(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)],
    },
];

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
    for (task, pattern) in PATTERNS.iter().enumerate() {
        let (name, namespace) = (pattern.name, task % NAMESPACES.len());
        sql.push_str(&format!(
            "INSERT INTO tasker_named_tasks (named_task_id, name, task_namespace_id, created_at, updated_at)
             VALUES ({task}, '{name}', {namespace}, {now});\n"
        ));
        for (at, name) in pattern.steps.iter().enumerate() {
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
    PATTERNS
        .iter()
        .position(|pattern| {
            let found = left < pattern.share;
            left = left.saturating_sub(pattern.share);
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
    for at in 0..PATTERNS[pattern].steps.len() {
        let retry_limit = if at % 2 == 0 { 3 } else { 5 };
        steps.push(session.query(step, &[&task, &step_name(pattern, at), &retry_limit])?[0].get(0));
    }
    let edge =
        "INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
        VALUES ($1, $2, 'provides', '2026-01-01', '2026-01-01')";
    for &(from, to) in PATTERNS[pattern].edges {
        session.query(edge, &[&steps[from], &steps[to]])?;
    }
    session.execute("COMMIT")
}
