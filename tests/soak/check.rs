//! Compares the tables with what must be true, and with what the workers remember.

use std::collections::{HashMap, HashSet};

use crate::clock::SECOND;
use crate::history::{Step, Tables, Task, Transition};
use crate::journal::{Ending, Execution, Journal, Outcome};

/// A change of the clock reaches one session a little later than another.
const SKEW: i64 = 30 * SECOND;

/// The transitions that the table of states permits.
const TASK_TABLE: [(&str, &[&str]); 6] = [
    ("pending", &["in_progress", "cancelled", "error"]),
    ("in_progress", &["complete", "error", "cancelled", "pending"]),
    ("error", &["pending", "resolved_manually"]),
    ("complete", &["cancelled"]),
    ("resolved_manually", &["cancelled"]),
    ("cancelled", &[]),
];
const STEP_TABLE: [(&str, &[&str]); 6] = [
    ("pending", &["in_progress", "error", "cancelled", "resolved_manually"]),
    ("in_progress", &["complete", "error", "cancelled"]),
    ("error", &["pending", "resolved_manually"]),
    ("complete", &[]),
    ("resolved_manually", &[]),
    ("cancelled", &[]),
];

/// How the executions of the history ended.
#[derive(Debug, Default)]
pub struct Endings {
    pub completed: usize,
    pub failed: usize,
    pub released: usize,
    pub taken_back: usize,
    /// Failed, released or taken back: the answer was lost.
    pub unknown: usize,
}

/// Everything that is wrong; empty when all is well.
pub fn complaints(tables: &Tables, journal: &Journal) -> (Vec<String>, Endings) {
    let mut checker = Checker {
        steps: tables.steps.iter().map(|step| (step.id, step)).collect(),
        executions: HashMap::new(),
        seen: HashSet::new(),
        strangers: 0,
        endings: Endings::default(),
        complaints: journal.complaints.clone(),
    };
    for execution in &journal.executions {
        if checker.executions.insert(execution.token.as_str(), execution).is_some() {
            checker.complaints.push(format!("token {} was given out twice", execution.token));
        }
    }
    for step in &tables.steps {
        checker.step(step);
    }
    let mut by_task: HashMap<i64, Vec<&Step>> = HashMap::new();
    for step in &tables.steps {
        by_task.entry(step.task).or_default().push(step);
    }
    for task in &tables.tasks {
        checker.task(task, by_task.get(&task.id).map_or(&[], Vec::as_slice));
    }
    for execution in &journal.executions {
        checker.remembered(execution);
    }
    if checker.strangers > journal.unseen_claims {
        let (strangers, unseen) = (checker.strangers, journal.unseen_claims);
        checker
            .complaints
            .push(format!("{strangers} claims that no worker made, {unseen} answers were lost"));
    }
    (checker.complaints, checker.endings)
}

struct Checker<'a> {
    steps: HashMap<i64, &'a Step>,
    executions: HashMap<&'a str, &'a Execution>,
    /// The tokens of the histories.
    seen: HashSet<&'a str>,
    strangers: usize,
    endings: Endings,
    complaints: Vec<String>,
}

fn state(history: &[Transition]) -> &str {
    history.iter().find(|row| row.most_recent).map_or("pending", |row| &row.to_state)
}

fn may_run_again(step: &Step) -> bool {
    step.retryable && step.attempts < step.retry_limit
}

impl<'a> Checker<'a> {
    fn complain(&mut self, about: impl Into<String>) {
        self.complaints.push(about.into());
    }

