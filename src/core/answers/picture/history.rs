//! Collects the history of a step from its stored transitions.

use super::bars::{BarTransition, ChartRow, History};
use super::shown::PictureState;
use crate::core::backoff::after_failure;
use crate::core::ids::StepId;
use crate::core::readiness::Assessment;
use crate::core::steps::{Parent, Step};
use crate::core::time::Duration;

impl ChartRow {
    /// The row of a step that was copied from another task: nothing happened to it in this one.
    pub fn copied(id: StepId, name: String) -> Self {
        Self { id, name, state: PictureState::Copied, bars: Vec::new(), end: None }
    }
}

impl History {
    /// Collects the history of a step from its transitions in order.
    ///
    /// # Complexity
    /// O(transitions + parents).
    pub fn of(
        step: &Step,
        name: String,
        assessment: &Assessment,
        parents: &[Parent],
        transitions: &[BarTransition],
    ) -> Self {
        let ended = |parent: &Parent| parent.state_since.filter(|_| parent.state.satisfies_children());
        let parents_ended_at =
            parents.iter().map(ended).try_fold(step.created_at, |latest, ended| Some(latest.max(ended?)));
        let failures = transitions.iter().filter(|entered| entered.is_failure());
        let after_failures = failures.zip(1..).map(|(failure, attempt)| {
            let wait = failure.backoff.unwrap_or_else(|| after_failure(Some(attempt)));
            (failure.at, failure.at.plus(wait))
        });
        let requested = step.last_attempted_at.zip(step.backoff_request_seconds);
        let requested = requested.map(|(from, seconds)| (from, from.plus(Duration::seconds(seconds.into()))));
        Self {
            id: step.id,
            name,
            state: PictureState::of(step.state, assessment.verdict),
            created_at: step.created_at,
            parents_ended_at,
            transitions: transitions.to_vec(),
            waits: after_failures.chain(requested).collect(),
        }
    }
}
