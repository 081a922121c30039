//! Counts steps and tasks by state: each step or task has a row of marks, and a count is the sum of a mark
//! over all rows.
//!
//! A new row adds its marks, a deleted row subtracts them, and a changed row does both. So the sums are
//! right, in whatever order and by however many sessions they are added up.

use crate::core::levels::Levels;
use crate::core::readiness::retry_limit;
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;

/// The kinds of counts. The first seven exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountKind {
    /// Steps without a transition; they read as pending.
    Fresh,
    /// Steps with a transition to `pending`.
    Pending,
    /// Steps in `in_progress`.
    InProgress,
    /// Steps in `complete`.
    Complete,
    /// Steps in `error`.
    Error,
    /// Steps in `cancelled`.
    Cancelled,
    /// Steps that an operator or a rule has resolved.
    ResolvedManually,
    /// Failed steps that will be retried.
    Retryable,
    /// Steps that the engine calls retryable: it ignores steps without a limit (R13).
    RetryableV02,
    /// Steps that the engine calls in backoff: retryable ones, however long ago they failed (R13).
    InBackoffV02,
    /// Steps that the engine calls exhausted, whether or not they may be retried (R13).
    ExhaustedV02,
    /// Failed steps that are not retryable.
    Permanent,
}

/// The number of kinds.
pub const MARKS: usize = 12;

/// Counts, or sums of them, by [`CountKind`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(pub [i64; MARKS]);

impl Marks {
    /// The count of one kind.
    pub fn get(&self, mark: CountKind) -> i64 {
        self.0[mark as usize]
    }

    /// Returns whether there are no changes.
    pub fn are_none(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }

    /// The count over all states.
    pub fn total(&self) -> i64 {
        self.0[..=CountKind::ResolvedManually as usize].iter().sum()
    }

    /// Adds other marks `times` times; -1 subtracts them.
    pub fn add(&mut self, others: &Self, times: i64) {
        for (sum, count) in self.0.iter_mut().zip(others.0) {
            *sum += count * times;
        }
    }

    fn set(&mut self, mark: CountKind, is_set: bool) {
        self.0[mark as usize] = is_set.into();
    }
}

/// The columns of a step that decide how it is counted.
#[derive(Clone, Copy, Debug)]
pub struct CountedStep {
    /// The state of the step.
    pub state: StepState,
    /// Whether the step has a current transition.
    pub has_transition: bool,
    /// The stored attempts.
    pub attempts: Option<i32>,
    /// The stored limit.
    pub retry_limit: Option<i32>,
    /// The stored flag of this name.
    pub retryable: bool,
    /// Whether `last_attempted_at` is set.
    pub was_attempted: bool,
    /// The stored flag of this name.
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

    /// Returns whether the step is in error, or is pending and has changed since its creation. Searches for exhausted,
    /// retryable and waiting steps start from a list of these steps, because all such steps and few others are among
    /// them.
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
            marks.set(CountKind::Retryable, self.retryable && attempts < retry_limit(self.retry_limit));
            let is_left = self.retry_limit.zip(self.attempts).map(|(limit, attempts)| attempts < limit);
            marks.set(CountKind::Permanent, !self.retryable);
            marks.set(CountKind::RetryableV02, self.retryable && is_left == Some(true));
            marks.set(CountKind::InBackoffV02, self.retryable && is_left == Some(true) && self.was_attempted);
            marks.set(CountKind::ExhaustedV02, is_left == Some(false));
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

fn state_mark(state: StepState, has_transition: bool) -> CountKind {
    match state {
        StepState::Pending if !has_transition => CountKind::Fresh,
        StepState::Pending => CountKind::Pending,
        StepState::InProgress => CountKind::InProgress,
        StepState::Complete => CountKind::Complete,
        StepState::Error => CountKind::Error,
        StepState::Cancelled => CountKind::Cancelled,
        StepState::ResolvedManually => CountKind::ResolvedManually,
    }
}

/// The changes of counts that a transaction writes when it commits.
#[derive(Clone, Debug, Default)]
pub struct CountChanges(Levels<Marks>);

impl CountChanges {
    /// Counts at a nesting level, which is not below that of anything counted before.
    pub fn add(&mut self, level: i32, marks: &Marks, times: i64) {
        self.0.at(level).add(marks, times);
    }

    /// Adds the changes of a released subtransaction to the one above it.
    pub fn keep(&mut self, level: i32) {
        self.0.keep(level, |sum, kept| sum.add(&kept, 1));
    }

    /// Removes the changes of a rolled-back subtransaction.
    pub fn drop(&mut self, level: i32) {
        self.0.drop(level);
    }

    /// The sum of all levels.
    pub fn sum(&self) -> Marks {
        let mut sum = Marks::default();
        self.0.parts().for_each(|marks| sum.add(marks, 1));
        sum
    }
}
