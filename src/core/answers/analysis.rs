//! Analyses of a task: its critical path, its bottlenecks, how much of it can run at once (semantics 10.1).
//!
//! The engine's analyzer, with these defects repaired: it enumerates all paths (here the longest one is computed);
//! completed steps may be its bottlenecks; under v02 a step without attempts left always counts as not retryable too
//! (here `retryable` decides); a wait for a retry is never recognised; a task without steps makes it fail.

mod bottleneck;
mod critical_path;
mod parallelism;
mod weights;

pub use bottleneck::{Bottleneck, bottlenecks};
pub use critical_path::{CriticalPathReport, critical_path};
pub use parallelism::{Level, efficiency, levels, parallelism};
pub use weights::Weights;

use crate::core::readiness::{Assessment, Reason};
use crate::core::state::StepState;
use crate::core::steps::Step;

/// A step and what the rule says of it.
#[derive(Clone, Copy, Debug)]
pub struct Fact<'a> {
    /// The step.
    pub step: &'a Step,
    /// The answer of the readiness rule.
    pub assessment: &'a Assessment,
}

/// Whether an unfinished step can neither run nor is running.
pub fn is_unready(fact: Fact<'_>) -> bool {
    fact.step.state.can_start() && !fact.assessment.verdict.is_ready()
}

impl Fact<'_> {
    /// Whether its work is done, or will never be.
    fn is_over(self) -> bool {
        matches!(self.step.state, StepState::Complete | StepState::ResolvedManually | StepState::Cancelled)
    }

    fn is_failed(self) -> bool {
        self.step.state == StepState::Error
    }

    /// Whether something above it has not finished.
    fn waits_for_others(self) -> bool {
        !self.is_over() && !self.assessment.dependencies_satisfied
    }

    fn is_exhausted(self) -> bool {
        !self.is_over() && self.assessment.attempts >= self.assessment.retry_limit
    }

    fn is_not_retryable(self) -> bool {
        !self.is_over() && !self.step.retryable && self.assessment.attempts > 0
    }

    fn waits_for_backoff(self) -> bool {
        self.assessment.verdict.reason() == Some(Reason::WaitingForBackoff)
    }

    fn attempts(self) -> f64 {
        f64::from(self.assessment.attempts.max(0))
    }
}
