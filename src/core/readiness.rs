//! The readiness rule: which steps may run now, and why the others may not.
//!
//! There are two versions of it. This file has [`Semantics::Corrected`], the rule of tasker_core (architecture, section 3).
//! `readiness/v02.rs` has [`Semantics::V02`], the engine's rule, bug for bug (semantics 3.1).

mod v02;

use super::backoff;
use super::rules::{Join, Ruled, Standing, decide};
use super::state::{StepState, TaskState};
use super::steps::{Parent, Step, Steps};
use super::time::{Duration, Timestamp};

/// The version of the rule to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Semantics {
    /// The engine's, with its defects R2, R3, R6 and R16 to R19.
    V02,
    /// The rule of tasker_core, with the engine's defects corrected.
    Corrected,
}

/// The number of executions for a step without a limit.
pub(super) const DEFAULT_RETRY_LIMIT: i32 = 3;

/// The answer of the rule for one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// May it run now, and if not, why?
    pub verdict: Verdict,
    /// The obstacle that the step would have in an open task. The engine's version never looks at the task.
    pub own_obstacle: Option<Reason>,
    /// Has every parent finished?
    pub dependencies_satisfied: bool,
    /// Does its budget allow another attempt?
    pub retry_eligible: bool,
    /// The time of its failure, if it is in `error`.
    pub last_failure_at: Option<Timestamp>,
    /// The end of the waits that hold it; see [`Step`] for what each version reports.
    pub next_eligible_at: Option<Timestamp>,
    /// Incoming edges.
    pub total_parents: usize,
    /// Incoming edges whose parent has finished.
    pub completed_parents: usize,
    /// Executions so far.
    pub attempts: i32,
    /// Executions allowed.
    pub retry_limit: i32,
}

impl Assessment {
    /// Whether the step is blocked: it cannot run without an operator. A step that waits for a blocked step does not
    /// count.
    pub fn is_blocked(&self) -> bool {
        matches!(self.own_obstacle, Some(Reason::NotRetryable | Reason::RetriesExhausted | Reason::Processed))
    }
}

/// Ready, or the first thing that is in the way.
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
    /// Whether the step may run now.
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

/// Why a step may not run now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The task is complete, cancelled or resolved.
    TaskClosed,
    /// The task is paused.
    TaskPaused,
    /// The step is running.
    InProgress,
    /// The step is done.
    Finished,
    /// The step was cancelled.
    Cancelled,
    /// The `processed` flag is set, whatever the state says.
    Processed,
    /// The step failed and is not retryable.
    NotRetryable,
    /// The step has used all its attempts.
    RetriesExhausted,
    /// A step that it depends on was cancelled.
    BlockedByCancellation,
    /// A step above it was cancelled, and the step is skippable.
    SkippedByCancellation,
    /// A step that it depends on has not finished.
    DependenciesNotSatisfied,
    /// The `in_process` flag is set: a worker holds the step.
    InProcess,
    /// The step must wait until `next_eligible_at`.
    WaitingForBackoff,
    /// The rule of the step can be evaluated; the next claim or maintenance does so.
    DecisionPending,
    /// The step waits for a signal.
    WaitingForSignal,
    /// The step only waits for a time.
    WaitingForTime,
    /// The step waits for another task.
    WaitingForTask,
}

impl Reason {
    /// The text that the SQL functions show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TaskClosed => "task_closed",
            Self::TaskPaused => "task_paused",
            Self::InProgress => "in_progress",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Processed => "processed",
            Self::NotRetryable => "not_retryable",
            Self::RetriesExhausted => "retries_exhausted",
            Self::BlockedByCancellation => "blocked_by_cancellation",
            Self::SkippedByCancellation => "skipped_by_cancellation",
            Self::DependenciesNotSatisfied => "dependencies_not_satisfied",
            Self::InProcess => "in_process",
            Self::WaitingForBackoff => "waiting_for_backoff",
            Self::DecisionPending => "decision_pending",
            Self::WaitingForSignal => "waiting_for_signal",
            Self::WaitingForTime => "waiting_for_time",
            Self::WaitingForTask => "waiting_for_task",
        }
    }
}

/// Whether a task lets its steps start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Steps of the task may run.
    Open,
    /// Steps of the task may not run until it is resumed.
    Paused,
    /// Never again.
    Closed,
}

