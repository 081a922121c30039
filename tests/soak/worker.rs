//! A worker: claims, extends, ends, forgets and comes back too late, and writes down what it was told.

use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::Duration;

use crate::calls::{self, Answer, LEASES, Request};
use crate::clock::{SECOND, Shared, utc};
use crate::core::testkit::Random;
use crate::journal::{Ending, Execution, Journal, Outcome};
use crate::session::{Failure, Session};

/// How many executions a worker holds at once.
const CAPACITY: usize = 4;

/// An execution in the worker's hands.
struct Held {
    execution: Execution,
    /// What a lost connection left open: it is asked again.
    unanswered: Option<Ending>,
    /// Only after this time will the worker speak again: too late, perhaps.
    silent_until: i64,
    /// A heartbeat said that the lease is lost.
    told_lost: bool,
}

pub struct Worker<'a> {
    name: String,
    session: Session,
    shared: &'a Shared,
    random: Random,
    /// Everything below READ COMMITTED may be told to try again.
    strict: bool,
    held: Vec<Held>,
    /// Ended and answered, to be ended again now and then.
    answered: Vec<Execution>,
    journal: Journal,
    idle: bool,
}

impl<'a> Worker<'a> {
    pub fn new(number: usize, seed: u64, setup: &str, shared: &'a Shared) -> Self {
        let isolation = match number {
            6 => "repeatable read",
            7 => "serializable",
            _ => "read committed",
        };
        let setup = format!("{setup}; SET default_transaction_isolation = '{isolation}'");
        Self {
            name: format!("worker {number}"),
            session: Session::new("soak worker", &setup),
            shared,
            random: Random::new(seed, number as u64),
            strict: isolation != "read committed",
            held: Vec::new(),
            answered: Vec::new(),
            journal: Journal::default(),
            idle: false,
        }
    }

    /// Works until the soak is over; what it has seen, and how often it was cut off.
    pub fn run(mut self) -> (Journal, u32) {
        while !self.shared.stopped() {
            self.turn();
        }
        let held = std::mem::take(&mut self.held);
        self.journal.executions.extend(held.into_iter().map(|held| held.execution));
        (self.journal, self.session.lost)
    }

    fn turn(&mut self) {
        if self.random.permille(30) {
            self.repeat();
        }
        let now = self.shared.now();
        let awake: Vec<usize> =
            (0..self.held.len()).filter(|&at| self.held[at].silent_until <= now).collect();
        if awake.is_empty() || self.held.len() < CAPACITY && self.random.permille(300) {
            let claimed = self.claim();
            self.rest(!claimed && awake.is_empty());
        } else {
            self.rest(false);
            let at = *self.random.one_of(&awake);
            self.act(at);
        }
    }

    /// Tells the clock that nothing is to be done, or that something is.
    fn rest(&mut self, idle: bool) {
        if idle && !self.idle {
            self.shared.idle.fetch_add(1, Ordering::SeqCst);
        } else if !idle && self.idle {
            self.shared.idle.fetch_sub(1, Ordering::SeqCst);
        }
        self.idle = idle;
        if idle {
            sleep(Duration::from_millis(3));
        }
    }

    fn claim(&mut self) -> bool {
        match self.send_claim() {
            Ok(claimed) => {
                let any = !claimed.is_empty();
                self.hold(claimed);
                any
            }
            Err(Failure::Lost) => false,
            Err(Failure::Refused(code, message)) => {
                self.refused("claim", &code, &message);
                false
            }
        }
    }

    /// Executions whose claims are not yet known to be committed.
    fn send_claim(&mut self) -> Result<Vec<Execution>, Failure> {
        let request = Request::random(&mut self.random);
        calls::claim(&mut self.session, &self.name, &request).inspect_err(|failure| {
            if matches!(failure, Failure::Lost) {
                self.journal.unseen_claims += request.steps as usize;
            }
        })
    }

    fn hold(&mut self, claimed: Vec<Execution>) {
        let held = |execution| Held { execution, unanswered: None, silent_until: 0, told_lost: false };
        self.held.extend(claimed.into_iter().map(held));
    }

