//! Reports about the tasks of a period, and the slowest of them. A tally counts the steps of each task, in
//! any order (R14, R15).

use crate::core::ids::{NamedTaskId, StepId, TaskId};
use crate::core::state::{StepState, TaskState};
use crate::core::time::Timestamp;

/// The times of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepTimes {
    /// The step.
    pub step: StepId,
    /// The task of the step.
    pub task: TaskId,
    /// The time of creation.
    pub created_at: Timestamp,
    /// The time of the current transition; `None` if there is none.
    pub state_since: Option<Timestamp>,
    /// The state of the step.
    pub state: StepState,
    /// Whether it was copied from another task, in which it was executed.
    pub is_copied: bool,
}

impl StepTimes {
    /// The time at which it became complete, if it was executed and is complete.
    fn completed_at(&self) -> Option<Timestamp> {
        self.state_since.filter(|_| self.state == StepState::Complete && !self.is_copied)
    }

    /// The microseconds from its creation until it was complete; `None` if it is not complete, or took no time.
    pub fn taken(&self) -> Option<i64> {
        self.completed_at().map(|at| between(self.created_at, at)).filter(|taken| *taken > 0)
    }

    /// Returns whether the engine counts the step's task as active because of this step: a transition says that the
    /// step is neither complete nor in error nor resolved (R15).
    pub fn is_active_v02(&self) -> bool {
        let ended = [StepState::Complete, StepState::Error, StepState::ResolvedManually];
        self.state_since.is_some() && !ended.contains(&self.state)
    }
}

/// A task of the period, with the sums over its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskTally {
    /// The task.
    pub task: TaskId,
    /// The time of creation.
    pub created_at: Timestamp,
    /// The name of the task.
    pub named: NamedTaskId,
    /// The state of the task.
    pub state: TaskState,
    /// The time of the current transition; `None` if there is none.
    pub state_since: Option<Timestamp>,
    /// The number of steps.
    pub steps: u32,
    /// The number of complete steps.
    pub completed: u32,
    /// The number of complete steps that were executed in this task.
    pub executed: u32,
    /// The number of steps in error.
    pub failed: u32,
    /// The time at which the last complete or failed step ended.
    pub ended_at: Option<Timestamp>,
    /// The microseconds from the creation of the completed steps until they were complete.
    pub steps_taken: i128,
    /// The sum of the steps' times from the creation of the task.
    pub taken_by_steps: i128,
}

impl TaskTally {
    /// Creates the tally of a task, before any of its steps is counted.
    pub fn new(
        task: TaskId,
        created_at: Timestamp,
        named: NamedTaskId,
        state: TaskState,
        state_since: Option<Timestamp>,
    ) -> Self {
        Self {
            task,
            created_at,
            named,
            state,
            state_since,
            steps: 0,
            completed: 0,
            executed: 0,
            failed: 0,
            ended_at: None,
            steps_taken: 0,
            taken_by_steps: 0,
        }
    }

    /// The microseconds until the last of its steps completed or failed; `None` if none has.
    pub fn taken(&self) -> Option<i64> {
        self.ended_at.map(|at| between(self.created_at, at))
    }

    fn count(&mut self, step: &StepTimes) {
        self.steps += 1;
        match step.state {
            StepState::Complete => {
                self.completed += 1;
                self.executed += u32::from(!step.is_copied);
                if let Some(at) = step.completed_at() {
                    self.steps_taken += i128::from(between(step.created_at, at));
                    self.taken_by_steps += i128::from(between(self.created_at, at));
                }
                self.ended_at = self.ended_at.max(step.completed_at());
            }
            StepState::Error => {
                self.failed += 1;
                self.ended_at = self.ended_at.max(step.state_since);
            }
            StepState::Pending
            | StepState::InProgress
            | StepState::Cancelled
            | StepState::ResolvedManually => {}
        }
    }
}

/// The numbers of tasks of a period, by their outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// The number of tasks.
    pub tasks: i64,
    /// The number of completed tasks.
    pub completed: i64,
    /// The number of failed tasks.
    pub failed: i64,
}

/// Tallies in the order of their tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Period {
    tallies: Vec<TaskTally>,
    /// The index of the last step's task: most steps follow a step of the same task.
    last: usize,
}

impl Period {
    /// Creates the period from tallies, one for each task.
    pub fn new(mut tallies: Vec<TaskTally>) -> Self {
        tallies.sort_unstable_by_key(|tally| tally.task);
        Self { tallies, last: 0 }
    }

    /// The tasks, in their order.
    pub fn tallies(&self) -> &[TaskTally] {
        &self.tallies
    }

