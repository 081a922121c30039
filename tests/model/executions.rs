//! What a worker does with a step that it has claimed: each call is for the holder of the claim's token.

use crate::call::Token;
use crate::rules::State::{Complete, Error, InProgress, Pending};
use crate::rules::{Answer, Ended, NOT_NOW, World};

const LOST: &str = "40001";

impl World {
    /// Whether the token is that of the lease under which the step is running.
    fn holds(&self, step: usize, token: Option<&str>) -> bool {
        self.steps[step].state == InProgress
            && self.steps[step].lease.as_ref().map(|lease| lease.token.as_str()) == token
    }

    pub fn heartbeat(&mut self, step: usize, token: Token, length: Option<i64>) -> Answer {
        let token = self.token(step, token);
        let now = self.now;
        let execution = self.steps[step].execution.clone();
        let ends_at = execution.filter(|(of, _)| Some(of) == token.as_ref()).map(|(_, ends_at)| ends_at);
        let is_over = ends_at.is_some_and(|ends_at| ends_at <= now);
        let lease = self.steps[step].lease.as_mut();
        let lease = lease.filter(|lease| Some(&lease.token) == token.as_ref());
        if lease.as_ref().is_some_and(|lease| lease.cancelled) {
            return Ok("cancelled".to_owned());
        }
        let until = lease.map(|lease| {
            // It extends; a lease that lasts longer already stays as it is. No lease lasts longer than the execution may.
            lease.until = lease.until.max(now + length.unwrap_or(lease.length));
            lease.until = ends_at.map_or(lease.until, |ends_at| lease.until.min(ends_at));
            lease.until
        });
        Ok(match until {
            _ if is_over => "timed_out".to_owned(),
            Some(until) => format!("held until {until}"),
            None => "lost".to_owned(),
        })
    }

    pub fn release(&mut self, step: usize, token: Token) -> Answer {
        let token = self.token(step, token);
        if matches!(self.ended(step, token.as_deref()), Some(Ended::Released)) {
            return Ok(self.steps[step].state.name().to_owned());
        }
        if !self.holds(step, token.as_deref()) {
            return self.not_the_holder(step, token.as_deref());
        }
        self.note_end(step, Ended::Released);
        self.enter(step, Error);
        self.enter(step, Pending);
        Ok("pending".to_owned())
    }

    fn not_the_holder(&self, step: usize, token: Option<&str>) -> Answer {
        let is_lost = token.is_some() || self.steps[step].state == InProgress;
        Err(if is_lost { LOST } else { NOT_NOW }.to_owned())
    }

    /// How the execution with this token ended, if its holder ended it.
    fn ended(&self, step: usize, token: Option<&str>) -> Option<Ended> {
        let given = self.steps[step].tokens.iter().find(|(given, _)| Some(given.as_str()) == token)?;
        given.1.clone()
    }

    fn note_end(&mut self, step: usize, ended: Ended) {
        if let Some(token) = self.steps[step].tokens.last_mut() {
            token.1 = Some(ended);
        }
    }

    pub fn complete(&mut self, step: usize, token: Token) -> Answer {
        let token = self.token(step, token);
        let repeated = match self.ended(step, token.as_deref()) {
            Some(Ended::Completed) => true,
            _ if self.holds(step, token.as_deref()) => false,
            _ => return self.not_the_holder(step, token.as_deref()),
        };
        let task = self.steps[step].task;
        let mut ended = vec![step];
        if !repeated {
            self.count(step);
            self.enter(step, Complete);
            self.steps[step].requested_wait = None;
            self.note_end(step, Ended::Completed);
            // What becomes ready below a mapped step that has ended with this one is answered too.
            ended.extend(self.follow_maps());
            self.settle(task);
        }
        let is_child = |child: usize| self.steps[child].parents.iter().any(|parent| ended.contains(parent));
        let children = |&child: &usize| is_child(child) && self.is_ready(child);
        let ready: Vec<usize> = (0..self.steps.len()).filter(children).collect();
        let task = self.tasks[task].state.name();
        Ok(format!("complete, ready {ready:?}, task {task}, repeated {repeated}"))
    }

    pub fn fail(&mut self, step: usize, token: Token, retryable: bool, retry_after: Option<i64>) -> Answer {
        let token = self.token(step, token);
        let task = self.steps[step].task;
        if let Some(Ended::Failed(answer)) = self.ended(step, token.as_deref()) {
            return Ok(format!("{answer}, task {}, repeated true", self.tasks[task].state.name()));
        }
        if !self.holds(step, token.as_deref()) {
            return self.not_the_holder(step, token.as_deref());
        }
        self.count(step);
        self.steps[step].failed_permanently |= self.steps[step].retryable && !retryable;
        self.steps[step].retryable &= retryable;
        self.steps[step].requested_wait = retry_after;
        self.enter(step, Error);
        let attempts = self.steps[step].attempts;
        let exhausted = !self.has_attempts_left(step);
        let next = (!exhausted).then(|| self.wait_until(step));
        let answer = format!("error after {attempts}, next {next:?}, exhausted {exhausted}");
        self.note_end(step, Ended::Failed(answer.clone()));
        self.settle(task);
        Ok(format!("{answer}, task {}, repeated false", self.tasks[task].state.name()))
    }
}
