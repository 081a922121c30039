//! Eight workers, thousands of tasks, an operator who interferes, and a server that keeps losing its backends.
//!
//! Run it with `tests/soak.sh`, which starts a server for it alone: it kills backends, restarts the server and
//! sets its clock. `TASKER_SOAK_TASKS` sets how many tasks there are, `TASKER_SOAK_SEED` where the random
//! numbers start; threads make no two runs alike all the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a test fails by panicking, reports to its caller and documents nothing to others"
)]

#[path = "soak/calls.rs"]
mod calls;
#[path = "soak/chaos.rs"]
mod chaos;
#[path = "soak/check.rs"]
mod check;
#[path = "soak/clock.rs"]
mod clock;
/// The rules, for the workflows and the random numbers of the test kit.
#[allow(dead_code, unused_imports, reason = "a part of it is used")]
#[path = "../src/core/mod.rs"]
mod core;
#[path = "soak/forged.rs"]
mod forged;
#[path = "soak/history.rs"]
mod history;
#[path = "soak/journal.rs"]
mod journal;
#[path = "soak/log.rs"]
mod log;
#[path = "soak/operator.rs"]
mod operator;
#[path = "soak/pattern.rs"]
mod pattern;
#[path = "soak/session.rs"]
mod session;
#[path = "soak/worker.rs"]
mod worker;

use std::env;
use std::fs;
use std::sync::atomic::Ordering;
use std::thread::{self, sleep};
use std::time::Duration;

use crate::clock::{SECOND, START, Shared};
use crate::core::testkit::Random;
use crate::journal::Journal;
use crate::session::{Failure, Session};
use crate::worker::Worker;

const WORKERS: usize = 8;
const DEFAULT_TASKS: u32 = 1500;

/// When for so long, by the fake clock, no execution ended, the tasks that are left are stuck.
const STUCK_AFTER: i64 = 3 * 3600 * SECOND;

const UNFINISHED: &str = "
    SELECT task.task_id FROM tasker_tasks AS task
    WHERE NOT EXISTS (
        SELECT FROM tasker_task_transitions AS transition
        WHERE transition.task_id = task.task_id AND most_recent AND to_state IN ('complete', 'error'))
    ORDER BY task.task_id";

/// What the extension knows of a task that does not go on.
const STUCK: &str = "
    SELECT '  ' || coalesce(side::text, '') FROM tasker_core_tasks AS side WHERE task_id = $1
    UNION ALL SELECT '  ' || side::text FROM tasker_core_steps AS side WHERE task_id = $1
    UNION ALL SELECT '  lease ' || side::text FROM tasker_core_leases AS side WHERE task_id = $1
    UNION ALL SELECT '  hint ' || side::text FROM tasker_core_hints AS side WHERE task_id = $1
    UNION ALL SELECT '  timer ' || side::text FROM tasker_core_timers AS side
    WHERE subject_id = $1 AND kind = 'task' OR kind = 'step' AND subject_id IN (
        SELECT workflow_step_id FROM tasker_core_steps WHERE task_id = $1)";

/// Rows that must be gone when all tasks have ended.
const LEFT_OVER: &str = "
    SELECT 'a place of a limit, ' || held::text FROM tasker_core_holds AS held
    UNION ALL SELECT 'a parked hint, ' || parked::text FROM tasker_core_parked AS parked
    UNION ALL SELECT 'a limit, ' || limited::text FROM tasker_limits() AS limited";

fn number(variable: &str, default: u32) -> u32 {
    env::var(variable)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is not a number")))
}

/// A fresh installation, and what each session has to run first to see it.
fn install() -> String {
    let mut admin = Session::new("soak", "SET client_min_messages = warning");
    admin
        .execute(
            "CREATE EXTENSION IF NOT EXISTS tasker_core; LOAD 'tasker_core';
             DROP SCHEMA IF EXISTS soak CASCADE; CREATE SCHEMA soak; SELECT count(*) FROM tasker_install('soak')",
        )
        .expect("an installation");
    let schema = "SELECT pronamespace::regnamespace::text FROM pg_proc WHERE proname = 'tasker_install'";
    let schema: String = admin.insist(schema)[0].get(0);
    let setup = format!("SET search_path = soak, {schema}; SET statement_timeout = '60s'");
    admin.execute(&setup).expect("a search_path");
    admin.execute(&pattern::definitions()).expect("definitions of tasks and steps");
    clock::set(&mut admin, START).expect("a clock");
    setup
}

/// Writes the tasks while the workers run.
fn create(tasks: u32, seed: u64, setup: &str) {
    let mut session = Session::new("soak creator", setup);
    let mut random = Random::new(seed, 2000);
    for number in 0..tasks {
        let pattern = pattern::choose(&mut random);
        loop {
            match pattern::create(&mut session, number, pattern) {
                Ok(()) => break,
                Err(Failure::Lost) => {}
                Err(Failure::Refused(code, message)) => panic!("a plain INSERT raised {code}: {message}"),
            }
        }
    }
}

