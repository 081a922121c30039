//! The extension against the oracle: random tasks, written in random ways, every function row by row.
//!
//! Runs against the database of `TASKER_TEST_DATABASE_URL` (key=value form, a superuser role) in a schema of
//! its own. `TASKER_DIFFERENTIAL_CASES` sets how many cases are tried, `TASKER_DIFFERENTIAL_SEED` (a number, or
//! `random`) where the generator starts; a failing case is kept in `tests/differential.proptest-regressions`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking and documents nothing to others"
)]

#[path = "differential/case.rs"]
mod case;
#[path = "differential/change.rs"]
mod change;
#[path = "differential/compare.rs"]
mod compare;
#[path = "differential/generate.rs"]
mod generate;
#[path = "lib/random_cases.rs"]
mod random_cases;
#[path = "differential/shrink.rs"]
mod shrink;
#[path = "differential/write.rs"]
mod write;

use std::cell::RefCell;
use std::sync::{Mutex, OnceLock, RwLock};

use postgres::Client;
use proptest::test_runner::{FileFailurePersistence, TestCaseError, TestRunner};

use crate::case::{Asked, Case, Manner, Moment, Question, Step, Task, Transition};
use crate::compare::Comparison;
use crate::generate::Cases;
use crate::random_cases::{connect, failure_of, number, schema_of_extension};

const DEFAULT_CASES: u32 = 2000;
const ZONES: [&str; 4] = ["UTC", "America/Los_Angeles", "Asia/Tokyo", "Asia/Kathmandu"];

/// Dead rows of rolled-back cases are swept after this many cases, or every index would slow down.
const SWEEP_AFTER: u32 = 200;

const ORACLE: [&str; 11] = [
    include_str!("oracle/schema.sql"),
    include_str!("oracle/failure_delay.sql"),
    include_str!("oracle/v02_steps.sql"),
    include_str!("oracle/corrected_steps.sql"),
    include_str!("oracle/step_readiness.sql"),
    include_str!("oracle/ready_steps.sql"),
    include_str!("oracle/task_context.sql"),
    include_str!("oracle/get_step_readiness_status.sql"),
    include_str!("oracle/get_step_readiness_status_batch.sql"),
    include_str!("oracle/get_task_execution_context.sql"),
    include_str!("oracle/get_task_execution_contexts_batch.sql"),
];

const DEFINITIONS: &str = "
    INSERT INTO tasker_task_namespaces (name, created_at, updated_at) VALUES ('default', NOW(), NOW());
    INSERT INTO tasker_dependent_systems (name, created_at, updated_at) VALUES ('system', NOW(), NOW());
    INSERT INTO tasker_named_tasks (name, task_namespace_id, created_at, updated_at)
    SELECT 'task ' || number, min(task_namespace_id), NOW(), NOW()
    FROM tasker_task_namespaces, generate_series(1, 2) AS number
    GROUP BY number ORDER BY number;
    INSERT INTO tasker_named_steps (name, dependent_system_id, created_at, updated_at)
    SELECT 'step ' || number, min(dependent_system_id), NOW(), NOW()
    FROM tasker_dependent_systems, generate_series(1, 5) AS number
    GROUP BY number ORDER BY number;
";

/// TRUNCATE needs the tables for itself; everything else may run side by side.
static TABLES: RwLock<()> = RwLock::new(());

/// One connection with its prepared questions; `first_id` keeps the ids of concurrent tests apart.
struct Session {
    client: Client,
    comparison: Comparison,
    first_id: i64,
    cases: u32,
}

impl Session {
    fn open(zone: &str) -> Self {
        static INSTALLED: OnceLock<()> = OnceLock::new();
        static OPENED: Mutex<i64> = Mutex::new(0);
        INSTALLED.get_or_init(|| install(&mut connect()));
        let mut client = connect();
        let schema = schema_of_extension(&mut client);
        client
            .batch_execute(&format!(
                "SET search_path = differential, {schema}; SET TimeZone = '{zone}'; SET tasker_core.enforce_edges = off"
            ))
            .expect("a session");
        let comparison = Comparison::prepare(&mut client);
        let mut opened = OPENED.lock().unwrap();
        *opened += 1;
        Self { client, comparison, first_id: *opened * 1_000_000 + 1, cases: 0 }
    }

