//! The readiness rule: decides which steps may run now, and why the others may not.
//!
//! There are two versions of it. This file has [`Semantics::Corrected`], the rule of tasker_core.
//! `readiness/v02.rs` has [`Semantics::V02`], the engine's rule with its defects.

mod v02;

use crate::core::attempts::failed_at;
pub use crate::core::attempts::{HoldTimes, has_attempts_left, retry_limit};
pub use crate::core::reason::Reason;
use crate::core::rules::{Join, JoinState, RuleState, decide};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Parent, Step, Steps};
use crate::core::time::Timestamp;

/// The version of the rule to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Semantics {
    /// The rule of the engine, with its defects R2, R3, R6 and R16 to R19.
    V02,
    /// The rule of tasker_core, with the engine's defects corrected.
    Corrected,
}

/// The answer of the rule for one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The verdict: whether the step may run now, and if not, why.
    pub verdict: Verdict,
    /// The obstacle that the step would have in an open task. The engine's version never looks at the task.
    pub own_obstacle: Option<Reason>,
    /// Whether every parent has finished.
    pub dependencies_satisfied: bool,
    /// Whether attempts are left.
    pub retry_eligible: bool,
    /// The time of its failure, if it is in `error`.
    pub last_failure_at: Option<Timestamp>,
    /// The end of the waits that hold it; see [`Step`] for what each version reports.
    pub next_eligible_at: Option<Timestamp>,
    /// The number of incoming edges.
    pub total_parents: usize,
    /// The number of incoming edges whose parent has finished.
    pub completed_parents: usize,
    /// The number of executions so far.
    pub attempts: i32,
    /// The number of allowed executions.
    pub retry_limit: i32,
}

impl Assessment {
    /// Returns whether the step is blocked: it cannot run without an operator. A step that waits for a blocked step
    /// does not count.
    pub fn is_blocked(&self) -> bool {
        matches!(self.own_obstacle, Some(Reason::NotRetryable | Reason::RetriesExhausted | Reason::Processed))
    }
}

/// The answer for a step: ready, or the first reason why it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The step may run now.
    Ready,
    /// The step may not run.
    Blocked(Reason),
}

impl From<Option<Reason>> for Verdict {
    fn from(reason: Option<Reason>) -> Self {
        reason.map_or(Self::Ready, Self::Blocked)
    }
}

impl Verdict {
    /// Returns whether the step may run now.
    pub fn is_ready(self) -> bool {
        self == Self::Ready
    }

    /// The obstacle, if there is one.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Ready => None,
            Self::Blocked(reason) => Some(reason),
        }
    }
}

/// The effect of a task's state on its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Steps of the task may run.
    Open,
    /// Steps of the task may not run until it is resumed.
    Paused,
    /// Steps of the task never run again.
    Closed,
}

impl From<TaskState> for Gate {
    fn from(state: TaskState) -> Self {
        if state.is_closed() { Self::Closed } else { Self::Open }
    }
}

/// Evaluates the readiness rule for every step; the answers are in the order of [`Steps::all`].
///
/// `gate` returns the effect of the state of each step's task; `now` is in UTC.
///
/// # Complexity
/// O(V + E).
pub fn assess<G: Into<Gate>>(
    steps: &Steps,
    gate: impl Fn(&Step) -> G,
    now: Timestamp,
    semantics: Semantics,
) -> Vec<Assessment> {
    let all = steps.all().iter().enumerate();
    match semantics {
        // The engine has no rules, so a step with a rule has only one reading.
        Semantics::V02 => all
            .map(|(at, step)| match steps.rule(step) {
                None => v02::assess(step, steps.parents(at), now),
                rule => corrected(step, steps.parents(at), rule, gate(step).into(), false, now),
            })
            .collect(),
        Semantics::Corrected => {
            let cut_off = cut_off_by_cancellation(steps);
            all.map(|(at, step)| {
                corrected(step, steps.parents(at), steps.rule(step), gate(step).into(), cut_off[at], now)
            })
            .collect()
        }
    }
}