    fn act(&mut self, at: usize) {
        if let Some(ending) = self.held[at].unanswered.clone() {
            return self.end(at, ending);
        }
        let back = self.held[at].silent_until > 0;
        match self.random.below(100) {
            // Near its end a lease is most often lost, and a heartbeat may come just too late.
            _ if back && self.random.permille(300) => self.heartbeat(at),
            0..20 => self.heartbeat(at),
            20..45 => self.end(at, Ending::Completed),
            45..55 => self.end_and_claim(at, Ending::Completed),
            55..66 => self.complete_and_claim(at),
            66..73 => self.end_and_claim(at, Ending::Failed { retryable: true, retry_after: None }),
            73..82 => self.end(at, Ending::Failed { retryable: true, retry_after: None }),
            82..86 => {
                let retry_after = Some(self.retry_after());
                self.end(at, Ending::Failed { retryable: true, retry_after });
            }
            86 => self.end(at, Ending::Failed { retryable: false, retry_after: None }),
            87..91 => self.end(at, Ending::Released),
            91..95 => {
                // It vanishes: the lease has to run out.
                let held = self.held.swap_remove(at);
                self.journal.executions.push(held.execution);
            }
            _ if !back => {
                let late = self.random.between(-2, 20) * SECOND;
                self.held[at].silent_until = self.held[at].execution.lease_until + late;
            }
            _ => self.end(at, Ending::Completed),
        }
    }

    /// Seconds, or an HTTP date.
    fn retry_after(&mut self) -> String {
        let seconds = self.random.between(1, 90);
        if self.random.permille(500) {
            seconds.to_string()
        } else {
            let date = utc(self.shared.now() + seconds * SECOND);
            date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
        }
    }

    fn heartbeat(&mut self, at: usize) {
        self.journal.heartbeats += 1;
        let length = self.random.permille(500).then(|| *self.random.one_of(&LEASES));
        let progress =
            self.random.permille(500).then(|| format!("{{\"percent\": {}}}", self.random.below(100)));
        let held = &mut self.held[at];
        let token = held.execution.token.clone();
        match calls::heartbeat(&mut self.session, &token, length, progress) {
            Ok((status, lease_until)) => match (status.as_str(), lease_until) {
                ("held", _) if held.told_lost => {
                    self.journal.complaints.push(format!("token {token} was lost, and is held again"));
                }
                ("held", Some(lease_until)) => held.execution.lease_until = lease_until,
                ("lost", _) => held.told_lost = true,
                _ => self
                    .journal
                    .complaints
                    .push(format!("a heartbeat says {status}, but the step was not cancelled")),
            },
            Err(Failure::Lost) => {}
            Err(Failure::Refused(code, message)) => self.refused("heartbeat", &code, &message),
        }
    }

    fn end(&mut self, at: usize, ending: Ending) {
        let execution = self.held[at].execution.clone();
        let mut answer = calls::end(&mut self.session, &execution, &ending);
        if self.strict && is_refused(&answer, "40001") {
            // A lost lease, or a conflict of snapshots: without a snapshot it is the former.
            answer = self.session.execute("BEGIN ISOLATION LEVEL READ COMMITTED").and_then(|()| {
                let answer = calls::end(&mut self.session, &execution, &ending);
                let end = if matches!(answer, Err(Failure::Refused(..))) { "ROLLBACK" } else { "COMMIT" };
                if !matches!(answer, Err(Failure::Lost)) {
                    self.session.execute(end)?;
                }
                answer
            });
        }
        match answer {
            Ok(answer) => self.ended(at, ending, answer),
            Err(Failure::Lost) => self.lost(at, ending),
            Err(Failure::Refused(code, message)) => {
                if code == "40001" || ending == Ending::Released && code == "55000" {
                    self.close(at, ending, Outcome::Refused);
                } else {
                    self.refused(&format!("{ending:?} of step {}", execution.step), &code, &message);
                    self.close(at, ending, Outcome::Refused);
                }
            }
        }
    }

    fn ended(&mut self, at: usize, ending: Ending, answer: Answer) {
        let Answer { state, repeated, next_eligible_at } = answer;
        let held = &mut self.held[at];
        let (step, token) = (held.execution.step, &held.execution.token);
        let expected = match ending {
            Ending::Completed => "complete",
            Ending::Failed { .. } => "error",
            Ending::Released => "pending",
        };
        let mut complain = |what: &str| {
            self.journal.complaints.push(format!("step {step}, token {token}: {what} after {ending:?}"));
        };
        if state != expected {
            complain(&format!("state {state}"));
        }
        if held.told_lost {
            complain("accepted although a heartbeat had said lost,");
        }
        if repeated && held.unanswered.is_none() {
            complain("repeated, at the first time,");
        }
        held.execution.next_eligible_at = next_eligible_at;
        self.answered.push(held.execution.clone());
        self.answered.last_mut().expect("just pushed").ending = Some(ending.clone());
        self.close(at, ending, Outcome::Acknowledged);
    }