    fn history(&mut self, whose: &str, history: &[Transition], table: &[(&str, &[&str])]) {
        let mut before = "pending";
        let mut sort_key = None;
        for row in history {
            let (from, to) = (row.from_state.as_deref().unwrap_or("nothing"), row.to_state.as_str());
            if from != before {
                self.complain(format!("{whose}: from {from} to {to}, but it was {before}"));
            }
            if !table.iter().any(|(state, targets)| *state == before && targets.contains(&to)) {
                self.complain(format!("{whose}: from {before} to {to} is not legal"));
            }
            if sort_key.is_some_and(|earlier| earlier >= row.sort_key) {
                self.complain(format!("{whose}: sort_key {} is not the next", row.sort_key));
            }
            before = to;
            sort_key = Some(row.sort_key);
        }
        let current: Vec<usize> =
            history.iter().enumerate().filter(|(_, row)| row.most_recent).map(|(at, _)| at).collect();
        let expected: Vec<usize> = history.len().checked_sub(1).into_iter().collect();
        if current != expected {
            self.complain(format!("{whose}: most_recent is not the last alone: {current:?}"));
        }
    }

    fn step(&mut self, step: &'a Step) {
        let whose = format!("step {}", step.id);
        self.history(&whose, &step.history, &STEP_TABLE);
        let state = state(&step.history);
        if step.history.iter().filter(|row| row.to_state == "complete").count() > 1 {
            self.complain(format!("{whose}: complete twice"));
        }
        if step.leased {
            self.complain(format!("{whose}: {state}, and still leased"));
        }
        if step.in_process || step.processed != (state == "complete") {
            let (in_process, processed) = (step.in_process, step.processed);
            self.complain(format!("{whose}: {state}, in_process {in_process}, processed {processed}"));
        }
        self.executions_of(step);
    }

    /// The claims of a step in their order, each with what ended it.
    fn executions_of(&mut self, step: &'a Step) {
        let whose = format!("step {}", step.id);
        // How many attempts may be and must be counted; the answer to a release may have been lost.
        let (mut least, mut most) = (0, 0);
        let mut before: Option<(&Execution, i64)> = None;
        for (at, claim) in step.history.iter().enumerate().filter(|(_, row)| row.to_state == "in_progress") {
            let Some(token) = claim.claim_token.as_deref() else {
                self.complain(format!("{whose}: in progress without a token"));
                continue;
            };
            self.parents_were_complete(step, claim);
            if !self.seen.insert(token) {
                self.complain(format!("{whose}: token {token} is in the history twice"));
            }
            let Some(end) = step.history.get(at + 1) else {
                self.complain(format!("{whose}: never ended"));
                continue;
            };
            let Some(&execution) = self.executions.get(token) else {
                self.strangers += 1;
                self.endings.taken_back += 1;
                if end.to_state != "error" {
                    self.complain(format!("{whose}: {} by token {token}, which no worker got", end.to_state));
                }
                (least, most) = (least + 1, most + 1);
                continue;
            };
            if execution.step != step.id {
                self.complain(format!("{whose}: token {token} is of step {}", execution.step));
            }
            if !(least + 1..=most + 1).contains(&execution.attempt) {
                let attempt = execution.attempt;
                self.complain(format!("{whose}: attempt {attempt} after {least} to {most} that ended"));
            }
            if let Some((earlier, ended_at)) = before {
                self.do_not_overlap(earlier, ended_at, execution);
            }
            before = Some((execution, end.created_at));
            let counted = self.ended(step, execution, end);
            (least, most) = (least + counted.0, most + counted.1);
        }
        if !(least..=most).contains(&step.attempts) {
            let attempts = step.attempts;
            self.complain(format!("{whose}: attempts {attempts}, {least} to {most} executions have ended"));
        }
        if step.attempts > step.retry_limit {
            self.complain(format!("{whose}: {} attempts of {}", step.attempts, step.retry_limit));
        }
    }

    fn parents_were_complete(&mut self, step: &Step, claim: &Transition) {
        for id in &step.parents {
            let history = self.steps.get(id).map_or(&[][..], |parent| &parent.history);
            let complete = history.iter().find(|row| row.to_state == "complete");
            if complete.is_none_or(|row| row.created_at > claim.created_at + SKEW) {
                self.complain(format!("step {}: claimed before its parent {id} was complete", step.id));
            }
        }
    }