fn corrected(
    step: &Step,
    parents: &[Parent],
    rule: Option<&RuleState>,
    gate: Gate,
    cut_off: bool,
    now: Timestamp,
) -> Assessment {
    let completed_parents = satisfied(parents);
    let held = rule.and_then(|rule| decide(step, rule, now).hold());
    let dependencies_satisfied = match rule {
        None => completed_parents == parents.len(),
        Some(_) => held.is_none_or(|(reason, _)| reason != Reason::DependenciesNotSatisfied),
    };
    let budget_left = has_attempts_left(step);
    let wait = HoldTimes::of(step).latest();
    let own_obstacle = match step.state {
        StepState::InProgress => Some(Reason::InProgress),
        StepState::Complete | StepState::ResolvedManually => Some(Reason::Finished),
        StepState::Cancelled => Some(Reason::Cancelled),
        StepState::Pending | StepState::Error if step.processed => Some(Reason::Processed),
        StepState::Error if !step.retryable => Some(Reason::NotRetryable),
        StepState::Pending | StepState::Error if !budget_left => Some(Reason::RetriesExhausted),
        StepState::Pending | StepState::Error if cut_off && step.skippable => {
            Some(Reason::SkippedByCancellation)
        }
        StepState::Pending | StepState::Error if cut_off => Some(Reason::BlockedByCancellation),
        StepState::Pending | StepState::Error if !dependencies_satisfied => {
            Some(Reason::DependenciesNotSatisfied)
        }
        StepState::Pending | StepState::Error if step.in_process => Some(Reason::InProcess),
        StepState::Pending | StepState::Error if let Some((reason, _)) = held => Some(reason),
        StepState::Pending | StepState::Error if wait.is_some_and(|until| until > now) => {
            Some(Reason::WaitingForBackoff)
        }
        StepState::Pending | StepState::Error => None,
    };
    let reason = match gate {
        Gate::Closed => Some(Reason::TaskClosed),
        Gate::Paused if own_obstacle.is_none() => Some(Reason::TaskPaused),
        Gate::Open | Gate::Paused => own_obstacle,
    };
    Assessment {
        verdict: Verdict::from(reason),
        own_obstacle,
        dependencies_satisfied,
        retry_eligible: budget_left,
        last_failure_at: failed_at(step),
        next_eligible_at: match reason {
            None
            | Some(
                Reason::TaskPaused
                | Reason::DependenciesNotSatisfied
                | Reason::InProcess
                | Reason::WaitingForBackoff,
            ) => wait,
            Some(
                Reason::DecisionPending
                | Reason::WaitingForSignal
                | Reason::WaitingForTime
                | Reason::WaitingForTask,
            ) => held.and_then(|(_, until)| until),
            Some(_) => None,
        },
        total_parents: parents.len(),
        completed_parents,
        attempts: step.attempts.unwrap_or(0),
        retry_limit: retry_limit(step.retry_limit),
    }
}

/// The time since which a ready step could have run: the latest of its creation, its current transition, its waits and
/// the ends of its parents that have ended.
pub fn eligible_since(step: &Step, parents: &[Parent]) -> Timestamp {
    let own = [step.state_since, HoldTimes::of(step).latest()];
    let ended = |parent: &&Parent| !matches!(parent.state, StepState::Pending | StepState::InProgress);
    let parents = parents.iter().filter(ended).map(|parent| parent.state_since);
    own.into_iter().chain(parents).flatten().fold(step.created_at, Ord::max)
}

/// The steps whose dependencies can never be satisfied because a step above them was cancelled (R17).
///
/// Only unfinished steps pass the cut on, within their task; a step of another task counts only as a direct
/// parent. Cycles do not matter: the cut spreads from the cancelled steps downwards, once to each step. A step with a
/// join of its own treats a cancellation as one outcome among others; it is cut off when everything that it still waits
/// for is cut off.
fn cut_off_by_cancellation(steps: &Steps) -> Vec<bool> {
    let mut cut_off = vec![false; steps.all().len()];
    let cancelled = |parent: &Parent| parent.state == StepState::Cancelled;
    let mut reached: Vec<usize> = (0..cut_off.len())
        .filter(|&at| steps.all()[at].state.can_start() && steps.parents(at).iter().any(cancelled))
        .filter(|&at| joins_as_engine(steps, at))
        .collect();
    if reached.is_empty() {
        return cut_off;
    }
    let mut children = vec![Vec::new(); cut_off.len()];
    for at in 0..cut_off.len() {
        for parent in steps.parents(at).iter().filter_map(|parent| parent.index) {
            children[parent].push(at);
        }
    }
    while let Some(at) = reached.pop() {
        let is_lost = is_lost(steps, at, &cut_off);
        if steps.all()[at].state.can_start() && is_lost && !std::mem::replace(&mut cut_off[at], true) {
            reached.extend(&children[at]);
        }
    }
    cut_off
}

/// Returns whether a step that a cancellation has reached waits for what is cut off: a step that joins as the engine's,
/// for one such step; a step with its own join, for nothing else.
fn is_lost(steps: &Steps, at: usize, cut_off: &[bool]) -> bool {
    let Some(rule) = steps.rule(&steps.all()[at]) else { return true };
    let Some(join) = rule.open_join() else { return false };
    let is_cut = |parent: &Parent| parent.index.is_some_and(|at| cut_off[at]);
    let parents = steps.parents(at).iter().enumerate();
    let counted: Vec<_> = parents.filter(|(place, _)| rule.counts(*place)).collect();
    if *join == Join::Engine {
        return counted.iter().any(|(_, parent)| parent.state == StepState::Cancelled || is_cut(parent));
    }
    let outcome = |place: usize| rule.parents.get(place).copied().flatten();
    let outcomes: Vec<_> = counted.iter().map(|(place, _)| outcome(*place)).collect();
    join.standing(&outcomes) == JoinState::Open
        && counted.iter().all(|(place, parent)| outcome(*place).is_some() || is_cut(parent))
}

/// Returns whether a step needs all of the steps that it waits for, as in the engine.
pub fn joins_as_engine(steps: &Steps, at: usize) -> bool {
    steps.rule(&steps.all()[at]).is_none_or(|rule| rule.open_join() == Some(&Join::Engine))
}

/// The number of edges from finished parents.
fn satisfied(parents: &[Parent]) -> usize {
    parents.iter().filter(|parent| parent.state.satisfies_children()).count()
}