/// Runs what pg_cron would run.
fn maintain(shared: &Shared, setup: &str) -> Journal {
    let mut session = Session::new("soak maintenance", setup);
    let mut journal = Journal::default();
    while !shared.stopped() {
        if let Err(Failure::Refused(code, message)) = session.query("SELECT * FROM tasker_maintain(100)", &[])
        {
            journal.complaints.push(format!("tasker_maintain() raised {code}: {message}"));
        }
        sleep(Duration::from_millis(100));
    }
    journal
}

/// Waits until every task is finished, or nothing happens any more; the tasks that are left.
fn watch(shared: &Shared, tasks: u32, setup: &str) -> Vec<i64> {
    let mut session = Session::new("soak watch", setup);
    let (mut ended, mut since) = (0, shared.now());
    loop {
        let created: i64 = session.insist("SELECT count(*) FROM tasker_tasks")[0].get(0);
        let left: Vec<i64> = session.insist(UNFINISHED).iter().map(|row| row.get(0)).collect();
        if created == i64::from(tasks) && left.is_empty() {
            return left;
        }
        let now_ended = shared.ended.load(Ordering::SeqCst);
        if now_ended != ended {
            (ended, since) = (now_ended, shared.now());
        } else if shared.now() - since > STUCK_AFTER {
            return left;
        }
        sleep(Duration::from_millis(200));
    }
}

#[test]
fn workers_finish_every_task_when_backends_are_killed() {
    let tasks = number("TASKER_SOAK_TASKS", DEFAULT_TASKS);
    let seed = u64::from(number("TASKER_SOAK_SEED", 1));
    let log_path = env::var("TASKER_SOAK_LOG").expect("TASKER_SOAK_LOG, set by tests/soak.sh");
    let setup = install();
    let shared = Shared::new();
    let steps = tasks as usize * 7;
    let (left, damage, mut journal, lost) = thread::scope(|scope| {
        let (shared, setup) = (&shared, setup.as_str());
        let workers: Vec<_> = (0..WORKERS)
            .map(|number| scope.spawn(move || Worker::new(number, seed, setup, shared).run()))
            .collect();
        let creator = scope.spawn(move || create(tasks, seed, setup));
        let clock = scope.spawn(move || clock::run(shared, WORKERS));
        let maintenance = scope.spawn(move || maintain(shared, setup));
        let operator = scope.spawn(move || operator::run(shared, seed, setup));
        let chaos = scope.spawn(move || chaos::run(shared, steps, seed));
        let left = watch(shared, tasks, setup);
        shared.stop.store(true, Ordering::SeqCst);
        let mut journal = maintenance.join().unwrap();
        journal.absorb(operator.join().unwrap());
        let mut lost = 0;
        for worker in workers {
            let (remembered, cut_off) = worker.join().unwrap();
            journal.absorb(remembered);
            lost += cut_off;
        }
        creator.join().unwrap();
        clock.join().unwrap();
        (left, chaos.join().unwrap(), journal, lost)
    });

    let mut session = Session::new("soak", &setup);
    for task in &left {
        journal.complaints.push(format!("task {task} is stuck"));
        journal
            .complaints
            .extend(session.insist(&STUCK.replace("$1", &task.to_string())).iter().map(|row| row.get(0)));
    }
    for row in session.insist(
        "SELECT concat_ws(' ', check_name, object, detail) FROM tasker_doctor() WHERE severity = 'error'",
    ) {
        journal.complaints.push(format!("doctor: {}", row.get::<_, String>(0)));
    }
    for row in session.insist(LEFT_OVER) {
        journal.complaints.push(format!("left over: {}", row.get::<_, String>(0)));
    }
    let tables = history::read(&mut session);
    let (mut complaints, endings) = check::complaints(&tables, &journal);
    complaints.extend(log::complaints(&fs::read_to_string(log_path).expect("the log"), damage.kills));

    let finished = |state: bool| tables.tasks.iter().filter(|task| task.complete == state).count();
    let refused = |execution: &&journal::Execution| {
        execution.ending.is_some() && execution.outcome == journal::Outcome::Refused
    };
    println!(
        "soak: {} tasks complete, {} failed; {} steps, {endings:?}; {} endings refused, {} heartbeats, {} repetitions, \
         {} claims unseen; {damage:?}, {lost} connections lost; {} s by the fake clock",
        finished(true),
        finished(false),
        tables.steps.len(),
        journal.executions.iter().filter(refused).count(),
        journal.heartbeats,
        journal.repetitions,
        journal.unseen_claims,
        (shared.now() - START) / SECOND,
    );
    let shown = complaints.len().min(50);
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints[..shown].join("\n"));
    assert!(damage.kills > 0 && damage.restarts > 0 && damage.terminations > 0, "too peaceful: {damage:?}");
}
