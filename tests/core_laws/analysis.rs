//! What delays a task: the engine's scores, with their defects corrected.

use super::workflow::{NOW, ago, at, failed, in_state, step, workflow};
use crate::core::analysis::{Fact, Weights, bottlenecks, critical_path, efficiency, levels, parallelism};
use crate::core::config::{EffectiveOptions, Section};
use crate::core::context::HealthStatus;
use crate::core::dag::Dag;
use crate::core::ids::StepId;
use crate::core::readiness::{Assessment, Semantics, assess};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, Steps};
use serde_json::{Value, json};

struct Subject {
    steps: Steps,
    assessments: Vec<Assessment>,
    dag: Dag,
}

fn subject(steps: Vec<Step>, edges: &[(i64, i64)]) -> Subject {
    let ids: Vec<StepId> = steps.iter().map(|step| step.id).collect();
    let dag = Dag::build(&ids, edges.iter().map(|(from, to)| (StepId(*from), StepId(*to)))).unwrap();
    let steps = workflow(steps, edges);
    let assessments = assess(&steps, |_| TaskState::InProgress, NOW, Semantics::Corrected);
    Subject { steps, assessments, dag }
}

impl Subject {
    fn facts(&self) -> Vec<Fact<'_>> {
        let both = self.steps.all().iter().zip(&self.assessments);
        both.map(|(step, assessment)| Fact { step, assessment }).collect()
    }

    /// Id, score, severity and kind of every bottleneck.
    fn bottlenecks(&self, options: Value) -> Vec<(i64, i64, &'static str, &'static str)> {
        let found = bottlenecks(&self.dag, &self.facts(), &weights(options), NOW, &mut || {});
        let id = |at: usize| self.dag.step(at).0;
        found.into_iter().map(|found| (id(found.at), found.score, found.severity, found.kind)).collect()
    }

    fn path(&self, measured: &[Option<f64>], health: HealthStatus) -> Value {
        let names: Vec<String> = self.steps.all().iter().map(|step| format!("step {}", step.id)).collect();
        let weights = weights(json!({}));
        let report = critical_path(&self.dag, &self.facts(), &names, measured, &weights, health, NOW);
        serde_json::to_value(report).unwrap()
    }
}

fn weights(options: Value) -> Weights {
    let options = options.as_object().unwrap().clone();
    Weights::of(&EffectiveOptions::of(Section::DependencyGraph, [("global", &options)])).unwrap()
}

const CHAIN: [(i64, i64); 3] = [(1, 2), (2, 3), (3, 4)];

fn chain(first: Step) -> Subject {
    subject(vec![first, step(2), step(3), step(4)], &CHAIN)
}

#[test]
fn a_failed_step_is_judged_by_what_is_behind_it() {
    // Three steps below it, and all of them wait: 3*5 + 3*15 = 60, twice for the failure, 3 for the attempt.
    let waiting = Step { state_since: Some(NOW), ..failed(1, 1) };
    assert_eq!(chain(waiting).bottlenecks(json!({})), [(1, 123, "Critical", "Active Error")]);
    // Two and a half times, 3 * 3 for the attempts and 20 because none is left.
    assert_eq!(chain(failed(1, 3)).bottlenecks(json!({})), [(1, 179, "Critical", "Permanent Failure")]);
    // The penalty for what must not be retried goes by that alone (under v02 it always came with exhaustion).
    let final_failure = Step { retryable: false, ..failed(1, 1) };
    assert_eq!(chain(final_failure).bottlenecks(json!({})), [(1, 133, "Critical", "Non-Retryable")]);
}

#[test]
fn where_nothing_has_failed_the_steps_that_wait_are_looked_at() {
    // Step 2: two behind it, both waiting: 2*5 + 2*15 = 40, times 1.2.
    assert_eq!(
        chain(step(1)).bottlenecks(json!({})),
        [
            (2, 48, "Medium", "Dependency Block"),
            (3, 24, "Medium", "Dependency Block"),
            (4, 0, "Low", "Dependency Block")
        ]
    );
    let tried = Step { attempts: Some(2), ..step(1) };
    let alone = subject(vec![tried], &[]);
    assert_eq!(alone.bottlenecks(json!({})), [(1, 6, "Low", "Retry Exhaustion")]);
}

#[test]
fn what_has_finished_is_in_nobodys_way() {
    let done = |id| Step { attempts: Some(5), ..in_state(id, StepState::Complete) };
    assert!(subject(vec![done(1), done(2)], &[(1, 2)]).bottlenecks(json!({})).is_empty());
    assert!(subject(vec![step(1), step(2)], &[]).bottlenecks(json!({})).is_empty());
    assert!(subject(Vec::new(), &[]).bottlenecks(json!({})).is_empty());
}

#[test]
fn the_weights_are_settings() {
    let options = json!({
        "impact_multipliers": { "downstream_weight": 0, "blocked_weight": 1 },
        "severity_multipliers": { "error_state": 10 },
        "penalty_constants": { "retry_instability": 0 },
        "severity_thresholds": { "critical": 31, "high": 30 },
    });
    assert_eq!(chain(failed(1, 1)).bottlenecks(options), [(1, 30, "High", "Active Error")]);
}