    /// The connection broke: mostly the worker asks again, sometimes it is never seen again.
    fn lost(&mut self, at: usize, ending: Ending) {
        // A release that worked leaves nothing to recognize it by.
        if ending != Ending::Released && self.random.permille(700) {
            self.held[at].unanswered = Some(ending);
        } else {
            self.close(at, ending, Outcome::Unknown);
        }
    }

    fn close(&mut self, at: usize, ending: Ending, outcome: Outcome) {
        let mut execution = self.held.swap_remove(at).execution;
        execution.ending = Some(ending);
        execution.outcome = outcome;
        self.journal.executions.push(execution);
        self.shared.ended.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends a step and claims the next in one transaction, which is sometimes rolled back.
    fn end_and_claim(&mut self, at: usize, ending: Ending) {
        let execution = self.held[at].execution.clone();
        let commit = !self.random.permille(100);
        let mut claimed = Vec::new();
        let unseen = self.journal.unseen_claims;
        let mut committing = false;
        let outcome = self.session.execute("BEGIN").and_then(|()| {
            let answer = calls::end(&mut self.session, &execution, &ending)?;
            claimed = self.send_claim()?;
            committing = commit;
            self.session.execute(if commit { "COMMIT" } else { "ROLLBACK" })?;
            Ok(answer)
        });
        // Whatever was claimed before the COMMIT was sent is rolled back with the connection.
        self.journal.unseen_claims = unseen;
        match outcome {
            Ok(answer) if commit => {
                self.ended(at, ending, answer);
                self.hold(claimed);
            }
            Ok(_) => self.record(claimed, Outcome::Refused),
            Err(Failure::Lost) if committing => {
                self.lost(at, ending);
                self.record(claimed, Outcome::Unknown);
            }
            Err(Failure::Lost) => self.record(claimed, Outcome::Refused),
            Err(Failure::Refused(code, message)) => {
                // What it was is found out when the step is ended by itself.
                self.record(claimed, Outcome::Refused);
                if code != "40001" {
                    self.refused("end and claim", &code, &message);
                }
                // When the connection breaks now, the transaction ends as well.
                let _ = self.session.execute("ROLLBACK");
            }
        }
    }

    /// The same by a single call.
    fn complete_and_claim(&mut self, at: usize) {
        let execution = self.held[at].execution.clone();
        let request = Request::random(&mut self.random);
        match calls::complete_and_claim(&mut self.session, &execution, &self.name, &request) {
            Ok(claimed) => {
                // It does not say whether it had been completed before.
                let answer = Answer { state: "complete".to_owned(), repeated: false, next_eligible_at: None };
                self.ended(at, Ending::Completed, answer);
                self.hold(claimed);
            }
            Err(Failure::Lost) => {
                self.journal.unseen_claims += request.steps as usize;
                self.lost(at, Ending::Completed);
            }
            // The step is no longer the worker's, or two snapshots conflict: to be found out by ending it alone.
            Err(Failure::Refused(code, _)) if code == "40001" => self.end(at, Ending::Completed),
            Err(Failure::Refused(code, message)) => {
                self.refused("complete and claim", &code, &message);
                self.close(at, Ending::Completed, Outcome::Refused);
            }
        }
    }

    fn record(&mut self, claimed: Vec<Execution>, claim: Outcome) {
        let executions = claimed.into_iter().map(|execution| Execution { claim, ..execution });
        self.journal.executions.extend(executions);
    }

    /// Says again what was answered before: the first answer has to come again, and nothing happen.
    fn repeat(&mut self) {
        if self.answered.is_empty() {
            return;
        }
        let execution = self.random.one_of(&self.answered).clone();
        let ending = execution.ending.clone().expect("an answered execution has ended");
        if ending == Ending::Released {
            return;
        }
        self.journal.repetitions += 1;
        let expected = if ending == Ending::Completed { "complete" } else { "error" };
        match calls::end(&mut self.session, &execution, &ending) {
            Ok(Answer { state, repeated: true, .. }) if state == expected => {}
            Ok(Answer { state, repeated, .. }) => self.journal.complaints.push(format!(
                "step {}: {ending:?} again with token {} says {state}, repeated {repeated}",
                execution.step, execution.token
            )),
            Err(Failure::Lost) => {}
            Err(Failure::Refused(code, message)) => {
                self.refused(&format!("{ending:?} again"), &code, &message)
            }
        }
    }

    fn refused(&mut self, call: &str, code: &str, message: &str) {
        if !(self.strict && code == "40001") {
            self.journal.complaints.push(format!("{}: {call} raised {code}: {message}", self.name));
        }
    }
}

fn is_refused<T>(answer: &Result<T, Failure>, expected: &str) -> bool {
    matches!(answer, Err(Failure::Refused(code, _)) if code == expected)
}
