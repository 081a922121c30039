//! The contract in small: what each call answers, and what it leaves behind.
//!
//! Times are seconds since the start of the case. A call is answered with a line of text, or a SQLSTATE.

use std::collections::BTreeSet;

use crate::call::{Call, Case, Token};
use State::{Cancelled, Complete, Error, InProgress, Pending, ResolvedManually};

pub type Answer = Result<String, String>;

pub const STRANGER: &str = "00000000-0000-4000-8000-000000000000";

pub const NOT_NOW: &str = "55000";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    InProgress,
    Complete,
    Error,
    Cancelled,
    ResolvedManually,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Pending => "pending",
            InProgress => "in_progress",
            Complete => "complete",
            Error => "error",
            Cancelled => "cancelled",
            ResolvedManually => "resolved_manually",
        }
    }

    fn satisfies_children(self) -> bool {
        matches!(self, Complete | ResolvedManually)
    }
}

pub struct Task {
    pub state: State,
    pub complete: bool,
    pub deadline: Option<Deadline>,
}

#[derive(Clone, Copy)]
pub struct Deadline {
    pub at: i64,
    /// From the creation of the task.
    pub seconds: i64,
    pub cancels: bool,
}

pub struct Lease {
    pub token: String,
    pub until: i64,
    pub length: i64,
    pub cancelled: bool,
}

pub struct Step {
    pub task: usize,
    pub parents: Vec<usize>,
    pub retry_limit: i32,
    pub retryable: bool,
    /// A failure has made it not retryable, which a reset takes back.
    pub failed_permanently: bool,
    pub state: State,
    pub since: i64,
    pub attempts: i32,
    pub last_attempted: Option<i64>,
    pub requested_wait: Option<i64>,
    pub timeout: Option<i64>,
    /// The token of the last execution with a timeout, and when it must have ended.
    pub execution: Option<(String, i64)>,
    pub lease: Option<Lease>,
    /// Every token that was given out for it, and the answer with which its holder ended the execution.
    pub tokens: Vec<(String, Option<Ended>)>,
    pub map: Option<Map>,
}

/// What makes a step a mapped one.
pub struct Map {
    /// The parent with the list.
    pub source: usize,
    pub elements: usize,
    /// The copies, once they are there.
    pub copies: Vec<usize>,
}

#[derive(Clone)]
pub enum Ended {
    Completed,
    /// With what was answered.
    Failed(String),
    Released,
}

pub struct World {
    pub now: i64,
    pub tasks: Vec<Task>,
    pub steps: Vec<Step>,
}

impl World {
    pub fn new(case: &Case) -> Self {
        let step = |(position, new): (usize, &crate::call::NewStep)| Step {
            task: case.task_of(position),
            parents: case.parents_of(position),
            // NULL is 3, and 0 is no way to say never.
            retry_limit: new.retry_limit.unwrap_or(3).max(1),
            retryable: new.retryable,
            failed_permanently: false,
            state: Pending,
            since: 0,
            attempts: 0,
            last_attempted: None,
            requested_wait: None,
            timeout: new.timeout,
            execution: None,
            lease: None,
            tokens: Vec::new(),
            map: case.map().filter(|(mapped, _)| *mapped == position).map(|(_, elements)| Map {
                source: case.parents_of(position)[0],
                elements,
                copies: Vec::new(),
            }),
        };
        Self {
            now: 0,
            tasks: (case.deadlines.iter().take(case.tasks))
                .map(|deadline| Task {
                    state: Pending,
                    complete: false,
                    deadline: deadline.map(|(seconds, cancels)| Deadline { at: seconds, seconds, cancels }),
                })
                .collect(),
            steps: case.steps.iter().enumerate().map(step).collect(),
        }
    }

    pub fn step(&self, index: usize) -> usize {
        index % self.steps.len()
    }

    pub fn task(&self, index: usize) -> usize {
        index % self.tasks.len()
    }

    pub fn token(&self, step: usize, which: Token) -> Option<String> {
        let given = &self.steps[step].tokens;
        let nth_last = |n: usize| given.len().checked_sub(n).map(|at| given[at].0.clone());
        match which {
            Token::Last => nth_last(1).or(Some(STRANGER.to_owned())),
            Token::Earlier => nth_last(2).or(Some(STRANGER.to_owned())),
            Token::Stranger => Some(STRANGER.to_owned()),
            Token::None => None,
        }
    }

    // Readiness.

    pub fn is_open(&self, task: usize) -> bool {
        matches!(self.tasks[task].state, Pending | InProgress | Error)
    }

    pub fn has_attempts_left(&self, step: usize) -> bool {
        let step = &self.steps[step];
        step.attempts < if step.retryable { step.retry_limit } else { 1 }
            && (step.retryable || step.state != Error)
    }

