//! Random calls of several workers: the extension against a small model of the contract.
//!
//! Runs against the database of `TASKER_TEST_DATABASE_URL` (key=value form, a superuser role) in a schema of its
//! own; each case is rolled back. `TASKER_MODEL_CASES` sets how many cases are tried, `TASKER_MODEL_SEED` (a number,
//! or `random`) where the generator starts; a failing case is kept in `tests/model.proptest-regressions`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking and documents nothing to others"
)]

#[path = "model/call.rs"]
mod call;
#[path = "model/database.rs"]
mod database;
#[path = "model/executions.rs"]
mod executions;
#[path = "lib/random_cases.rs"]
mod random_cases;
#[path = "model/rules.rs"]
mod rules;
#[path = "model/verbs.rs"]
mod verbs;

use std::cell::RefCell;
use std::sync::Once;

use postgres::Client;
use proptest::test_runner::{FileFailurePersistence, TestCaseError, TestRunner};

use crate::call::{Call, Case};
use crate::database::{Database, Statements};
use crate::random_cases::{connect, failure_of, number, schema_of_extension};
use crate::rules::World;

const DEFAULT_CASES: u32 = 600;

/// Dead rows of rolled-back cases are swept after this many cases, or every index would slow down.
const SWEEP_AFTER: u32 = 200;

const DEFINITIONS: &str = "
    INSERT INTO tasker_task_namespaces VALUES (1, 'default', NULL, NOW(), NOW());
    INSERT INTO tasker_dependent_systems VALUES (1, 'system', NULL, NOW(), NOW());
    INSERT INTO tasker_named_tasks (named_task_id, name, task_namespace_id, created_at, updated_at)
    VALUES (1, 'task', 1, NOW(), NOW());
    INSERT INTO tasker_named_steps (named_step_id, dependent_system_id, name, created_at, updated_at)
    SELECT number, 1, 'step ' || number, NOW(), NOW() FROM generate_series(0, 5) AS number;
";

struct Session {
    client: Client,
    statements: Statements,
    cases: u32,
}

impl Session {
    /// In a fresh installation; `schema` keeps the tests of this file apart.
    fn open(schema: &str) -> Self {
        let mut client = connect();
        static CREATED: Once = Once::new();
        CREATED.call_once(|| {
            client
                .batch_execute(
                    "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS tasker_core",
                )
                .expect("the extension");
        });
        client
            .batch_execute(&format!(
                "SET client_min_messages = warning; SET TimeZone = 'Asia/Kathmandu';
                 DROP SCHEMA IF EXISTS {schema} CASCADE;
                 CREATE SCHEMA {schema};
                 SELECT object FROM tasker_install('{schema}')"
            ))
            .expect("an installation");
        let extension = schema_of_extension(&mut client);
        client.batch_execute(&format!("SET search_path = {schema}, {extension}")).expect("a search_path");
        client.batch_execute(DEFINITIONS).expect("definitions of tasks and steps");
        let statements = Statements::prepare(&mut client);
        Self { client, statements, cases: 0 }
    }

    /// Makes the calls to both; what differs first. `meddle` runs in the database after every call.
    fn difference(&mut self, case: &Case, meddle: &str) -> Option<String> {
        self.cases += 1;
        if self.cases.is_multiple_of(SWEEP_AFTER) {
            self.client.batch_execute("VACUUM").expect("a sweep");
        }
        self.client.batch_execute("BEGIN").expect("a transaction");
        let mut database = Database::write(&mut self.client, &self.statements, case).expect("a case");
        let difference = compare(&mut database, &mut World::new(case), case, meddle);
        self.client.batch_execute("ROLLBACK").expect("a rollback");
        difference
    }
}

fn compare(database: &mut Database, world: &mut World, case: &Case, meddle: &str) -> Option<String> {
    let differ = |call: &str, database: &[String], model: &[String]| {
        let only = |of: &[String], other: &[String], who: &str| -> String {
            of.iter().filter(|line| !other.contains(line)).map(|line| format!("  {who}: {line}\n")).collect()
        };
        let (ours, theirs) = (only(database, model, "database"), only(model, database, "model   "));
        (database != model).then(|| format!("after {call}\n{ours}{theirs}"))
    };
    for (number, call) in case.calls.iter().enumerate() {
        let (answer, picked) = database.call(world, call);
        let expected = match call {
            Call::Claim { .. } => world.claim(call, &picked),
            _ => world.call(call),
        };
        database.meddle(meddle);
        let call = format!("call {number}, {call:?}");
        if answer != expected {
            return Some(format!("{call}\n  database: {answer:?}\n  model:    {expected:?}\n"));
        }
        let difference = differ(&call, &database.picture(), &world.picture());
        if difference.is_some() {
            return difference;
        }
    }
    differ("all calls", &database.faults(), &[])
}

fn runner(cases: u32, failure_persistence: Option<FileFailurePersistence>) -> TestRunner {
    random_cases::runner("TASKER_MODEL_SEED", 0, cases, 5_000, failure_persistence)
}

/// Tries random cases; the smallest one that differs, with its difference.
fn try_cases(runner: &mut TestRunner, schema: &str, meddle: &str) -> Option<(Case, String)> {
    let session = RefCell::new(Session::open(schema));
    let outcome = runner.run(&call::cases(), |case| match session.borrow_mut().difference(&case, meddle) {
        Some(difference) => Err(TestCaseError::fail(difference)),
        None => Ok(()),
    });
    failure_of(outcome)
}

#[test]
fn extension_agrees_with_model_when_calls_are_random() {
    let persistence = FileFailurePersistence::Direct("tests/model.proptest-regressions");
    let mut runner = runner(number("TASKER_MODEL_CASES", DEFAULT_CASES), Some(persistence));
    if let Some((case, difference)) = try_cases(&mut runner, "model", "") {
        panic!("extension and model differ\n{case:#?}\n\n{difference}");
    }
}

#[test]
fn difference_is_found_and_shrunk_when_a_defect_is_planted() {
    let defects = [
        ("model_attempts", "UPDATE tasker_workflow_steps SET attempts = 0 WHERE attempts > 1"),
        ("model_leases", "UPDATE tasker_core_leases SET lease_until = lease_until + interval '1 second'"),
        ("model_hints", "DELETE FROM tasker_core_hints WHERE cause_id <> workflow_step_id"),
        ("model_timers", "DELETE FROM tasker_core_timers"),
    ];
    for (schema, defect) in defects {
        let (case, difference) = try_cases(&mut runner(400, None), schema, defect)
            .unwrap_or_else(|| panic!("not found: {defect}"));
        assert!(case.calls.len() <= 8, "not shrunk after {defect}: {case:#?}\n{difference}");
    }
}
