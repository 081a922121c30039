//! Figures about a whole installation: the number of tasks and steps in each state, and rates computed from
//! them.
//!
//! The counts come from the database. This module defines what each figure means, here and in the engine
//! (R13, R15).

use crate::core::config::HealthSettings;
use crate::core::readiness::Semantics;

/// The number of tasks in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskCounts {
    /// The number of all tasks.
    pub total: i64,
    /// Tasks in `pending`, with or without a transition to it.
    pub pending: i64,
    /// Tasks in `in_progress`.
    pub in_progress: i64,
    /// Tasks in `complete`.
    pub complete: i64,
    /// Tasks in `error`.
    pub error: i64,
    /// Tasks in `cancelled`.
    pub cancelled: i64,
    /// Tasks in `resolved_manually`.
    pub resolved_manually: i64,
    /// Tasks with a transition to `pending`, which the engine counts as pending (R13).
    pub noted_pending: i64,
}

/// The number of steps in each state, and the reasons of those in error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepCounts {
    /// The number of all steps.
    pub total: i64,
    /// Steps in `pending`, with or without a transition to it.
    pub pending: i64,
    /// Steps in `in_progress`.
    pub in_progress: i64,
    /// Steps in `complete`.
    pub complete: i64,
    /// Steps in `error`.
    pub error: i64,
    /// Steps in `cancelled`.
    pub cancelled: i64,
    /// Steps in `resolved_manually`.
    pub resolved_manually: i64,
    /// Steps in error that may be retried and have attempts left.
    pub retryable_error: i64,
    /// Steps in error that are not retryable.
    pub permanent_error: i64,
    /// The counts as the engine defines them.
    pub engine: EngineCounts,
}

/// Counts that the engine defines differently (R13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineCounts {
    /// Steps with a transition to `pending`.
    pub noted_pending: i64,
    /// Steps in error that are retryable, with fewer attempts than the stored limit.
    pub retryable: i64,
    /// Steps in error with as many attempts as the stored limit, retryable or not.
    pub exhausted: i64,
    /// Retryable steps in error that have been attempted, at whatever time.
    pub in_backoff: i64,
}

impl StepCounts {
    /// Steps in error that are retryable, but have used all their attempts.
    pub fn exhausted_error(&self) -> i64 {
        self.error - self.retryable_error - self.permanent_error
    }
}

/// The counts under the names of the engine's `get_system_health_counts_v01`, in its order, without connections.
///
/// `in_backoff`: retryable steps whose wait
/// is not over. The engine has two kinds of failed steps; in our reading, what will not be retried counts as exhausted.
pub fn engine_health(
    tasks: &TaskCounts,
    steps: &StepCounts,
    in_backoff: i64,
    semantics: Semantics,
) -> [i64; 14] {
    let engine = &steps.engine;
    let (pending_tasks, pending_steps, retryable, exhausted, in_backoff) = match semantics {
        Semantics::V02 => {
            (tasks.noted_pending, engine.noted_pending, engine.retryable, engine.exhausted, engine.in_backoff)
        }
        Semantics::Corrected => {
            let spent = steps.error - steps.retryable_error;
            (tasks.pending, steps.pending, steps.retryable_error, spent, in_backoff)
        }
    };
    [
        tasks.total,
        pending_tasks,
        tasks.in_progress,
        tasks.complete,
        tasks.error,
        tasks.cancelled,
        steps.total,
        pending_steps,
        steps.in_progress,
        steps.complete,
        steps.error,
        retryable,
        exhausted,
        in_backoff,
    ]
}

/// The problems of an installation, a sentence each: the engine's rule of health, with the configured
/// shares. `connections`: the number of open connections, and the maximum.
pub fn health_problems(
    tasks: &TaskCounts,
    steps: &StepCounts,
    connections: (i64, i64),
    settings: &HealthSettings,
) -> Vec<String> {
    let shares = [
        ("connections", "open", connections, settings.max_connection_share),
        ("tasks", "in error", (tasks.error, tasks.total), settings.max_error_task_share),
        ("steps", "in error", (steps.error, steps.total), settings.max_error_step_share),
    ];
    let is_over = |(part, whole): (i64, i64), most: f64| part as f64 > whole as f64 * most;
    shares
        .into_iter()
        .filter(|(_, _, counts, most)| is_over(*counts, *most))
        .map(|(what, state, (part, whole), most)| {
            format!("{part} of {whole} {what} are {state}, more than {} %", (most * 1_000.0).round() / 10.0)
        })
        .collect()
}

/// A share in decimal notation, rounded half up to `decimals` places; `None` of nothing.
///
/// `scale`: 1 for a share from 0 to 1, 100 for percent.
pub fn share(part: i64, whole: i64, scale: u32, decimals: u32) -> Option<String> {
    if whole <= 0 {
        return None;
    }
    let unit = 10_i128.pow(decimals.min(9));
    let (part, whole) = (i128::from(part.max(0)), i128::from(whole));
    let rounded = (2 * part * i128::from(scale) * unit + whole) / (2 * whole);
    let width = decimals.min(9) as usize;
    Some(match width {
        0 => rounded.to_string(),
        _ => format!("{}.{:0width$}", rounded / unit, rounded % unit),
    })
}
