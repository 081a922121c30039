//! Reads the tasks and steps of a period, and how they ended.

use crate::core::error::TaskerError;
use crate::core::ids::{NamedTaskId, StepId, TaskId};
use crate::core::period::{Period, StepTimes, TaskTally};
use crate::core::time::{Duration, Timestamp};
use crate::pg::reading::forks;
use crate::pg::reading::loader::{Reader, step_state, task_state};
use crate::pg::spi::{LookUp, Row};
use std::collections::HashSet;

impl Reader<'_> {
    /// Returns the tasks created after a time that are `wanted` by their names. None of their steps is counted yet.
    ///
    /// # Complexity
    /// O(log n), and O(1) for each.
    pub fn tasks_created_after(
        &self,
        since: Timestamp,
        wanted: impl Fn(NamedTaskId) -> bool,
    ) -> Result<Period, TaskerError> {
        let mut tallies = Vec::new();
        self.look_up_visible_after(LookUp::TimesOfTasks, since, |row| {
            let (task, named) = (TaskId(row.i64(0)), NamedTaskId(row.i32(1)));
            if wanted(named) {
                let created_at = row.optional_timestamp(4).unwrap_or(Timestamp::MINUS_INFINITY);
                // Leaves out rows whose state does not exist. The doctor reports them.
                if let Ok(state) = task_state(row, 2, task) {
                    tallies.push(TaskTally::new(task, created_at, named, state, row.optional_timestamp(3)));
                }
            }
            Ok(())
        })?;
        Ok(Period::new(tallies))
    }

    /// Counts the steps of the tasks of a period.
    ///
    /// # Complexity
    /// O(log n) for each task and O(1) for each of its steps; O(all steps) at most.
    pub fn count_steps(&self, period: &mut Period) -> Result<(), TaskerError> {
        let tasks: Vec<i64> = period.tallies().iter().map(|tally| tally.task.0).collect();
        let first = period.tallies().iter().map(|tally| tally.created_at).min();
        let before = first.unwrap_or(Timestamp::MINUS_INFINITY).plus(Duration::microseconds(-1));
        let copies = forks::copied_after(self.session, before)?;
        self.look_up_visible(LookUp::TimesInTasks, &tasks, |row| {
            step_times(row, &copies).iter().for_each(|step| period.count(step));
            Ok(())
        })
    }

    /// Passes the times of every step created after a time to `each`.
    ///
    /// # Complexity
    /// O(log n), and O(1) for each.
    pub fn each_step_created_after(
        &self,
        since: Timestamp,
        mut each: impl FnMut(&StepTimes),
    ) -> Result<(), TaskerError> {
        // A copy keeps the times of its original, so its fork is later.
        let copies = forks::copied_after(self.session, since)?;
        self.look_up_visible_after(LookUp::TimesOfSteps, since, |row| {
            step_times(row, &copies).iter().for_each(&mut each);
            Ok(())
        })
    }
}

/// Returns the times of a step; `None` if its state does not exist.
fn step_times(row: &Row, copies: &HashSet<StepId>) -> Option<StepTimes> {
    let step = StepId(row.i64(0));
    Some(StepTimes {
        step,
        task: TaskId(row.i64(1)),
        created_at: row.optional_timestamp(2).unwrap_or(Timestamp::MINUS_INFINITY),
        state_since: row.optional_timestamp(3),
        state: step_state(row, 4, step).ok()?,
        is_copied: copies.contains(&step),
    })
}