    /// Counts a step, if its task is one of them; O(log n), O(1) for a step of the same task as the last.
    pub fn count(&mut self, step: &StepTimes) {
        if self.tallies.get(self.last).is_none_or(|tally| tally.task != step.task) {
            match self.tallies.binary_search_by_key(&step.task, |tally| tally.task) {
                Ok(at) => self.last = at,
                Err(_) => return,
            }
        }
        if let Some(tally) = self.tallies.get_mut(self.last) {
            tally.count(step);
        }
    }

    /// Completed, failed or neither, by the tasks' own states; O(n).
    pub fn outcomes(&self) -> Outcomes {
        let count = |wanted: fn(TaskState) -> bool| {
            self.tallies.iter().filter(|tally| wanted(tally.state)).count() as i64
        };
        Outcomes {
            tasks: self.tallies.len() as i64,
            completed: count(is_completed),
            failed: count(|state| state == TaskState::Error),
        }
    }

    /// Counts the tasks created after a time as the engine does: with any completed step, with any failed step, or both
    /// (R15); O(n).
    pub fn outcomes_v02(&self, since: Timestamp) -> Outcomes {
        let mut outcomes = Outcomes::default();
        for tally in self.tallies.iter().filter(|tally| tally.created_at > since) {
            outcomes.tasks += 1;
            outcomes.completed += i64::from(tally.completed > 0);
            outcomes.failed += i64::from(tally.failed > 0);
        }
        outcomes
    }

    /// The mean time of completed tasks, from their creation to their last transition, in seconds; O(n).
    pub fn task_seconds(&self) -> Option<String> {
        let taken = self
            .tallies
            .iter()
            .filter(|tally| is_completed(tally.state))
            .filter_map(|tally| tally.state_since.map(|at| i128::from(between(tally.created_at, at))));
        let (sum, count) = taken.fold((0, 0), |(sum, count), taken| (sum + taken, count + 1));
        mean_seconds(sum, count)
    }

    /// The mean time of completed steps, of tasks created after a time, in seconds; O(n).
    pub fn step_seconds(&self, since: Timestamp) -> Option<String> {
        self.mean_of_steps(since, |tally| tally.steps_taken)
    }

    /// The mean time of tasks as the engine defines it: that of their completed steps, from the creation of the task
    /// (R15); O(n).
    pub fn task_seconds_v02(&self, since: Timestamp) -> Option<String> {
        self.mean_of_steps(since, |tally| tally.taken_by_steps)
    }

    /// The number of steps of tasks created after a time; O(n).
    pub fn steps(&self, since: Timestamp) -> i64 {
        self.tallies.iter().filter(|tally| tally.created_at > since).map(|tally| i64::from(tally.steps)).sum()
    }

    fn mean_of_steps(&self, since: Timestamp, taken: fn(&TaskTally) -> i128) -> Option<String> {
        let tallies = self.tallies.iter().filter(|tally| tally.created_at > since);
        let (sum, count) = tallies
            .fold((0, 0), |(sum, count), tally| (sum + taken(tally), count + i128::from(tally.executed)));
        mean_seconds(sum, count)
    }
}

fn is_completed(state: TaskState) -> bool {
    matches!(state, TaskState::Complete | TaskState::ResolvedManually)
}

fn between(from: Timestamp, to: Timestamp) -> i64 {
    to.to_postgres().saturating_sub(from.to_postgres())
}

/// Microseconds over a count, as seconds with three decimals, rounded half away from zero; `None` of nothing.
pub fn mean_seconds(microseconds: i128, count: i128) -> Option<String> {
    if count <= 0 {
        return None;
    }
    let divisor = count * 1_000;
    let rounded = (2 * microseconds.abs() + divisor) / (2 * divisor);
    let sign = if microseconds < 0 && rounded > 0 { "-" } else { "" };
    Some(format!("{sign}{}.{:03}", rounded / 1_000, rounded % 1_000))
}

/// Collects the items with the greatest lengths; items of the same length are in the order of their ids.
#[derive(Clone, Debug)]
pub struct Longest<T> {
    limit: usize,
    kept: Vec<(std::cmp::Reverse<i64>, i64, T)>,
}

impl<T> Longest<T> {
    /// Keeps at most `limit` items.
    pub fn new(limit: usize) -> Self {
        Self { limit, kept: Vec::new() }
    }

    /// Offers an item; O(log limit), amortized.
    pub fn offer(&mut self, length: i64, id: i64, what: T) {
        self.kept.push((std::cmp::Reverse(length), id, what));
        if self.kept.len() > self.limit.saturating_mul(2).max(64) {
            self.trim();
        }
    }

    /// Returns the items, the longest first.
    pub fn into_longest(mut self) -> Vec<T> {
        self.trim();
        self.kept.into_iter().map(|(_, _, what)| what).collect()
    }

    fn trim(&mut self) {
        self.kept.sort_unstable_by_key(|(length, id, _)| (*length, *id));
        self.kept.truncate(self.limit);
    }
}
