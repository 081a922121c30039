//! Finds the steps that delay a task most.

use super::{Fact, Weights};
use crate::core::dag::Dag;
use crate::core::state::StepState;
use crate::core::time::Timestamp;
use std::cmp::Reverse;

/// A step that delays others.
#[derive(Clone, Debug, PartialEq)]
pub struct Bottleneck {
    /// The index of the step in the graph.
    pub at: usize,
    /// The score: `(weight of the steps below it) * multiplier + penalties`, rounded.
    pub score: i64,
    /// `Critical`, `High`, `Medium` or `Low`, by the score.
    pub severity: &'static str,
    /// The kind of problem.
    pub kind: &'static str,
    /// The recommended action.
    pub resolution: &'static str,
    /// An estimate of how long the action takes.
    pub estimated_resolution: String,
    /// The number of steps that depend on it.
    pub downstream: u32,
    /// The number of dependent steps that wait.
    pub waiting_downstream: u32,
}

/// The bottlenecks of a task, the worst first. If steps have failed, these are the failed steps; otherwise the steps
/// that wait for others, have been tried before, or may not be tried again. `check` is called every few milliseconds.
///
/// # Complexity
/// O(V · E / 64).
pub fn bottlenecks(
    dag: &Dag,
    facts: &[Fact<'_>],
    weights: &Weights,
    now: Timestamp,
    check: &mut dyn FnMut(),
) -> Vec<Bottleneck> {
    let has_failures = facts.iter().any(|fact| fact.is_failed());
    let is_candidate = |fact: &Fact<'_>| {
        if has_failures {
            fact.is_failed()
        } else {
            !fact.is_over()
                && (fact.waits_for_others()
                    || fact.assessment.attempts >= 2
                    || fact.is_exhausted()
                    || fact.is_not_retryable())
        }
    };
    let candidates: Vec<usize> = (0..facts.len()).filter(|&at| is_candidate(&facts[at])).collect();
    if candidates.is_empty() {
        return Vec::new();
    }
    let waiting: Vec<bool> = facts.iter().map(|fact| fact.waits_for_others()).collect();
    let counts = dag.descendant_counts(&waiting, check);
    let mut found: Vec<Bottleneck> =
        candidates.into_iter().map(|at| judge(at, facts[at], counts[at], weights, now)).collect();
    found.sort_by_key(|bottleneck| (Reverse(bottleneck.score), bottleneck.at));
    found
}

fn judge(at: usize, fact: Fact<'_>, counts: (u32, u32), weights: &Weights, now: Timestamp) -> Bottleneck {
    let (downstream, waiting_downstream) = counts;
    let (impact, penalties) = (&weights.impact_multipliers, &weights.penalty_constants);
    let behind = impact.downstream_weight * f64::from(downstream)
        + impact.blocked_weight * f64::from(waiting_downstream);
    let only_if = |is_so: bool, penalty: f64| if is_so { penalty } else { 0.0 };
    let penalty = penalties.retry_instability * fact.attempts()
        + only_if(fact.is_not_retryable(), penalties.non_retryable)
        + only_if(fact.is_exhausted(), penalties.exhausted_retry);
    let score = (behind * multiplier(fact, weights) + penalty).round() as i64;
    Bottleneck {
        at,
        score,
        severity: severity(score as f64, weights),
        kind: kind(fact),
        resolution: resolution(fact),
        estimated_resolution: estimated_resolution(fact, now),
        downstream,
        waiting_downstream,
    }
}

fn multiplier(fact: Fact<'_>, weights: &Weights) -> f64 {
    let multipliers = &weights.severity_multipliers;
    match fact.step.state {
        StepState::Error if fact.is_exhausted() => {
            multipliers.error_state + multipliers.exhausted_retry_bonus
        }
        StepState::Error => multipliers.error_state,
        StepState::Pending if fact.waits_for_others() => multipliers.dependency_issue,
        _ => 1.0,
    }
}

fn severity(score: f64, weights: &Weights) -> &'static str {
    let thresholds = &weights.severity_thresholds;
    if score >= thresholds.critical {
        "Critical"
    } else if score >= thresholds.high {
        "High"
    } else if score >= thresholds.medium {
        "Medium"
    } else {
        "Low"
    }
}

fn kind(fact: Fact<'_>) -> &'static str {
    if fact.is_exhausted() {
        "Permanent Failure"
    } else if fact.is_not_retryable() {
        "Non-Retryable"
    } else if fact.is_failed() {
        "Active Error"
    } else if fact.waits_for_others() {
        "Dependency Block"
    } else {
        "Retry Exhaustion"
    }
}

fn resolution(fact: Fact<'_>) -> &'static str {
    if fact.is_exhausted() || fact.is_not_retryable() {
        "Manual intervention required"
    } else if fact.waits_for_backoff() {
        "Wait for backoff period"
    } else if fact.is_failed() {
        "Investigate error cause"
    } else if fact.waits_for_others() {
        "Check upstream dependencies"
    } else {
        "Monitor retry attempts"
    }
}

fn estimated_resolution(fact: Fact<'_>, now: Timestamp) -> String {
    let minutes_left = fact.assessment.next_eligible_at.filter(|until| *until > now).map(|until| {
        let left = until.to_postgres().saturating_sub(now.to_postgres());
        (left as f64 / 60e6).ceil() as i64
    });
    if fact.is_exhausted() || fact.is_not_retryable() {
        "Immediate action needed".to_owned()
    } else if let Some(minutes) = minutes_left {
        format!("{minutes} {}", if minutes == 1 { "minute" } else { "minutes" })
    } else if fact.is_failed() {
        "Within next retry cycle".to_owned()
    } else if fact.waits_for_others() {
        "Depends on upstream steps".to_owned()
    } else {
        "Unknown".to_owned()
    }
}
