//! Counts, level by level, how many steps of a task can run at once.

use super::Fact;
use crate::core::dag::Dag;

/// The steps of one level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// The number of steps of the level.
    pub total: usize,
    /// The number of steps that may run now.
    pub ready: usize,
    /// The number of running steps.
    pub running: usize,
    /// The number of steps that wait for other steps.
    pub waiting: usize,
    /// The number of failed steps.
    pub failed: usize,
    /// The number of finished steps.
    pub completed: usize,
}

impl Level {
    /// Returns `High` when several steps can start, `Medium` when one can, else `Low`.
    pub const fn potential(self) -> &'static str {
        match self.ready {
            0 => "Low",
            1 => "Medium",
            _ => "High",
        }
    }

    /// Returns `High` when more than half of the level waits for other steps, else `Low`.
    pub const fn bottleneck_risk(self) -> &'static str {
        if self.waiting * 2 > self.total { "High" } else { "Low" }
    }
}

/// Counts the steps of each level.
///
/// # Complexity
/// O(V + E).
pub fn levels(dag: &Dag, facts: &[Fact<'_>]) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    for (level, fact) in dag.levels().into_iter().zip(facts) {
        let level = level as usize;
        if levels.len() <= level {
            levels.resize(level + 1, Level::default());
        }
        let level = &mut levels[level];
        level.total += 1;
        level.ready += usize::from(fact.assessment.verdict.is_ready());
        level.running += usize::from(fact.step.state.is_running());
        level.waiting += usize::from(fact.waits_for_others());
        level.failed += usize::from(fact.is_failed());
        level.completed += usize::from(fact.step.state.satisfies_children());
    }
    levels
}

/// The percentage of levels in which several steps can start, to one decimal; 0 for a task without steps.
pub fn efficiency(levels: &[Level]) -> f64 {
    if levels.is_empty() {
        return 0.0;
    }
    let wide = levels.iter().filter(|level| level.ready > 1).count();
    (wide as f64 / levels.len() as f64 * 1_000.0).round() / 10.0
}

/// A word for the number of steps that can start now.
pub const fn parallelism(ready: usize) -> &'static str {
    match ready {
        0 => "none",
        1 => "sequential",
        2..=5 => "moderate",
        _ => "high",
    }
}
