//! Conditions of steps, for searches that stored data alone cannot answer.

use crate::core::error::TaskerError;
use crate::core::readiness::{Assessment, Reason, Verdict, joins_as_engine};
use crate::core::recovery::{Remedy, remedy};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, Steps};
use crate::core::time::{Duration, Timestamp};
use crate::core::wording::parse_name;
use std::collections::BTreeSet;

/// A condition by which operators search for steps. Several can be true of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepCondition {
    /// The step may run now.
    Ready,
    /// The step is in progress.
    Running,
    /// The step is in progress, but its lease has expired, or it has been there too long without a lease.
    Stuck,
    /// The step waits for other steps, or for its rule.
    Waiting,
    /// The step only waits for a time.
    WaitingForBackoff,
    /// The step has failed, and may run again, now or later.
    Retryable,
    /// The step will not run again: no attempts are left, or it is not retryable.
    Exhausted,
    /// The step cannot run without an operator: it is exhausted, or marked as processed although its state is not
    /// final. Steps that wait for it are [`Self::Waiting`], blocked by it.
    Blocked,
    /// The step will not run, because it depends on a cancelled step.
    CutOff,
    /// The task of the step is paused.
    Paused,
}

impl StepCondition {
    /// All conditions, in the order in which messages list them.
    pub const ALL: [Self; 10] = [
        Self::Ready,
        Self::Running,
        Self::Stuck,
        Self::Waiting,
        Self::WaitingForBackoff,
        Self::Retryable,
        Self::Exhausted,
        Self::Blocked,
        Self::CutOff,
        Self::Paused,
    ];

    /// Returns the text in SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Stuck => "stuck",
            Self::Waiting => "waiting",
            Self::WaitingForBackoff => "waiting_for_backoff",
            Self::Retryable => "retryable",
            Self::Exhausted => "exhausted",
            Self::Blocked => "blocked",
            Self::CutOff => "cut_off",
            Self::Paused => "paused",
        }
    }

    /// Reads a condition from its text in SQL.
    ///
    /// # Errors
    /// [`TaskerError::InvalidArgument`] for an unknown text.
    pub fn parse(text: &str) -> Result<Self, TaskerError> {
        parse_name("condition", text, &Self::ALL, Self::as_str)
    }

    /// Returns the only states in which a step can be in this condition, so that a search can start from them.
    pub const fn states(self) -> &'static [StepState] {
        match self {
            Self::Running | Self::Stuck => &[StepState::InProgress],
            Self::Retryable => &[StepState::Error],
            Self::Ready
            | Self::Waiting
            | Self::WaitingForBackoff
            | Self::Exhausted
            | Self::Blocked
            | Self::CutOff
            | Self::Paused => &[StepState::Pending, StepState::Error],
        }
    }

    /// The list that has every step in this condition, if there is one.
    pub const fn listed_in(self) -> Option<List> {
        match self {
            Self::WaitingForBackoff | Self::Retryable | Self::Exhausted | Self::Blocked => {
                Some(List::Attempted)
            }
            Self::Paused => Some(List::Paused),
            Self::Ready => Some(List::Queued),
            Self::Running | Self::Stuck | Self::Waiting | Self::CutOff => None,
        }
    }

    /// Returns whether a step is in this condition.
    pub fn holds(self, found: &StepFacts<'_>) -> bool {
        let StepFacts { step, assessment, root_cause, .. } = found;
        let is_held_by = |reason| assessment.verdict == Verdict::Blocked(reason);
        match self {
            Self::Ready => assessment.verdict.is_ready(),
            Self::Running => step.state == StepState::InProgress,
            Self::Stuck => found.is_stuck(),
            Self::Waiting => {
                let waits = [
                    Reason::DependenciesNotSatisfied,
                    Reason::DecisionPending,
                    Reason::WaitingForSignal,
                    Reason::WaitingForTime,
                    Reason::WaitingForTask,
                ];
                waits.into_iter().any(is_held_by)
            }
            Self::WaitingForBackoff => is_held_by(Reason::WaitingForBackoff),
            Self::Retryable => {
                step.state == StepState::Error
                    && assessment.retry_eligible
                    && !is_held_by(Reason::TaskClosed)
                    && root_cause.is_none()
            }
            Self::Exhausted => is_held_by(Reason::NotRetryable) || is_held_by(Reason::RetriesExhausted),
            Self::Blocked => assessment.is_blocked() && !is_held_by(Reason::TaskClosed),
            Self::CutOff => {
                is_held_by(Reason::BlockedByCancellation) || is_held_by(Reason::SkippedByCancellation)
            }
            Self::Paused => is_held_by(Reason::TaskPaused),
        }
    }
}

