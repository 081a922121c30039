use super::workflow::*;
use crate::core::explain::{LeasePart, StepSurroundings, explain};
use crate::core::ids::{NamedTaskId, TaskId};
use crate::core::readiness::{Semantics, assess};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, Task};
use crate::core::trouble::Trouble;

fn explain_last(steps: Vec<Step>) -> serde_json::Value {
    explain_held(steps, None)
}

fn explain_held(steps: Vec<Step>, lease: Option<LeasePart>) -> serde_json::Value {
    explain_put_aside(steps, lease, Vec::new())
}

/// The explanation of the last step, which depends on all the others; step n is called `n`.
fn explain_put_aside(
    steps: Vec<Step>,
    lease: Option<LeasePart>,
    put_aside: Vec<Trouble>,
) -> serde_json::Value {
    let last = steps.len() as i64;
    let edges: Vec<(i64, i64)> = (1..last).map(|parent| (parent, last)).collect();
    let steps = workflow(steps, &edges);
    let task = Task {
        id: TaskId(1),
        named_task_id: NamedTaskId(1),
        state: TaskState::InProgress,
        priority: 0,
        is_paused: false,
    };
    let assessments = assess(&steps, |_| task.state, NOW, Semantics::Corrected);
    let at = steps.all().len() - 1;
    let subject = StepSurroundings {
        step: &steps.all()[at],
        name: last.to_string(),
        task: &task,
        parents: steps.parents(at),
        rule: None,
        assessment: &assessments[at],
        lease,
        put_aside,
        locked_by: None,
        times: None,
    };
    serde_json::to_value(explain(subject, |parent| Some(parent.id.to_string()), |_| true, NOW)).unwrap()
}

fn summary(steps: Vec<Step>) -> String {
    explain_last(steps)["summary"].as_str().unwrap().to_owned()
}

#[test]
fn names_what_a_step_waits_for() {
    let waiting = |parents: i64| summary((1..=parents + 1).map(step).collect());
    assert_eq!(waiting(0), "Step \"1\" is ready to run.");
    assert_eq!(waiting(1), "Step \"2\" cannot run: it waits for \"1\".");
    assert_eq!(waiting(3), "Step \"4\" cannot run: it waits for \"1\", \"2\" and \"3\".");
    assert_eq!(waiting(9), "Step \"10\" cannot run: it waits for \"1\", \"2\", \"3\" and 6 more.");
    let one_done = vec![in_state(1, StepState::Complete), step(2), step(3)];
    assert_eq!(summary(one_done), "Step \"3\" cannot run: it waits for \"2\".");
}

#[test]
fn tells_that_the_claim_of_a_ready_step_was_refused() {
    let refused = Trouble {
        work: "claim".to_owned(),
        attempts: 2,
        next_try: ago(-10),
        sqlstate: "23514".to_owned(),
        message: "no more today".to_owned(),
        since: ago(60),
    };
    let put_aside = |steps| explain_put_aside(steps, None, vec![refused.clone()])["summary"].clone();
    // A refused recovery of before keeps no worker from claiming it.
    let recovery = Trouble { work: "step".to_owned(), ..refused.clone() };
    let summary = explain_put_aside(vec![step(1)], None, vec![recovery])["summary"].clone();
    assert_eq!(summary, "Step \"1\" is ready to run.");
    assert_eq!(
        put_aside(vec![step(1)]),
        "Step \"1\" is ready, but its claim was refused (no more today); \
         it is tried again at 2000-01-01T01:00:10.000000Z."
    );
    assert_eq!(put_aside(vec![step(1), step(2)]), "Step \"2\" cannot run: it waits for \"1\".");
}

#[test]
fn tells_every_wait_and_its_end() {
    let explained = explain_last(vec![Step { state_since: Some(ago(1)), ..failed(1, 2) }]);
    assert_eq!(explained["blocking_reason"], "waiting_for_backoff");
    assert_eq!(explained["next_eligible_at"], "2000-01-01T01:00:03.000000Z");
    assert_eq!(explained["backoff"]["after_failure_until"], explained["next_eligible_at"]);
    assert_eq!(explained["backoff"]["elapsed"], false);
    assert_eq!(explained["eligible_since"], serde_json::Value::Null);
}

#[test]
fn a_ready_step_tells_since_when() {
    let explained = explain_last(vec![step(1)]);
    assert_eq!((&explained["ready"], &explained["blocking_reason"]), (&true.into(), &().into()));
    assert_eq!(explained["eligible_since"], "2000-01-01T00:00:00.000000Z");
}

#[test]
fn tells_who_holds_a_step_and_nothing_where_nobody_does() {
    let lease = LeasePart {
        worker: "one".to_owned(),
        attempt: 1,
        claimed_at: ago(60),
        lease_until: NOW,
        heartbeat_at: None,
        progress: Some(serde_json::json!({ "done": 3 })),
    };
    let held = explain_held(vec![in_state(1, StepState::InProgress)], Some(lease));
    let expected = serde_json::json!({
        "worker": "one", "attempt": 1, "claimed_at": ago(60), "lease_until": NOW, "heartbeat_at": null,
        "progress": { "done": 3 },
    });
    assert_eq!(held["lease"], expected);
    assert!(explain_last(vec![step(1)]).get("lease").is_none());
}
