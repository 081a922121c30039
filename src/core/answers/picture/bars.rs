//! The history of a step as bars on a time axis.

use super::shown::PictureState;
use crate::core::ids::StepId;
use crate::core::state::StepState;
use crate::core::time::{Duration, Timestamp};

/// The activity of a step in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarKind {
    /// The step waited for its parents.
    Parents,
    /// The step waited for a worker.
    Queue,
    /// The step waited for a time after a failure or on request.
    Backoff,
    /// The step ran: the number of the attempt, and its end.
    Running(u32, Attempt),
}

/// The end of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The attempt has not ended.
    Open,
    /// The step was done.
    Succeeded,
    /// The attempt failed.
    Failed,
    /// The worker released the step; the next attempt has the same number.
    GivenBack,
    /// The step was cancelled.
    Cancelled,
}

/// A transition of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarTransition {
    /// The target state of the transition.
    pub state: StepState,
    /// The time of the transition.
    pub at: Timestamp,
    /// The wait after a failure that it names.
    pub backoff: Option<Duration>,
    /// Whether it belongs to giving a step back.
    pub is_release: bool,
}

impl BarTransition {
    /// Returns whether an execution failed. A step that is given back passes through `error`, too, but it has not
    /// failed.
    pub fn is_failure(&self) -> bool {
        self.state == StepState::Error && !self.is_release
    }

    /// The way in which this transition ends an attempt.
    fn outcome(&self) -> Attempt {
        match self.state {
            StepState::Complete | StepState::ResolvedManually => Attempt::Succeeded,
            StepState::Cancelled => Attempt::Cancelled,
            StepState::Error if !self.is_release => Attempt::Failed,
            StepState::Error | StepState::Pending | StepState::InProgress => Attempt::GivenBack,
        }
    }
}

/// A stretch of time; `from` is before `to`, but for an attempt that ended at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The activity.
    pub kind: BarKind,
    /// The begin of the period.
    pub from: Timestamp,
    /// The end of the period.
    pub to: Timestamp,
}

/// The end of a step's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarEnd {
    /// The time at which it entered its last state.
    pub at: Timestamp,
    /// The state that the picture shows.
    pub state: PictureState,
}

/// A line of the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartRow {
    /// The id of the step.
    pub id: StepId,
    /// The name of the step.
    pub name: String,
    /// The current state that the picture shows.
    pub state: PictureState,
    /// The bars in order of time; none begins before the previous one has ended.
    pub bars: Vec<Bar>,
    /// The end of the history; `None` while the step can still run.
    pub end: Option<BarEnd>,
}

/// The known history of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The id of the step.
    pub id: StepId,
    /// The name of the step.
    pub name: String,
    /// The current state that the picture shows.
    pub state: PictureState,
    /// The time of creation.
    pub created_at: Timestamp,
    /// The time at which the last of its parents finished: its creation if it has none, `None` if one has not finished.
    pub parents_ended_at: Option<Timestamp>,
    /// The states it entered, in the order in which it entered them.
    pub transitions: Vec<BarTransition>,
    /// The waits it was given, from and until when; they may overlap.
    pub waits: Vec<(Timestamp, Timestamp)>,
}

impl ChartRow {
    /// The line of a step at `now`.
    ///
    /// Clocks may have gone backwards: a transition earlier than the one before counts as simultaneous with it,
    /// one in the future as happening now. A step that can no longer run has no bar after its last transition. A failure
    /// of a step that was not running, as that of a wait, is an attempt that ended at once.
    ///
    /// # Complexity
    /// O(T·W) for T transitions and W waits.
    pub fn of(history: History, now: Timestamp) -> Self {
        let mut bars = Vec::new();
        let mut since = history.created_at.min(now);
        let mut attempts = 0;
        let mut running = false;
        let mut last = None;
        for entered in &history.transitions {
            let at = entered.at.clamp(since, now);
            let outcome = entered.outcome();
            if running {
                bars.push(Bar { kind: BarKind::Running(attempts, outcome), from: since, to: at });
                attempts -= u32::from(outcome == Attempt::GivenBack);
            } else {
                history.idle(since, at, &mut bars);
                if outcome == Attempt::Failed {
                    attempts += 1;
                    bars.push(Bar { kind: BarKind::Running(attempts, outcome), from: at, to: at });
                }
            }
            running = entered.state == StepState::InProgress;
            attempts += u32::from(running);
            since = at;
            last = Some(at);
        }
        if running {
            bars.push(Bar { kind: BarKind::Running(attempts, Attempt::Open), from: since, to: now });
        } else if history.state.is_open() {
            history.idle(since, now, &mut bars);
        }
        let end = last.filter(|_| !history.state.is_open()).map(|at| BarEnd { at, state: history.state });
        Self { id: history.id, name: history.name, state: history.state, bars, end }
    }
}

impl History {
    /// Adds what the step waited for in a time in which it did not run: its parents, then its waits, and
    /// otherwise a worker.
    fn idle(&self, from: Timestamp, to: Timestamp, bars: &mut Vec<Bar>) {
        let waits = self.waits.iter().flat_map(|&(start, end)| [start, end]);
        let mut cuts: Vec<Timestamp> = waits.chain(self.parents_ended_at).chain([to]).collect();
        cuts.retain(|cut| (from..=to).contains(cut));
        cuts.sort_unstable();
        let mut start = from;
        for cut in cuts {
            if start < cut {
                let kind = self.idle_at(start);
                match bars.last_mut() {
                    Some(bar) if bar.kind == kind && bar.to == start => bar.to = cut,
                    _ => bars.push(Bar { kind, from: start, to: cut }),
                }
                start = cut;
            }
        }
    }

    fn idle_at(&self, at: Timestamp) -> BarKind {
        if self.parents_ended_at.is_none_or(|ended| at < ended) {
            BarKind::Parents
        } else if self.waits.iter().any(|&(from, until)| (from..until).contains(&at)) {
            BarKind::Backoff
        } else {
            BarKind::Queue
        }
    }
}
