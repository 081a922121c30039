//! An operator who interferes: pauses and resumes tasks and whole kinds of work, sets priorities and limits. Nothing of it may
//! change how anything ends.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::Duration;

use postgres::types::ToSql;

use crate::WORKERS;
use crate::clock::Shared;
use crate::core::testkit::Random;
use crate::journal::Journal;
use crate::pattern::{NAMESPACES, SYSTEMS, WORKFLOWS};
use crate::session::{Failure, Session};

/// With fewer tasks left everything goes on: the clock would run away from those that are paused.
const FEWEST_TASKS: i64 = 60;
/// So much is paused at once, and limited.
const AT_ONCE: usize = 3;

/// How many tasks are open, and the last one.
const LEFT: &str = "
    SELECT (SELECT count(*) FROM tasker_core_tasks WHERE state IN ('pending', 'in_progress')),
        (SELECT coalesce(max(task_id), 0) FROM tasker_tasks)";

/// What is paused, in the order of its beginning.
enum Paused {
    Task(i64),
    Scope(&'static str, String),
}

struct Operator<'a> {
    session: Session,
    shared: &'a Shared,
    random: Random,
    paused: VecDeque<Paused>,
    limited: VecDeque<(&'static str, String)>,
    journal: Journal,
}

/// Interferes until the soak is over.
pub fn run(shared: &Shared, seed: u64, setup: &str) -> Journal {
    let session = Session::new("soak operator", setup);
    let (paused, limited) = (VecDeque::new(), VecDeque::new());
    let random = Random::new(seed, 3000);
    let mut operator = Operator { session, shared, random, paused, limited, journal: Journal::default() };
    while !shared.stopped() {
        operator.turn();
        sleep(Duration::from_millis(10));
    }
    operator.journal
}

impl Operator<'_> {
    fn turn(&mut self) {
        let row = &self.session.insist(LEFT)[0];
        let (left, last): (i64, i64) = (row.get(0), row.get(1));
        if left < FEWEST_TASKS {
            return self.let_go();
        }
        if self.shared.idle.load(Ordering::SeqCst) == WORKERS {
            // Perhaps because of us.
            self.resume();
            return self.remove_limit();
        }
        let task = self.random.between(1, last);
        match self.random.below(6) {
            0 => {
                self.call("SELECT tasker_pause_task($1, 'soak')", &[&task]);
                self.paused.push_back(Paused::Task(task));
            }
            1 => {
                let priority = self.random.between(-100, 100) as i32;
                self.call("SELECT tasker_set_task_priority($1, $2)", &[&task, &priority]);
            }
            2 => {
                let (scope, name) = self.scope();
                self.call("SELECT tasker_pause($1, $2)", &[&scope, &name]);
                self.paused.push_back(Paused::Scope(scope, name));
            }
            3 => {
                let (scope, name) = self.scope();
                let most = self.random.between(1, 4) as i32;
                self.call("SELECT tasker_set_limit($1, $2, max_running => $3)", &[&scope, &name, &most]);
                self.limited.push_back((scope, name));
            }
            4 => {
                let (scope, name) = self.scope();
                let most = self.random.between(3, 20) as i32;
                let limit = "SELECT tasker_set_limit($1, $2, max_starts => $3, per => '10 seconds')";
                self.call(limit, &[&scope, &name, &most]);
                self.limited.push_back((scope, name));
            }
            _ => self.remove_limit(),
        }
        if self.paused.len() > AT_ONCE {
            self.resume();
        }
        if self.limited.len() > AT_ONCE {
            self.remove_limit();
        }
    }

    fn scope(&mut self) -> (&'static str, String) {
        let workflow = self.random.one_of(&*WORKFLOWS);
        match self.random.below(4) {
            0 => ("namespace", (*self.random.one_of(&NAMESPACES)).to_owned()),
            1 => ("dependent_system", (*self.random.one_of(&SYSTEMS)).to_owned()),
            2 => ("task_name", workflow.name.to_owned()),
            _ => ("step_name", (*self.random.one_of(&workflow.step_names())).to_owned()),
        }
    }

    fn let_go(&mut self) {
        while !self.paused.is_empty() && !self.shared.stopped() {
            self.resume();
        }
        while !self.limited.is_empty() && !self.shared.stopped() {
            self.remove_limit();
        }
    }

    fn resume(&mut self) {
        match self.paused.pop_front() {
            Some(Paused::Task(task)) => self.call("SELECT tasker_resume_task($1)", &[&task]),
            Some(Paused::Scope(scope, name)) => {
                self.call("SELECT tasker_resume($1, $2)", &[&scope, &name]);
            }
            None => {}
        }
    }

    fn remove_limit(&mut self) {
        if let Some((scope, name)) = self.limited.pop_front() {
            self.call("SELECT tasker_set_limit($1, $2)", &[&scope, &name]);
        }
    }

    /// Until it has an answer: each of these calls may run twice. A task may be over by now, or never have been there (its
    /// number is that of a transaction that was rolled back).
    fn call(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) {
        loop {
            match self.session.query(sql, parameters) {
                Ok(_) => return,
                Err(Failure::Lost) if self.shared.stopped() => return,
                Err(Failure::Lost) => {}
                Err(Failure::Refused(code, _)) if code == "55000" || code == "P0002" => return,
                Err(Failure::Refused(code, message)) => {
                    return self.journal.complaints.push(format!("{sql} raised {code}: {message}"));
                }
            }
        }
    }
}
