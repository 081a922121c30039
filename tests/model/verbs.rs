//! The operators' verbs in small.

use crate::call::Call;
use crate::rules::State::{Cancelled, Complete, Error, InProgress, Pending, ResolvedManually};
use crate::rules::{Answer, Deadline, Map, NOT_NOW, State, Step, Task, World};

impl World {
    pub fn verb(&mut self, call: &Call) -> Answer {
        match *call {
            Call::CancelStep { step, descendants } => self.cancel_step(self.step(step), descendants),
            Call::CancelTask(task) => self.cancel_task(self.task(task)),
            Call::CancelMany => self.cancel_many(),
            Call::ResolveStep(step) => self.resolve(self.step(step)),
            Call::RetryStep(step) => self.retry(self.step(step)),
            Call::ResetStep(step) => self.reset(self.step(step)),
            Call::Fork { task, from } => self.fork(self.task(task), from.map(|step| self.step(step))),
            _ => panic!("not a verb: {call:?}"),
        }
    }

    fn fork(&mut self, task: usize, from: Option<usize>) -> Answer {
        if from.is_some_and(|from| self.steps[from].task != task) {
            return Err("22023".to_owned());
        }
        let old = self.steps_of(task);
        let mut again: Vec<usize> = Vec::new();
        // Parents come before their children.
        for &step in &old {
            let known = &self.steps[step];
            let ended_well = matches!(known.state, Complete | ResolvedManually);
            if from == Some(step) || !ended_well || known.parents.iter().any(|parent| again.contains(parent))
            {
                again.push(step);
            }
        }
        if again.is_empty() {
            return Err(NOT_NOW.to_owned());
        }
        // The list may become another one: copies that run again are added again.
        let left_out: Vec<usize> = old
            .iter()
            .filter_map(|step| self.steps[*step].map.as_ref())
            .filter(|map| again.contains(&map.source))
            .flat_map(|map| map.copies.iter().copied())
            .collect();
        let old: Vec<usize> = old.into_iter().filter(|step| !left_out.contains(step)).collect();
        again.retain(|step| !left_out.contains(step));
        let (new_task, first) = (self.tasks.len(), self.steps.len());
        let deadline = self.tasks[task].deadline;
        let deadline = deadline.map(|deadline| Deadline { at: self.now + deadline.seconds, ..deadline });
        self.tasks.push(Task { state: Pending, complete: false, deadline });
        for &step in &old {
            let known = &self.steps[step];
            let runs = again.contains(&step);
            let place = |parent: &usize| {
                first + old.iter().position(|it| it == parent).expect("a parent of the task")
            };
            let new = Step {
                task: new_task,
                parents: known.parents.iter().filter(|it| !left_out.contains(it)).map(place).collect(),
                retry_limit: known.retry_limit,
                retryable: known.retryable || known.failed_permanently,
                failed_permanently: false,
                state: if runs { Pending } else { known.state },
                since: if runs { self.now } else { known.since },
                attempts: if runs { 0 } else { known.attempts },
                last_attempted: known.last_attempted.filter(|_| !runs),
                requested_wait: known.requested_wait.filter(|_| !runs),
                timeout: known.timeout,
                execution: None,
                lease: None,
                tokens: Vec::new(),
                map: known.map.as_ref().map(|map| Map {
                    source: place(&map.source),
                    elements: map.elements,
                    copies: map.copies.iter().filter(|it| !left_out.contains(it)).map(place).collect(),
                }),
            };
            self.steps.push(new);
        }
        // A mapped step whose list is copied gathers its copies, or gets them.
        if !self.follow_maps().is_empty() {
            self.settle(new_task);
        }
        let (copied, open) = (old.len() - again.len(), again.len());
        Ok(format!("task {new_task}, created true, {copied} copied, {open} open"))
    }

    /// A failed task goes on when a person has made one of its steps runnable.
    fn reopen(&mut self, task: usize) {
        if self.tasks[task].state == Error {
            self.tasks[task].state = Pending;
        }
        self.settle(task);
    }

