//! Analyses a task: its critical path, its bottlenecks, and how many steps can run at once.
//!
//! The formulas are the engine's, without these defects: the engine enumerates all paths (this module
//! computes the longest one); its bottlenecks include completed steps; under v02 it always counts a step
//! without attempts left as not retryable (here only `retryable` decides); it never recognises a wait for a
//! retry; it fails for a task without steps.

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

/// A step with the answer of the readiness rule.
#[derive(Clone, Copy, Debug)]
pub struct Fact<'a> {
    /// The step.
    pub step: &'a Step,
    /// The answer of the readiness rule.
    pub assessment: &'a Assessment,
}

/// Returns whether an unfinished step can neither run nor is running.
pub fn is_unready(fact: Fact<'_>) -> bool {
    fact.step.state.can_start() && !fact.assessment.verdict.is_ready()
}

impl Fact<'_> {
    /// Returns whether the step has finished, or will never run.
    fn is_over(self) -> bool {
        matches!(self.step.state, StepState::Complete | StepState::ResolvedManually | StepState::Cancelled)
    }

    fn is_failed(self) -> bool {
        self.step.state == StepState::Error
    }

    /// Returns whether one of its ancestors has not finished.
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