    /// Writes the case, compares, and takes everything back; `meddle` runs between writing and comparing.
    fn differences(&mut self, case: &Case, meddle: &str) -> String {
        self.cases += 1;
        if self.cases.is_multiple_of(SWEEP_AFTER) {
            self.sweep();
        }
        let _shared = TABLES.read().unwrap();
        self.client.batch_execute("BEGIN").expect("a transaction");
        let outcome = write::write(&mut self.client, case, self.first_id).and_then(|ids| {
            self.client.batch_execute(meddle)?;
            self.comparison.run(&mut self.client, case, &ids)
        });
        self.client.batch_execute("ROLLBACK").expect("a rollback");
        outcome.unwrap_or_else(|error| match error.as_db_error() {
            Some(error) => format!("{error}, {:?}\n", error.where_()),
            None => panic!("the connection broke: {error}"),
        })
    }

    fn sweep(&mut self) {
        let tables = self.client.query(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'differential'::regnamespace \
             AND relkind = 'r'",
            &[],
        );
        for table in tables.expect("the tables") {
            let table: String = table.get(0);
            self.client.batch_execute(&format!("VACUUM {table}")).expect("a sweep");
        }
    }
}

fn install(client: &mut Client) {
    client
        .batch_execute(
            "SET client_min_messages = warning;
             CREATE EXTENSION IF NOT EXISTS tasker_core;
             DROP SCHEMA IF EXISTS differential CASCADE;
             CREATE SCHEMA differential",
        )
        .expect("the extension and a fresh schema");
    client.batch_execute(&format!("BEGIN; {}; COMMIT", ORACLE.join(";\n"))).expect("the oracle");
    client
        .batch_execute("SELECT object FROM tasker_install('differential'); SET search_path = differential")
        .expect("an installation");
    client.batch_execute(DEFINITIONS).expect("definitions of tasks and steps");
}

fn runner(cases: u32, stream: usize, failure_persistence: Option<FileFailurePersistence>) -> TestRunner {
    random_cases::runner("TASKER_DIFFERENTIAL_SEED", stream as u8, cases, 20_000, failure_persistence)
}

/// Tries random cases; the smallest one with differences that count, if any, with these differences.
fn try_cases(
    runner: &mut TestRunner,
    zone: &str,
    meddle: &str,
    counts: impl Fn(&str) -> bool,
) -> Option<(Case, String)> {
    let session = RefCell::new(Session::open(zone));
    let outcome = runner.run(&Cases, |case| match session.borrow_mut().differences(&case, meddle) {
        differences if counts(&differences) => Err(TestCaseError::fail(differences)),
        _ => Ok(()),
    });
    failure_of(outcome)
}

fn extension_agrees_with_oracle(zone: usize) {
    let cases = number("TASKER_DIFFERENTIAL_CASES", DEFAULT_CASES).div_ceil(ZONES.len() as u32);
    let persistence = FileFailurePersistence::Direct("tests/differential.proptest-regressions");
    let mut runner = runner(cases, zone, Some(persistence));
    if let Some((case, differences)) =
        try_cases(&mut runner, ZONES[zone], "", |differences| !differences.is_empty())
    {
        panic!("extension and oracle differ with TimeZone {}\n{case:?}\n\n{differences}", ZONES[zone]);
    }
}

#[test]
fn random_tasks_when_session_is_in_utc() {
    extension_agrees_with_oracle(0);
}

#[test]
fn random_tasks_when_session_is_in_los_angeles() {
    extension_agrees_with_oracle(1);
}

#[test]
fn random_tasks_when_session_is_in_tokyo() {
    extension_agrees_with_oracle(2);
}

#[test]
fn random_tasks_when_session_is_in_kathmandu() {
    extension_agrees_with_oracle(3);
}

/// A step that is done, and one below it that failed a minute ago.
fn two_steps() -> Case {
    let transition = |to_state| Transition {
        to_state,
        from_state: None,
        sort_key: 10,
        most_recent: true,
        created: Moment::seconds(-60),
    };
    let step = |to_state| Step { attempts: Some(1), history: vec![transition(to_state)], ..Step::plain(0) };
    Case {
        clock: 0,
        manner: Manner::Rows,
        edges_last: false,
        tasks: vec![Task { history: vec![transition(1)] }],
        steps: vec![step(2), step(3)],
        edges: vec![(0, 1)],
        changes: Vec::new(),
        question: Question { task: Asked::Task(0), tasks: vec![Asked::Task(0)], steps: vec![1] },
    }
}