/// Returns the only states in which the tasks that a search asks for can be: by the names of states, which may be others than ours, by
/// whether the task is active, or by a time since which it has failed. `None` if they can be in any others.
pub fn wanted_states(
    names: Option<&[String]>,
    is_active: Option<bool>,
    has_failed: bool,
) -> Option<BTreeSet<String>> {
    let active = [TaskState::Pending, TaskState::InProgress].map(|state| state.to_string());
    let mut wanted: BTreeSet<String> = match (names, is_active, has_failed) {
        (Some(names), ..) => names.iter().cloned().collect(),
        (None, _, true) => BTreeSet::from([TaskState::Error.to_string()]),
        (None, Some(true), false) => active.iter().cloned().collect(),
        (None, Some(false) | None, false) => return None,
    };
    wanted.retain(|state| {
        is_active.is_none_or(|is_active| active.contains(state) == is_active)
            && (!has_failed || state == TaskState::Error.as_str())
    });
    Some(wanted)
}

/// Steps that can be listed without looking at the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// The steps of [`crate::core::counts::CountedStep::is_attempted`].
    Attempted,
    /// The steps of paused tasks.
    Paused,
    /// The steps for which something stands in a queue, and those of [`Self::Attempted`].
    Queued,
}

/// A step as a search sees it.
#[derive(Clone, Copy, Debug)]
pub struct StepFacts<'a> {
    /// The step.
    pub step: &'a Step,
    /// The answer of the readiness rule.
    pub assessment: &'a Assessment,
    /// The index of the step that prevents it from running, which may be itself.
    pub root_cause: Option<usize>,
    /// The end of the lease; `None` without a lease.
    pub lease_until: Option<Timestamp>,
    /// The time after which a step in progress without a lease is taken back; `None`: never.
    pub stale_after: Option<Duration>,
    /// The present.
    pub now: Timestamp,
}

impl StepFacts<'_> {
    /// Returns whether `tasker_maintain()` would take the step back.
    pub fn is_stuck(&self) -> bool {
        self.step.state == StepState::InProgress
            && matches!(
                remedy(self.step, self.lease_until, self.stale_after, self.now),
                Remedy::TakeBack | Remedy::Recover
            )
    }
}

/// For each unfinished step, the index of a step that prevents it from running without an operator: itself or an
/// ancestor that is blocked, or an ancestor that was cancelled. Among several, the nearest with the lowest index.
/// Ancestors behind a parent of another task are not considered, and a step with a join of its own does not depend on
/// any single parent.
///
/// # Complexity
/// O(V + E).
pub fn root_causes(steps: &Steps, assessments: &[Assessment]) -> Vec<Option<usize>> {
    let all = steps.all();
    let mut causes = vec![None; all.len()];
    let mut children = vec![Vec::new(); all.len()];
    for at in 0..all.len() {
        for parent in steps.parents(at).iter().filter_map(|parent| parent.index) {
            children[parent].push(at);
        }
    }
    let mut reached = std::collections::VecDeque::new();
    for (at, assessment) in assessments.iter().enumerate() {
        match assessment.own_obstacle {
            Some(Reason::Cancelled) => reached.push_back((at, at)),
            _ if assessment.is_blocked() => {
                causes[at] = Some(at);
                reached.push_back((at, at));
            }
            _ => {}
        }
    }
    while let Some((at, cause)) = reached.pop_front() {
        for &child in &children[at] {
            if all[child].state.can_start() && causes[child].is_none() && joins_as_engine(steps, child) {
                causes[child] = Some(cause);
                reached.push_back((child, cause));
            }
        }
    }
    causes
}