    fn parents_have_finished(&self, step: usize) -> bool {
        self.steps[step].parents.iter().all(|&parent| self.steps[parent].state.satisfies_children())
    }

    pub fn wait_until(&self, step: usize) -> i64 {
        let step = &self.steps[step];
        let requested = step.last_attempted.zip(step.requested_wait).map(|(last, seconds)| last + seconds);
        let after_failure = (step.state == Error).then(|| step.since + (1 << step.attempts.min(5)).min(30));
        requested.max(after_failure).unwrap_or(0)
    }

    /// Ready but for its wait.
    fn can_run_in_time(&self, step: usize) -> bool {
        matches!(self.steps[step].state, Pending | Error)
            && self.steps[step].map.is_none()
            && self.has_attempts_left(step)
            && self.parents_have_finished(step)
            && self.is_open(self.steps[step].task)
    }

    pub fn is_ready(&self, step: usize) -> bool {
        self.can_run_in_time(step) && self.wait_until(step) <= self.now
    }

    pub fn steps_of(&self, task: usize) -> Vec<usize> {
        (0..self.steps.len()).filter(|&step| self.steps[step].task == task).collect()
    }

    // Changes.

    pub fn enter(&mut self, step: usize, state: State) {
        let now = self.now;
        let step = &mut self.steps[step];
        (step.state, step.since) = (state, now);
        match state {
            InProgress => {}
            Cancelled => step.lease.iter_mut().for_each(|lease| lease.cancelled = true),
            _ => step.lease = None,
        }
    }

    /// An execution has ended.
    pub fn count(&mut self, step: usize) {
        self.steps[step].attempts += 1;
        self.steps[step].last_attempted = Some(self.now);
    }

    /// Leases and waits that are over.
    fn take_what_is_due(&mut self) {
        let mut reviewed = BTreeSet::new();
        for step in 0..self.steps.len() {
            let lease_is_over = self.steps[step].lease.as_ref().is_some_and(|lease| lease.until <= self.now);
            if self.steps[step].state == InProgress && lease_is_over {
                self.count(step);
                self.steps[step].requested_wait = None;
                self.enter(step, Error);
                reviewed.insert(self.steps[step].task);
            }
        }
        for step in 0..self.steps.len() {
            let task = self.steps[step].task;
            if self.steps[step].state == Error
                && self.has_attempts_left(step)
                && self.is_open(task)
                && self.wait_until(step) <= self.now
            {
                self.enter(step, Pending);
            }
        }
        for task in 0..self.tasks.len() {
            if self.tasks[task].deadline.is_some_and(|deadline| deadline.at <= self.now) {
                self.end_late(task);
            }
            if reviewed.contains(&task) {
                self.settle(task);
            }
        }
    }

    /// The deadline of a task has passed. It counts once.
    fn end_late(&mut self, task: usize) {
        let Some(deadline) = self.tasks[task].deadline.take() else { return };
        if !matches!(self.tasks[task].state, Pending | InProgress) {
            return;
        }
        if deadline.cancels {
            self.cancel_whole(task);
            return;
        }
        let would_run = |&step: &usize| match self.steps[step].state {
            InProgress => true,
            Error => self.has_attempts_left(step),
            Pending => self.parents_have_finished(step),
            _ => false,
        };
        let late: Vec<usize> = self.steps_of(task).into_iter().filter(would_run).collect();
        for step in late {
            if self.steps[step].state == InProgress {
                self.count(step);
            }
            let failed = &mut self.steps[step];
            failed.last_attempted = Some(self.now);
            failed.requested_wait = None;
            failed.failed_permanently |= failed.retryable;
            failed.retryable = false;
            self.enter(step, Error);
        }
        self.settle(task);
    }

    /// Adds the copies of mapped steps, and ends those whose copies have ended; returns these.
    pub fn follow_maps(&mut self) -> Vec<usize> {
        let mut ended = Vec::new();
        for step in 0..self.steps.len() {
            let Step { task, state, ref map, .. } = self.steps[step];
            let Some(map) = map.as_ref().filter(|_| state == Pending && self.is_open(task)) else { continue };
            if !self.parents_have_finished(step) {
                continue;
            }
            // An operator has resolved the parent without a list.
            let elements = if self.steps[map.source].state == Complete { map.elements } else { 0 };
            if elements == 0 || !map.copies.is_empty() {
                self.count(step);
                self.enter(step, Complete);
                ended.push(step);
            } else {
                let source = map.source;
                for _ in 0..elements {
                    self.add_copy(step, source);
                }
            }
        }
        ended
    }