    /// One line for each step that was moved, as the verbs answer.
    fn moved(moves: &[(usize, State, State)]) -> Answer {
        let mut lines: Vec<String> = moves
            .iter()
            .map(|(step, from, to)| format!("step {step} {} to {}", from.name(), to.name()))
            .collect();
        lines.sort();
        Ok(lines.join(", "))
    }

    fn cancel(&mut self, steps: &[usize]) -> Vec<(usize, State, State)> {
        let mut moves = Vec::new();
        for &step in steps {
            let from = self.steps[step].state;
            if is_open(from) {
                self.enter(step, Cancelled);
                moves.push((step, from, Cancelled));
            }
        }
        moves
    }

    fn cancel_step(&mut self, step: usize, descendants: bool) -> Answer {
        if !is_open(self.steps[step].state) {
            return Err(NOT_NOW.to_owned());
        }
        let mut steps = vec![step];
        if descendants {
            // A mapped step comes before its copies.
            while let Some(below) = (0..self.steps.len()).find(|child| {
                let parents = &self.steps[*child].parents;
                !steps.contains(child) && parents.iter().any(|parent| steps.contains(parent))
            }) {
                steps.push(below);
            }
        }
        let copies = self.steps[step].map.as_ref().map_or_else(Vec::new, |map| map.copies.clone());
        steps.extend(copies.into_iter().filter(|copy| !steps.contains(copy)).collect::<Vec<_>>());
        let moves = self.cancel(&steps);
        self.reopen(self.steps[step].task);
        Self::moved(&moves)
    }

    fn cancel_task(&mut self, task: usize) -> Answer {
        if self.tasks[task].state == Cancelled {
            return Err(NOT_NOW.to_owned());
        }
        self.tasks[task].state = Cancelled;
        let moves = self.cancel(&self.steps_of(task));
        Self::moved(&moves)
    }

    pub fn cancel_whole(&mut self, task: usize) {
        self.tasks[task].state = Cancelled;
        self.cancel(&self.steps_of(task));
    }

    /// One line for each open task: all are cancelled.
    fn cancel_many(&mut self) -> Answer {
        let open: Vec<usize> =
            (0..self.tasks.len()).filter(|task| is_open(self.tasks[*task].state)).collect();
        for &task in &open {
            self.tasks[task].state = Cancelled;
            self.cancel(&self.steps_of(task));
        }
        Ok(open.iter().map(|task| format!("task {task} done true")).collect::<Vec<_>>().join(", "))
    }

    fn resolve(&mut self, step: usize) -> Answer {
        let from = self.steps[step].state;
        if !matches!(from, Pending | Error) {
            return Err(NOT_NOW.to_owned());
        }
        self.enter(step, ResolvedManually);
        self.reopen(self.steps[step].task);
        Self::moved(&[(step, from, ResolvedManually)])
    }

    fn retry(&mut self, step: usize) -> Answer {
        let from = self.steps[step].state;
        let waits = from == Error || from == Pending && self.wait_until(step) > self.now;
        if !waits || !self.has_attempts_left(step) || !self.is_open(self.steps[step].task) {
            return Err(NOT_NOW.to_owned());
        }
        self.put_back(step)
    }

    fn reset(&mut self, step: usize) -> Answer {
        let from = self.steps[step].state;
        let has_ended = from == Error || from == Pending && !self.has_attempts_left(step);
        if !has_ended || !self.is_open(self.steps[step].task) {
            return Err(NOT_NOW.to_owned());
        }
        let reset = &mut self.steps[step];
        reset.attempts = 0;
        reset.retryable |= std::mem::take(&mut reset.failed_permanently);
        self.put_back(step)
    }

    fn put_back(&mut self, step: usize) -> Answer {
        let from = self.steps[step].state;
        self.steps[step].requested_wait = None;
        if from == Error {
            self.enter(step, Pending);
        }
        self.reopen(self.steps[step].task);
        Self::moved(&[(step, from, Pending)])
    }
}

/// Whether a step can still be cancelled; from `error` it goes through `pending`.
fn is_open(state: State) -> bool {
    matches!(state, Pending | InProgress | Error)
}