    fn do_not_overlap(&mut self, earlier: &Execution, ended_at: i64, later: &Execution) {
        let step = later.step;
        if later.claimed_at + SKEW < ended_at.min(earlier.lease_until) {
            self.complain(format!("step {step}: leases overlap: tokens {}, {}", earlier.token, later.token));
        }
        if earlier.next_eligible_at.is_some_and(|eligible| later.claimed_at + SKEW < eligible) {
            self.complain(format!("step {step}: token {} did not wait for its turn", later.token));
        }
    }

    /// How many attempts the end of an execution may be and must be counted for.
    fn ended(&mut self, step: &Step, execution: &Execution, end: &Transition) -> (i32, i32) {
        let (token, to) = (&execution.token, end.to_state.as_str());
        let said = (execution.ending.as_ref(), execution.outcome);
        let mut complain = |what: &str| {
            self.complaints.push(format!("step {}: token {token}, {said:?}: {what}, history {to}", step.id));
        };
        if execution.claim == Outcome::Refused {
            complain("a claim that was rolled back");
        }
        match (said, to) {
            ((Some(Ending::Completed), Outcome::Acknowledged | Outcome::Unknown), "complete") => {
                if step.result.as_ref() != Some(token) {
                    complain("the results are another's");
                }
                self.endings.completed += 1;
                (1, 1)
            }
            ((_, _), "complete") => {
                complain("completed by no worker");
                (1, 1)
            }
            ((Some(Ending::Completed), Outcome::Acknowledged), _) => {
                complain("an acknowledged completion is lost");
                (1, 1)
            }
            ((Some(Ending::Failed { .. }), Outcome::Acknowledged), _) => {
                self.endings.failed += 1;
                (1, 1)
            }
            ((Some(Ending::Released), Outcome::Acknowledged), _) => {
                self.endings.released += 1;
                (0, 0)
            }
            ((Some(Ending::Failed { .. }), Outcome::Unknown), _) => {
                self.endings.unknown += 1;
                (1, 1)
            }
            ((Some(Ending::Released), Outcome::Unknown), _) => {
                self.endings.unknown += 1;
                (0, 1)
            }
            _ => {
                if end.created_at < execution.lease_until {
                    complain("taken back before its lease was over");
                }
                self.endings.taken_back += 1;
                (1, 1)
            }
        }
    }

    fn remembered(&mut self, execution: &Execution) {
        if execution.claim == Outcome::Acknowledged && !self.seen.contains(execution.token.as_str()) {
            let (step, token) = (execution.step, &execution.token);
            self.complain(format!("step {step}: the claim with token {token} is not in the history"));
        }
    }

    fn task(&mut self, task: &Task, steps: &[&Step]) {
        let whose = format!("task {}", task.id);
        self.history(&whose, &task.history, &TASK_TABLE);
        let terminal = |row: &&Transition| matches!(row.to_state.as_str(), "complete" | "error");
        let ends = task.history.iter().filter(terminal).count();
        let state = state(&task.history);
        if ends != 1 || !matches!(state, "complete" | "error") {
            self.complain(format!("{whose}: {state}, and reached an end {ends} times"));
        }
        if task.complete != (state == "complete") {
            self.complain(format!("{whose}: {state}, complete {}", task.complete));
        }
        let open: Vec<&&Step> =
            steps.iter().filter(|step| self::state(&step.history) != "complete").collect();
        if state == "complete" && !open.is_empty() {
            self.complain(format!("{whose}: complete, step {} is not", open[0].id));
        }
        if state == "error" {
            if open.is_empty() {
                self.complain(format!("{whose}: error, though all is complete"));
            }
            let alive: Vec<i64> =
                open.iter().filter(|step| !self.is_blocked(step)).map(|step| step.id).collect();
            if !alive.is_empty() {
                self.complain(format!("{whose}: error, though steps {alive:?} can still run"));
            }
        }
    }

    /// Whether a step failed for good, or stands below one that did.
    fn is_blocked(&self, step: &Step) -> bool {
        match state(&step.history) {
            "error" => !may_run_again(step),
            "pending" => step.parents.iter().any(|id| {
                self.steps
                    .get(id)
                    .is_some_and(|parent| state(&parent.history) != "complete" && self.is_blocked(parent))
            }),
            _ => false,
        }
    }
}