#[test]
fn harness_notices_when_side_rows_are_changed_behind_the_triggers() {
    let mut session = Session::open("UTC");
    let case = two_steps();
    assert_eq!(session.differences(&case, ""), "");
    let meddle = |assignment: &str, step: i64| {
        let step = session.first_id + step;
        format!("UPDATE tasker_core_steps SET {assignment} WHERE workflow_step_id = {step}")
    };
    let meddlings = [
        (meddle("attempts = 2", 1), "attempts"),
        (meddle("state = 'in_progress'", 0), "dependencies_satisfied"),
        (meddle("parent_step_ids = '{}'", 1), "total_parents"),
        (meddle("state_since = state_since + interval '1 microsecond'", 1), "last_failure_at"),
    ];
    for (meddling, column) in meddlings {
        let differences = session.differences(&case, &meddling);
        assert!(differences.contains("drift: tasker_core_steps"), "no drift after {meddling}: {differences}");
        let marked = |line: &str| line.starts_with("  !") && line.contains(column);
        assert!(differences.lines().any(marked), "no difference in {column} after {meddling}: {differences}");
    }
}

#[test]
fn failing_case_shrinks_to_few_steps_when_a_defect_is_planted() {
    let planted =
        "DELETE FROM tasker_core_steps WHERE cardinality(parent_step_ids) >= 2 AND attempts IS NULL";
    let mut runner = runner(300, 9, None);
    let is_planted = |differences: &str| {
        differences.contains("drift: tasker_core_steps") && differences.contains(": missing")
    };
    let (case, differences) =
        try_cases(&mut runner, "UTC", planted, is_planted).expect("the planted defect is found");
    assert!(
        differences.lines().any(|line| line.starts_with("  !")),
        "the comparison is blind: {differences}"
    );
    assert!(case.steps.len() <= 3, "not shrunk: {case:?}");
    assert!(case.changes.is_empty(), "not shrunk: {case:?}");
}

#[test]
fn side_rows_follow_when_tables_are_truncated() {
    let mut session = Session::open("UTC");
    let _alone = TABLES.write().unwrap();
    for tables in [
        "tasker_workflow_step_transitions",
        "tasker_task_transitions",
        "tasker_workflow_step_edges",
        "tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions",
        "tasker_tasks CASCADE",
    ] {
        let case = two_steps();
        session.client.batch_execute("BEGIN").unwrap();
        let ids = write::write(&mut session.client, &case, session.first_id).unwrap();
        session.client.batch_execute(&format!("TRUNCATE {tables}")).unwrap();
        let differences = session.comparison.run(&mut session.client, &case, &ids).unwrap();
        session.client.batch_execute("ROLLBACK").unwrap();
        assert_eq!(differences, "", "after TRUNCATE {tables}");
    }
}

#[test]
fn baseline_of_the_benches_agrees_with_the_oracle() {
    let mut session = Session::open("UTC");
    let case = two_steps();
    session.client.batch_execute("BEGIN").unwrap();
    write::write(&mut session.client, &case, session.first_id).unwrap();
    // The baseline reads the transaction's clock, so the rows are moved to it.
    let moved = "UPDATE tasker_workflow_step_transitions SET created_at = NOW() - interval '1 second'";
    session.client.batch_execute(moved).unwrap();
    let answers = "
        WITH task AS (SELECT array_agg(task_id) AS ids FROM tasker_tasks)
        SELECT
            (SELECT json_agg(row)::text FROM task, LATERAL oracle.get_step_readiness_status_batch(ids) AS row),
            (SELECT json_agg(row)::text FROM task, LATERAL oracle.get_step_readiness_status(ids[1]) AS row),
            (SELECT json_agg(row)::text
                FROM task, LATERAL oracle.v02_steps(ids, NULL, NOW()::timestamp) AS row),
            (SELECT json_agg(row)::text FROM task, LATERAL oracle.get_task_execution_contexts_batch(ids) AS row),
            (SELECT json_agg(row)::text FROM task, LATERAL oracle.get_task_execution_context(ids[1]) AS row),
            (SELECT json_agg(row)::text FROM task, LATERAL (
                SELECT task_id, named_task_id, status, total_steps, pending_steps, in_progress_steps,
                    completed_steps, failed_steps, ready_steps, execution_status, recommended_action,
                    completion_percentage, health_status
                FROM oracle.task_context(ids, NOW()::timestamp, 'v02')) AS row)";
    let row = session.client.query_one(answers, &[]).unwrap();
    session.client.batch_execute("ROLLBACK").unwrap();
    let answer = |column: usize| row.get::<_, Option<String>>(column).expect("rows");
    assert_eq!(answer(0), answer(2));
    assert_eq!(answer(1), answer(2));
    assert_eq!(answer(3), answer(5));
    assert_eq!(answer(4), answer(5));
}
