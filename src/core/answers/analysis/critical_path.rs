//! Finds the path that decides when a task will be complete, with its estimated durations.

use super::{Fact, Weights};
use crate::core::context::HealthStatus;
use crate::core::dag::Dag;
use crate::core::ids::StepId;
use crate::core::time::{Duration, Timestamp};
use serde::Serialize;

/// The critical path of a task, as a document.
#[derive(Debug, PartialEq, Serialize)]
pub struct CriticalPathReport {
    steps: Vec<PathStep>,
    total_steps: usize,
    completed_steps: usize,
    running_steps: usize,
    failed_steps: usize,
    waiting_steps: usize,
    ready_steps: usize,
    retried_steps: usize,
    completion_percentage: f64,
    /// The duration of the whole path, from its root on.
    total_seconds: f64,
    /// The time until its last step ends, if no step fails any more or waits for a worker.
    remaining_seconds: f64,
    estimated_completion_at: Option<Timestamp>,
    /// The score of the path; 0 for a finished path or one without steps.
    criticality_score: f64,
}

#[derive(Debug, PartialEq, Serialize)]
struct PathStep {
    workflow_step_id: StepId,
    name: String,
    current_state: &'static str,
    estimated_seconds: f64,
    remaining_seconds: f64,
    /// Whether the estimate was measured on executions of steps of that name.
    measured: bool,
}

/// Finds the critical path and reports on it. `names` and `measured` (seconds that a step of that name takes) are in
/// the order of the facts.
///
/// The engine scores every path, and there may be exponentially many. It calls the one with the highest score critical.
/// Here it is the path that takes longest from now on; in a finished task, the path that took longest.
///
/// # Complexity
/// O(V + E).
pub fn critical_path(
    dag: &Dag,
    facts: &[Fact<'_>],
    names: &[String],
    measured: &[Option<f64>],
    weights: &Weights,
    health: HealthStatus,
    now: Timestamp,
) -> CriticalPathReport {
    let estimates: Vec<f64> =
        facts.iter().zip(measured).map(|(fact, measured)| estimate(*fact, *measured, weights)).collect();
    let remaining: Vec<f64> =
        facts.iter().zip(&estimates).map(|(fact, estimate)| left(*fact, *estimate, now)).collect();
    let is_done = remaining.iter().all(|seconds| *seconds == 0.0);
    let path = dag.critical_path(if is_done { &estimates } else { &remaining }).steps;
    let on_path = |is_so: fn(Fact<'_>) -> bool| path.iter().filter(|at| is_so(facts[**at])).count();
    let completed = on_path(|fact| fact.step.state.satisfies_children());
    let sum = |seconds: &[f64]| path.iter().map(|at| seconds[*at]).sum::<f64>();
    let counts = Counts {
        total: path.len(),
        completed,
        failed: on_path(|fact| fact.is_failed()),
        waiting: on_path(|fact| fact.waits_for_others()),
        retried: on_path(|fact| fact.is_failed() && fact.assessment.attempts > 0),
    };
    let (total_seconds, remaining_seconds) = (sum(&estimates), sum(&remaining));
    CriticalPathReport {
        steps: path
            .iter()
            .map(|&at| PathStep {
                workflow_step_id: facts[at].step.id,
                name: names[at].clone(),
                current_state: facts[at].step.state.as_str(),
                estimated_seconds: estimates[at],
                remaining_seconds: remaining[at],
                measured: measured[at].is_some(),
            })
            .collect(),
        total_steps: counts.total,
        completed_steps: counts.completed,
        running_steps: on_path(|fact| fact.step.state.is_running()),
        failed_steps: counts.failed,
        waiting_steps: counts.waiting,
        ready_steps: on_path(|fact| fact.assessment.verdict.is_ready()),
        retried_steps: counts.retried,
        completion_percentage: (counts.share() * 1_000.0).round() / 10.0,
        total_seconds,
        remaining_seconds,
        estimated_completion_at: (!is_done).then(|| now.plus(Duration::from_seconds(remaining_seconds))),
        criticality_score: counts.criticality(total_seconds, health, weights),
    }
}

struct Counts {
    total: usize,
    completed: usize,
    failed: usize,
    waiting: usize,
    retried: usize,
}

impl Counts {
    /// The share of the path that has finished.
    fn share(&self) -> f64 {
        if self.total == 0 { 0.0 } else { self.completed as f64 / self.total as f64 }
    }

    /// The engine's formula, rounded to a tenth.
    fn criticality(&self, seconds: f64, health: HealthStatus, weights: &Weights) -> f64 {
        let impact = &weights.impact_multipliers;
        let harm = if health == HealthStatus::Healthy { 1.0 } else { 1.5 };
        let score = impact.path_length_weight * self.total as f64
            - impact.completed_penalty * self.completed as f64
            + impact.blocked_penalty * self.waiting as f64 * harm
            + impact.error_penalty * self.failed as f64 * harm
            + impact.retry_penalty * self.retried as f64
            + 2.0 * seconds / 60.0;
        let is_done = self.completed == self.total;
        if is_done { 0.0 } else { ((score * (1.0 - 0.3 * self.share())).max(0.0) * 10.0).round() / 10.0 }
    }
}

/// Estimates how long a step takes: as long as steps of its name have taken, or as the settings say; longer after
/// failures.
fn estimate(fact: Fact<'_>, measured: Option<f64>, weights: &Weights) -> f64 {
    let durations = &weights.duration_estimates;
    match measured {
        Some(seconds) => seconds,
        None => {
            let error = if fact.is_failed() { durations.error_penalty_seconds } else { 0.0 };
            durations.base_step_seconds + error + durations.retry_penalty_seconds * fact.attempts()
        }
    }
}

/// The remaining part of the estimate: 0 for a finished step, the rest for a running one, and also the wait for a
/// waiting one.
fn left(fact: Fact<'_>, estimate: f64, now: Timestamp) -> f64 {
    let seconds =
        |from: Timestamp, to: Timestamp| to.to_postgres().saturating_sub(from.to_postgres()) as f64 / 1e6;
    if fact.is_over() {
        return 0.0;
    }
    if fact.step.state.is_running() {
        let since = fact.step.state_since.unwrap_or(now);
        return (estimate - seconds(since, now).max(0.0)).max(0.0);
    }
    let wait = fact.assessment.next_eligible_at.map_or(0.0, |until| seconds(now, until).max(0.0));
    estimate + wait
}