impl From<TaskState> for Gate {
    fn from(state: TaskState) -> Self {
        if state.is_closed() { Self::Closed } else { Self::Open }
    }
}

/// Assesses every step; the answers are in the order of [`Steps::all`]. `gate` returns the gate of each step's task, by
/// its state if it cannot be paused; `now` is naive UTC.
///
/// `gate` returns the gate of each step's task, by its state if it cannot be paused; `now` is naive UTC.
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
    rule: Option<&Ruled>,
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
    let wait = Waits::of(step).latest();
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

/// The number of executions that a step may have. R3: a limit counts executions, so 0 cannot mean "never".
pub fn retry_limit(stored: Option<i32>) -> i32 {
    stored.unwrap_or(DEFAULT_RETRY_LIMIT).max(1)
}

/// Whether a step may be executed once more, at whatever time. R2: not retryable means that the first attempt is
/// the last.
pub fn has_attempts_left(step: &Step) -> bool {
    let retries = step.retryable || step.state != StepState::Error;
    retries && step.attempts.unwrap_or(0) < if step.retryable { retry_limit(step.retry_limit) } else { 1 }
}

/// The time since which a ready step could have run: the latest of its creation, its current transition, its waits and
/// the ends of its parents that have ended.
pub fn eligible_since(step: &Step, parents: &[Parent]) -> Timestamp {
    let own = [step.state_since, Waits::of(step).latest()];
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
        let is_lost = joins_as_engine(steps, at) || waits_for_nothing_else(steps, at, &cut_off);
        if steps.all()[at].state.can_start() && is_lost && !std::mem::replace(&mut cut_off[at], true) {
            reached.extend(&children[at]);
        }
    }
    cut_off
}

/// Whether all that a step with a join of its own still waits for is cut off.
fn waits_for_nothing_else(steps: &Steps, at: usize, cut_off: &[bool]) -> bool {
    steps.rule(&steps.all()[at]).is_some_and(|rule| {
        let mut parents = steps.parents(at).iter().zip(&rule.parents);
        rule.decided_at.is_none()
            && rule.rule.join.standing(&rule.parents) == Standing::Open
            && parents
                .all(|(parent, outcome)| outcome.is_some() || parent.index.is_some_and(|at| cut_off[at]))
    })
}

/// Whether a step needs all of its parents, as the engine's do.
pub fn joins_as_engine(steps: &Steps, at: usize) -> bool {
    steps
        .rule(&steps.all()[at])
        .is_none_or(|rule| rule.decided_at.is_none() && rule.rule.join == Join::Engine)
}

/// The number of edges from finished parents.
fn satisfied(parents: &[Parent]) -> usize {
    parents.iter().filter(|parent| parent.state.satisfies_children()).count()
}

/// The time at which the step failed, if it is in `error` now.
fn failed_at(step: &Step) -> Option<Timestamp> {
    step.state_since.filter(|_| step.state == StepState::Error)
}

/// The waits that hold a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// The end of a requested wait. It applies only when both of its columns are set.
    pub requested_until: Option<Timestamp>,
    /// The end of the wait after a failure.
    pub after_failure_until: Option<Timestamp>,
}

impl Waits {
    /// The waits of a step as it is. The wait after a failure is the one that was chosen when it failed (R7); failures
    /// that the engine has written name none, and wait as the engine's functions say.
    pub fn of(step: &Step) -> Self {
        Self::after(step, step.backoff.unwrap_or_else(|| backoff::after_failure(step.attempts)))
    }

    /// The waits that the engine's functions see.
    fn of_engine(step: &Step) -> Self {
        Self::after(step, backoff::after_failure(step.attempts))
    }

    fn after(step: &Step, failure: Duration) -> Self {
        let requested = || {
            let seconds = step.backoff_request_seconds?;
            Some(step.last_attempted_at?.plus(Duration::seconds(seconds.into())))
        };
        Self {
            requested_until: requested(),
            after_failure_until: failed_at(step).map(|since| since.plus(failure)),
        }
    }

    /// The end of the last wait (R6: all waits apply).
    pub fn latest(self) -> Option<Timestamp> {
        self.requested_until.max(self.after_failure_until)
    }
}