#[test]
fn what_to_do_is_said_of_each() {
    let said = |step: Step| {
        let subject = subject(vec![step], &[]);
        let found = bottlenecks(&subject.dag, &subject.facts(), &weights(json!({})), NOW, &mut || {});
        (found[0].resolution, found[0].estimated_resolution.clone())
    };
    let backing_off = Step {
        backoff_request_seconds: Some(90),
        last_attempted_at: Some(NOW),
        state_since: Some(NOW),
        ..failed(1, 1)
    };
    assert_eq!(said(backing_off), ("Wait for backoff period", "2 minutes".to_owned()));
    assert_eq!(said(failed(1, 1)), ("Investigate error cause", "Within next retry cycle".to_owned()));
    assert_eq!(said(failed(1, 3)), ("Manual intervention required", "Immediate action needed".to_owned()));
}

#[test]
fn the_critical_path_is_what_takes_longest_from_now_on() {
    // 1 -> 2 -> 5 and 1 -> 3 -> 4 -> 5: the longer way has finished but for its last step.
    let edges = [(1, 2), (2, 5), (1, 3), (3, 4), (4, 5)];
    let done = |id| in_state(id, StepState::Complete);
    let steps = vec![done(1), step(2), done(3), done(4), step(5)];
    let path = subject(steps, &edges).path(&[None; 5], HealthStatus::Healthy);
    let ids: Vec<i64> = path["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["workflow_step_id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, [1, 2, 5]);
    assert_eq!(path["total_seconds"], 90.0);
    assert_eq!(path["remaining_seconds"], 60.0);
    assert_eq!(path["completed_steps"], 1);
    assert_eq!(path["completion_percentage"], 33.3);
    assert_eq!(path["estimated_completion_at"], json!(at(60)));
    // 10*3 - 15*1 + 25*1 blocked + 2*90/60 = 43, less 30 % of a third.
    assert_eq!(path["criticality_score"], 38.7);
}

#[test]
fn a_task_that_is_done_has_nothing_left() {
    let done = |id| in_state(id, StepState::Complete);
    let path = subject(vec![done(1), done(2)], &[(1, 2)]).path(&[None; 2], HealthStatus::Healthy);
    assert_eq!(path["total_steps"], 2);
    assert_eq!(path["remaining_seconds"], 0.0);
    assert_eq!(path["estimated_completion_at"], Value::Null);
    assert_eq!(path["criticality_score"], 0.0);
    let empty = subject(Vec::new(), &[]).path(&[], HealthStatus::Healthy);
    assert_eq!((&empty["total_steps"], &empty["completion_percentage"]), (&json!(0), &json!(0.0)));
}

#[test]
fn what_runs_has_the_rest_left_and_what_waits_its_wait_too() {
    let running = Step { state_since: Some(ago(10)), ..in_state(1, StepState::InProgress) };
    let path = subject(vec![running], &[]).path(&[Some(25.0)], HealthStatus::Healthy);
    assert_eq!(path["remaining_seconds"], 15.0);
    assert_eq!(path["steps"][0]["measured"], true);
    let late = Step { state_since: Some(ago(100)), ..in_state(1, StepState::InProgress) };
    assert_eq!(subject(vec![late], &[]).path(&[None], HealthStatus::Healthy)["remaining_seconds"], 0.0);
    // Failed just now for the first time: two seconds of backoff, 30 + 60 + 30 of work.
    let waiting = Step { state_since: Some(NOW), ..failed(1, 1) };
    let path = subject(vec![waiting], &[]).path(&[None], HealthStatus::Recovering);
    assert_eq!(path["remaining_seconds"], 122.0);
    assert_eq!((&path["failed_steps"], &path["retried_steps"]), (&json!(1), &json!(1)));
    // 10 + 30 * 1.5 for the failure + 10 for the retry + 2 * 120 / 60.
    assert_eq!(path["criticality_score"], 69.0);
}

#[test]
fn parallelism_is_counted_level_by_level() {
    let done = in_state(1, StepState::Complete);
    let running = in_state(4, StepState::InProgress);
    let edges = [(1, 2), (1, 3), (1, 4), (2, 5), (3, 5), (4, 5)];
    let subject = subject(vec![done, step(2), step(3), running, step(5)], &edges);
    let levels = levels(&subject.dag, &subject.facts());
    let words: Vec<_> = levels.iter().map(|level| (level.potential(), level.bottleneck_risk())).collect();
    assert_eq!(words, [("Low", "Low"), ("High", "Low"), ("Low", "High")]);
    assert_eq!((levels[1].ready, levels[1].running, levels[2].waiting, levels[0].completed), (2, 1, 1, 1));
    assert_eq!(levels.iter().map(|level| level.total).sum::<usize>(), 5);
    assert_eq!(efficiency(&levels), 33.3);
    assert_eq!(efficiency(&[]), 0.0);
    assert_eq!([0, 1, 2, 5, 6].map(parallelism), ["none", "sequential", "moderate", "moderate", "high"]);
}
