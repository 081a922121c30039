//! How many steps and tasks there are of each kind: sums of marks, one row of marks for each step or task.
//!
//! Marks are added when a row appears and taken away when it goes; a change is both. So the sums are right however
//! often, in whatever order and by however many they are added up.

use crate::core::readiness::retry_limit;
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;

/// The kinds of counts. The first seven exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Steps without a transition; they read as pending.
    Fresh,
    /// Steps with a transition to `pending`.
    Pending,
    /// Being executed.
    InProgress,
    /// Done.
    Complete,
    /// Failed.
    Error,
    /// Called off.
    Cancelled,
    /// Steps that an operator or a rule has resolved.
    ResolvedManually,
    /// Failed, and to be tried again.
    Retryable,
    /// Steps that the engine calls retryable: it ignores steps without a limit (semantics R13).
    RetryableV02,
    /// Steps that the engine calls in backoff: retryable ones, however long ago they failed (semantics R13).
    InBackoffV02,
    /// Steps that the engine calls exhausted, whether or not they may be retried (semantics R13).
    ExhaustedV02,
    /// Failed, and not to be tried again, whatever is left of its attempts.
    Permanent,
}

/// The number of kinds.
pub const MARKS: usize = 12;

/// Marks, or sums of them, by [`Mark`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(pub [i64; MARKS]);

impl Marks {
    /// The count of one kind.
    pub fn get(&self, mark: Mark) -> i64 {
        self.0[mark as usize]
    }

    /// Whether there are no changes.
    pub fn are_none(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }

    /// The count over all states.
    pub fn total(&self) -> i64 {
        self.0[..=Mark::ResolvedManually as usize].iter().sum()
    }

    /// Adds others, `times` over; -1 takes them away.
    pub fn add(&mut self, others: &Self, times: i64) {
        for (sum, count) in self.0.iter_mut().zip(others.0) {
            *sum += count * times;
        }
    }

    fn set(&mut self, mark: Mark, is_set: bool) {
        self.0[mark as usize] = is_set.into();
    }
}

/// The columns of a step that decide how it is counted.
#[derive(Clone, Copy, Debug)]
pub struct CountedStep {
    /// The state of the step.
    pub state: StepState,
    /// Whether a transition says so.
    pub has_transition: bool,
    /// The stored attempts.
    pub attempts: Option<i32>,
    /// The stored limit.
    pub retry_limit: Option<i32>,
    /// The stored flag.
    pub retryable: bool,
    /// Whether `last_attempted_at` is set.
    pub was_attempted: bool,
    /// The stored flag.
    pub processed: bool,
}

impl CountedStep {
    /// Takes the columns of a step.
    pub fn of(step: &Step) -> Self {
        Self {
            state: step.state,
            has_transition: step.state_since.is_some(),
            attempts: step.attempts,
            retry_limit: step.retry_limit,
            retryable: step.retryable,
            was_attempted: step.last_attempted_at.is_some(),
            processed: step.processed,
        }
    }

    /// Whether it is in error, or pending and not as it was created. All steps are so that are exhausted, may be retried or wait
    /// for a backoff, and most others are not: searches begin with a list of them.
    pub fn is_attempted(&self) -> bool {
        match self.state {
            StepState::Error => true,
            StepState::Pending => self.processed || self.was_attempted || self.attempts > Some(0),
            StepState::InProgress
            | StepState::Complete
            | StepState::Cancelled
            | StepState::ResolvedManually => false,
        }
    }

    /// The kinds that the step counts for.
    pub fn marks(&self) -> Marks {
        let mut marks = Marks::default();
        marks.set(state_mark(self.state, self.has_transition), true);
        if self.state == StepState::Error {
            let attempts = self.attempts.unwrap_or(0);
            marks.set(Mark::Retryable, self.retryable && attempts < retry_limit(self.retry_limit));
            let is_left = self.retry_limit.zip(self.attempts).map(|(limit, attempts)| attempts < limit);
            marks.set(Mark::Permanent, !self.retryable);
            marks.set(Mark::RetryableV02, self.retryable && is_left == Some(true));
            marks.set(Mark::InBackoffV02, self.retryable && is_left == Some(true) && self.was_attempted);
            marks.set(Mark::ExhaustedV02, is_left == Some(false));
        }
        marks
    }
}

/// The marks of a task.
pub fn task_marks(state: TaskState, has_transition: bool) -> Marks {
    let state = match state {
        TaskState::Pending => StepState::Pending,
        TaskState::InProgress => StepState::InProgress,
        TaskState::Complete => StepState::Complete,
        TaskState::Error => StepState::Error,
        TaskState::Cancelled => StepState::Cancelled,
        TaskState::ResolvedManually => StepState::ResolvedManually,
    };
    let mut marks = Marks::default();
    marks.set(state_mark(state, has_transition), true);
    marks
}

fn state_mark(state: StepState, has_transition: bool) -> Mark {
    match state {
        StepState::Pending if !has_transition => Mark::Fresh,
        StepState::Pending => Mark::Pending,
        StepState::InProgress => Mark::InProgress,
        StepState::Complete => Mark::Complete,
        StepState::Error => Mark::Error,
        StepState::Cancelled => Mark::Cancelled,
        StepState::ResolvedManually => Mark::ResolvedManually,
    }
}

/// The changes of counts that a transaction writes when it commits, kept apart by nesting level: a rolled-back
/// subtransaction takes its changes with it.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Ascending.
    levels: Vec<(i32, Marks)>,
}

impl Tally {
    /// Counts at a nesting level, which is not below that of anything counted before.
    pub fn add(&mut self, level: i32, marks: &Marks, times: i64) {
        match self.levels.last_mut() {
            Some((last, sums)) if *last >= level => sums.add(marks, times),
            _ => {
                let mut sums = Marks::default();
                sums.add(marks, times);
                self.levels.push((level, sums));
            }
        }
    }

    /// A subtransaction has become a part of the one above it.
    pub fn keep(&mut self, level: i32) {
        if let Some((_, sums)) = self.levels.pop_if(|(last, _)| *last >= level) {
            self.add(level - 1, &sums, 1);
        }
    }

    /// A subtransaction has never been.
    pub fn drop(&mut self, level: i32) {
        while self.levels.pop_if(|(last, _)| *last >= level).is_some() {}
    }

    /// The sum of all levels.
    pub fn sum(&self) -> Marks {
        let mut sum = Marks::default();
        for (_, marks) in &self.levels {
            sum.add(marks, 1);
        }
        sum
    }
}