    fn add_copy(&mut self, mapped: usize, source: usize) {
        let Step { task, retry_limit, retryable, timeout, .. } = self.steps[mapped];
        let at = self.steps.len();
        self.steps.push(Step {
            task,
            parents: vec![source],
            retry_limit,
            retryable,
            failed_permanently: false,
            state: Pending,
            since: self.now,
            attempts: 0,
            last_attempted: None,
            requested_wait: None,
            timeout,
            execution: None,
            lease: None,
            tokens: Vec::new(),
            map: None,
        });
        self.steps[mapped].parents.push(at);
        if let Some(map) = &mut self.steps[mapped].map {
            map.copies.push(at);
        }
    }

    /// Finishes the task when nothing is left to run.
    pub fn settle(&mut self, task: usize) {
        self.follow_maps();
        let steps = self.steps_of(task);
        let goes_on = |&step: &usize| self.steps[step].state == InProgress || self.can_run_in_time(step);
        if !self.is_open(task) || steps.iter().any(goes_on) {
            return;
        }
        let is_blocked = |&step: &usize| {
            matches!(self.steps[step].state, Pending | Error) && !self.has_attempts_left(step)
        };
        if steps.iter().any(is_blocked) {
            self.tasks[task].state = Error;
        } else {
            // What is still pending stands below a step that was cancelled.
            (self.tasks[task].state, self.tasks[task].complete) = (Complete, true);
        }
    }

    // Calls.

    /// `picked`: the steps and tokens that the database gave out; which of the ready ones is its choice.
    pub fn claim(&mut self, call: &Call, picked: &[(usize, String)]) -> Answer {
        let Call::Claim { steps, lease, task, .. } = *call else { panic!("not a claim: {call:?}") };
        self.take_what_is_due();
        let task = task.map(|task| self.task(task));
        let fits =
            |&step: &usize| self.is_ready(step) && task.is_none_or(|task| self.steps[step].task == task);
        let ready: BTreeSet<usize> = (0..self.steps.len()).filter(fits).collect();
        let chosen: BTreeSet<usize> = picked.iter().map(|(step, _)| *step).collect();
        let expected = ready.len().min(steps as usize);
        if chosen.len() != picked.len() || picked.len() != expected || !chosen.is_subset(&ready) {
            return Ok(format!("{expected} of {ready:?}"));
        }
        let mut lines = Vec::new();
        for (step, token) in picked {
            let timeout = self.steps[*step].timeout;
            let until = self.now + timeout.map_or(lease, |timeout| timeout.min(lease));
            self.enter(*step, InProgress);
            let task = self.steps[*step].task;
            self.tasks[task].state = InProgress;
            let step_claimed = &mut self.steps[*step];
            step_claimed.lease = Some(Lease { token: token.clone(), until, length: lease, cancelled: false });
            step_claimed.tokens.push((token.clone(), None));
            step_claimed.execution = timeout.map(|timeout| (token.clone(), self.now + timeout));
            let (attempt, limit) = (step_claimed.attempts + 1, step_claimed.retry_limit);
            lines.push(format!("step {step} attempt {attempt} of {limit} until {until}"));
        }
        lines.sort();
        Ok(lines.join(", "))
    }

    /// Everything but a claim.
    pub fn call(&mut self, call: &Call) -> Answer {
        match *call {
            Call::Claim { .. } => panic!("a claim needs the choice of the database"),
            Call::Advance(seconds) => {
                self.now += seconds;
                Ok(String::new())
            }
            Call::Maintain => {
                self.take_what_is_due();
                for step in &mut self.steps {
                    step.lease.take_if(|lease| lease.cancelled && lease.until < self.now);
                }
                Ok(String::new())
            }
            Call::Heartbeat { step, token, lease } => self.heartbeat(self.step(step), token, lease),
            Call::Release { step, token } => self.release(self.step(step), token),
            Call::Complete { step, token } => self.complete(self.step(step), token),
            Call::Fail { step, token, retryable, retry_after } => {
                self.fail(self.step(step), token, retryable, retry_after)
            }
            _ => self.verb(call),
        }
    }

    // What can be seen between the calls.

    pub fn picture(&self) -> Vec<String> {
        let task = |(at, task): (usize, &Task)| {
            format!("task {at}: {}, complete {}", task.state.name(), task.complete)
        };
        let step = |(at, step): (usize, &Step)| {
            let lease = step.lease.as_ref().map_or_else(String::new, |lease| {
                let ended = if lease.cancelled { ", cancelled" } else { "" };
                format!(", leased until {} by {}{ended}", lease.until, lease.token)
            });
            format!(
                "step {at}: {}, ready {}, attempts {}, in_process {}, \
                 processed {}, retryable {}, wait {:?} after {:?}{lease}",
                step.state.name(),
                self.is_ready(at),
                step.attempts,
                step.state == InProgress,
                step.state.satisfies_children(),
                step.retryable,
                step.requested_wait,
                step.last_attempted,
            )
        };
        self.tasks.iter().enumerate().map(task).chain(self.steps.iter().enumerate().map(step)).collect()
    }
}
