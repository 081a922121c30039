//! The rules of steps: joins against a definition that counts naively, decisions, and how rules are read.

use super::workflow::*;
use crate::core::ids::{StepId, TaskId};
use crate::core::readiness::{Reason, Semantics, Verdict, assess};
use crate::core::rules::*;
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, Steps};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

const OUTCOMES: [Option<ParentOutcome>; 6] = [
    None,
    Some(ParentOutcome::Complete),
    Some(ParentOutcome::Failed),
    Some(ParentOutcome::Skipped),
    Some(ParentOutcome::Resolved),
    Some(ParentOutcome::Cancelled),
];

/// Every combination of outcomes of so many parents.
fn combinations(parents: usize) -> Vec<Vec<Option<ParentOutcome>>> {
    (0..parents).fold(vec![Vec::new()], |shorter, _| {
        let longer = |it: &Vec<Option<ParentOutcome>>| {
            OUTCOMES.map(|outcome| it.iter().copied().chain([outcome]).collect::<Vec<_>>())
        };
        shorter.iter().flat_map(longer).collect()
    })
}

/// Every way in which the open parents may end.
fn endings(parents: &[Option<ParentOutcome>]) -> Vec<Vec<ParentOutcome>> {
    parents.iter().fold(vec![Vec::new()], |shorter, parent| {
        let ways: Vec<ParentOutcome> = match parent {
            Some(outcome) => vec![*outcome],
            None => OUTCOMES.iter().copied().flatten().collect(),
        };
        let longer = |it: &Vec<ParentOutcome>| {
            ways.iter().map(|way| it.iter().copied().chain([*way]).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        shorter.iter().flat_map(longer).collect()
    })
}

/// Whether a join lets its step run once all parents have ended.
fn lets_run(join: &Join, ends: &[ParentOutcome]) -> bool {
    let among = |over: &[ParentOutcome]| ends.iter().filter(|end| over.contains(end)).count();
    match join {
        Join::Engine => {
            among(&[ParentOutcome::Complete, ParentOutcome::Skipped, ParentOutcome::Resolved]) == ends.len()
        }
        Join::NoneFailed => !ends.contains(&ParentOutcome::Failed),
        Join::Reached { least: ParentCount::All, over } => among(over) == ends.len(),
        Join::Reached { least: ParentCount::Of(number), over } => among(over) >= *number as usize,
    }
}

fn joins() -> Vec<Join> {
    let overs = [
        vec![ParentOutcome::Complete],
        vec![ParentOutcome::Failed],
        vec![ParentOutcome::Complete, ParentOutcome::Failed],
        vec![ParentOutcome::Skipped, ParentOutcome::Resolved],
        ParentOutcome::OVER.to_vec(),
    ];
    let leasts = [ParentCount::All, ParentCount::Of(1), ParentCount::Of(2), ParentCount::Of(3)];
    let reached = leasts
        .into_iter()
        .flat_map(|least| overs.clone().into_iter().map(move |over| Join::Reached { least, over }));
    reached.chain([Join::Engine, Join::NoneFailed]).collect()
}

#[test]
fn a_join_is_decided_as_soon_as_no_ending_can_change_it() {
    for join in joins() {
        for parents in (0..=4).flat_map(combinations) {
            let endings = endings(&parents);
            let can = endings.iter().any(|ends| lets_run(&join, ends));
            let must = endings.iter().all(|ends| lets_run(&join, ends));
            match (&join, join.standing(&parents)) {
                // An operator may repair what has failed or was cancelled: the engine's join does not give up.
                (Join::Engine, standing) => {
                    assert_eq!(standing == JoinState::Satisfied, must, "{parents:?}");
                    assert_ne!(standing, JoinState::Unsatisfiable);
                }
                (Join::NoneFailed, JoinState::Satisfied) => {
                    assert!(must && parents.iter().all(Option::is_some), "{parents:?}");
                }
                (_, JoinState::Satisfied) => assert!(must, "{join:?} {parents:?}"),
                (_, JoinState::Unsatisfiable) => assert!(!can, "{join:?} {parents:?}"),
                (Join::NoneFailed, JoinState::Open) => assert!(can, "{parents:?}"),
                // What is over every outcome waits for the ends themselves: a step that cleans up comes last.
                (Join::Reached { over, .. }, JoinState::Open) if over.len() == ParentOutcome::OVER.len() => {
                    assert!(can && parents.iter().any(Option::is_none), "{join:?} {parents:?}");
                }
                (_, JoinState::Open) => assert!(can && !must, "{join:?} {parents:?}"),
            }
        }
    }
}

#[test]
fn what_is_decided_stays_so_whatever_ends_then() {
    for join in joins() {
        for parents in (0..=4).flat_map(combinations) {
            let standing = join.standing(&parents);
            for at in (0..parents.len()).filter(|at| parents[*at].is_none()) {
                for outcome in OUTCOMES.iter().flatten() {
                    let mut later = parents.clone();
                    later[at] = Some(*outcome);
                    if standing != JoinState::Open {
                        assert_eq!(join.standing(&later), standing, "{join:?} {parents:?} {later:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_step_has_failed_when_no_attempt_is_left() {
    assert_eq!(ParentOutcome::of(&failed(1, 2), false), None);
    assert_eq!(ParentOutcome::of(&failed(1, 3), false), Some(ParentOutcome::Failed));
    let final_failure = Step { retryable: false, ..failed(1, 1) };
    assert_eq!(ParentOutcome::of(&final_failure, false), Some(ParentOutcome::Failed));
    assert_eq!(
        ParentOutcome::of(&in_state(1, StepState::ResolvedManually), false),
        Some(ParentOutcome::Resolved)
    );
    assert_eq!(
        ParentOutcome::of(&in_state(1, StepState::ResolvedManually), true),
        Some(ParentOutcome::Skipped)
    );
}

fn read(fields: Value, parents: &[&str]) -> Result<Option<Rule>, Vec<String>> {
    let parents: Vec<String> = parents.iter().map(|&name| name.to_owned()).collect();
    let mut problems = Vec::new();
    let empty = Map::new();
    let rule = parse(fields.as_object().unwrap_or(&empty), &parents, parents.len(), &mut |path, problem| {
        problems.push(format!("{path}: {problem}"));
    });
    if problems.is_empty() { Ok(rule) } else { Err(problems) }
}

#[test]
fn a_rule_reads_as_itself_again() {
    for fields in [
        json!({ "join": "any" }),
        json!({ "join": 2 }),
        json!({ "join": "none_failed" }),
        json!({ "join": { "rule": "all", "over": ["failed", "complete"] } }),
        json!({ "join": { "rule": 2, "over": ["skipped"] }, "when": { "a": "$.x > 1", "b": "exists($.y)" } }),
        json!({ "wait": { "signal": "approved" } }),
        json!({ "wait": { "signal": "approved", "seconds": 60 } }),
        json!({ "wait": { "seconds": 0 } }),
        json!({ "wait": { "until": "2026-01-31T12:00:00Z" } }),
        json!({ "wait": { "task": 7 }, "join": "any" }),
        json!({ "subtask": { "task_name": "child", "version": "1.0.0", "context": { "x": 1 } } }),
        json!({ "subtask": { "task_name": "child" } }),
    ] {
        let rule = read(fields.clone(), &["a", "b"]).unwrap().unwrap();
        assert_eq!(Rule::of_stored(&rule.to_json()), rule, "{fields}");
    }
}

#[test]
fn what_the_engine_does_anyway_is_no_rule() {
    for fields in [
        json!({}),
        json!({ "join": null, "when": null, "wait": null, "subtask": null }),
        json!({ "join": "all" }),
        json!({ "join": { "rule": "all", "over": ["resolved", "skipped", "complete"] } }),
        json!({ "when": {} }),
    ] {
        assert_eq!(read(fields.clone(), &["a"]), Ok(None), "{fields}");
    }
}

#[test]
fn says_all_that_is_wrong_with_a_rule() {
    for (fields, problem) in [
        (json!({ "join": "some" }), "join: must be all, any, none_failed or a number, not \"some\""),
        (json!({ "join": 0 }), "join: must be all, any, none_failed or a number, not 0"),
        (json!({ "join": 3 }), "join: wants 3 of 2 parents"),
        (
            json!({ "join": { "over": ["complete"] } }),
            "join: must be all, any, none_failed or a number, not null",
        ),
        (
            json!({ "join": { "rule": "any", "over": ["canceled"] } }),
            "join.over: must be a list of complete, failed, skipped, resolved, cancelled, not [\"canceled\"]",
        ),
        (
            json!({ "join": { "rule": "any", "over": [] } }),
            "join.over: must be a list of complete, failed, skipped, resolved, cancelled, not []",
        ),
        (
            json!({ "join": { "rule": "none_failed", "over": ["complete"] } }),
            "join.over: cannot be combined with none_failed, which counts all ended parents",
        ),
        (
            json!({ "join": { "rule": "any", "ower": ["complete"] } }),
            "join.ower: there is no such key; did you mean \"over\"?",
        ),
        (json!({ "when": ["a"] }), "when: must be a json object, not [\"a\"]"),
        (json!({ "when": { "c": "$.x" } }), "when.c: the step does not depend on it"),
        (json!({ "when": { "a": 1 } }), "when.a: must be a jsonpath predicate, not 1"),
        (json!({ "wait": "approved" }), "wait: must be a json object, not \"approved\""),
        (
            json!({ "wait": {} }),
            "wait: must have one of signal, seconds, until and task; only signal and seconds can be combined",
        ),
        (
            json!({ "wait": { "until": "2026-01-31T12:00:00Z", "seconds": 1 } }),
            "wait: must have one of signal, seconds, until and task; only signal and seconds can be combined",
        ),
        (json!({ "wait": { "signal": "" } }), "wait.signal: must be text of 1 to 128 characters, not \"\""),
        (json!({ "wait": { "seconds": -1 } }), "wait.seconds: must be a whole number of seconds, not -1"),
        (
            json!({ "wait": { "until": "tomorrow" } }),
            "wait.until: must be a time such as \"2026-01-31T12:00:00Z\", not \"tomorrow\"",
        ),
        (json!({ "wait": { "task": "7" } }), "wait.task: must be the id of a task, not \"7\""),
        (json!({ "wait": { "second": 1 } }), "wait.second: there is no such key; did you mean \"seconds\"?"),
        (json!({ "subtask": { "context": {} } }), "subtask.task_name: is missing"),
        (json!({ "subtask": 7 }), "subtask: must be a json object, not 7"),
        (
            json!({ "subtask": { "task_name": "child" }, "wait": { "seconds": 1 } }),
            "subtask: cannot be combined with wait",
        ),
    ] {
        let problems = read(fields.clone(), &["a", "b"]).unwrap_err();
        assert!(problems.iter().any(|it| it == problem), "{fields}: {problems:?}");
    }
}

fn ruled(fields: Value, parents: &[Option<ParentOutcome>]) -> RuleState {
    let names: Vec<String> = (0..parents.len()).map(|at| format!("p{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    RuleState {
        rule: read(fields, &names).unwrap().unwrap_or_default(),
        decided_at: None,
        signal_sent_at: None,
        waited_task: None,
        is_timed_out: false,
        parents: parents.to_vec(),
        are_copies: Vec::new(),
    }
}

#[test]
fn a_wait_begins_when_the_join_is_satisfied_and_ends_once() {
    let open = ruled(json!({ "wait": { "seconds": 60 } }), &[None]);
    assert_eq!(decide(&step(1), &open, NOW), Decision::Hold(Reason::DependenciesNotSatisfied, None));
    let due = RuleState { parents: vec![Some(ParentOutcome::Complete)], ..open };
    assert_eq!(decide(&step(1), &due, NOW), Decision::Begin);
    let begun = RuleState { decided_at: Some(ago(59)), ..due };
    assert_eq!(decide(&step(1), &begun, NOW), Decision::Hold(Reason::WaitingForTime, Some(at(1))));
    assert_eq!(decide(&step(1), &begun, at(1)), Decision::Complete(WaitEnd::Time));
    for state in StepState::ALL.into_iter().filter(|state| *state != StepState::Pending) {
        assert_eq!(decide(&in_state(1, state), &begun, at(1)), Decision::Nothing);
    }
}

#[test]
fn a_signal_ends_its_wait_before_the_time_and_after_it() {
    let wait = RuleState {
        decided_at: Some(ago(59)),
        ..ruled(json!({ "wait": { "signal": "s", "seconds": 60 } }), &[])
    };
    assert_eq!(decide(&step(1), &wait, NOW), Decision::Hold(Reason::WaitingForSignal, Some(at(1))));
    assert_eq!(decide(&step(1), &wait, at(1)), Decision::Complete(WaitEnd::TimedOut));
    let sent = RuleState { signal_sent_at: Some(ago(1_000)), ..wait };
    assert_eq!(decide(&step(1), &sent, NOW), Decision::Complete(WaitEnd::Signal));
    assert_eq!(decide(&step(1), &sent, at(1)), Decision::Complete(WaitEnd::Signal));
    let early = RuleState { decided_at: None, ..sent };
    assert_eq!(decide(&step(1), &early, NOW), Decision::Begin);
}

#[test]
fn a_step_follows_the_task_that_it_waits_for() {
    let begun =
        RuleState { decided_at: Some(NOW), ..ruled(json!({ "subtask": { "task_name": "child" } }), &[]) };
    assert_eq!(decide(&step(1), &begun, NOW), Decision::CreateTask);
    let in_state_of =
        |state| RuleState { waited_task: Some(WaitedTask { id: TaskId(9), state }), ..begun.clone() };
    let decision = |state| decide(&step(1), &in_state_of(Some(state)), NOW);
    let done = Decision::Complete(WaitEnd::Task(TaskId(9)));
    assert_eq!(decision(TaskState::Pending), Decision::Hold(Reason::WaitingForTask, None));
    assert_eq!(decision(TaskState::InProgress), Decision::Hold(Reason::WaitingForTask, None));
    assert_eq!(decision(TaskState::Complete), done);
    assert_eq!(decision(TaskState::ResolvedManually), done);
    assert_eq!(decision(TaskState::Error), Decision::Fail("task 9 has failed".to_owned()));
    assert_eq!(decision(TaskState::Cancelled), Decision::Fail("task 9 was cancelled".to_owned()));
    assert_eq!(decide(&step(1), &in_state_of(None), NOW), Decision::Fail("task 9 does not exist".to_owned()));
    // Once it has failed, only the end of the task puts it right.
    for state in TaskState::ALL {
        let is_done = matches!(state, TaskState::Complete | TaskState::ResolvedManually);
        let expected = if is_done { done.clone() } else { Decision::Nothing };
        assert_eq!(decide(&failed(1, 3), &in_state_of(Some(state)), NOW), expected, "{state}");
        // Nothing does after a deadline.
        let late = RuleState { is_timed_out: true, ..in_state_of(Some(state)) };
        assert_eq!(decide(&failed(1, 3), &late, NOW), Decision::Nothing, "{state}");
    }
}

#[test]
fn a_task_that_is_to_start_later_does_not_begin_to_wait() {
    let due = ruled(json!({ "wait": { "seconds": 1 } }), &[]);
    let held = Step { last_attempted_at: Some(NOW), backoff_request_seconds: Some(5), ..step(1) };
    assert_eq!(decide(&held, &due, NOW), Decision::Hold(Reason::WaitingForBackoff, Some(at(5))));
    assert_eq!(decide(&held, &due, at(5)), Decision::Begin);
}

/// Steps; the last one has this rule.
fn with_rule(steps: Vec<Step>, edges: &[(i64, i64)], fields: Value) -> Steps {
    let last = steps.len() as i64;
    let steps = steps.into_iter().map(|step| Step { has_rule: step.id == StepId(last), ..step }).collect();
    let steps = workflow(steps, edges);
    let at = steps.all().len() - 1;
    let outcome = |id: StepId| ParentOutcome::of(&steps.all()[id.0 as usize - 1], false);
    let parents: Vec<_> = steps.parents(at).iter().map(|parent| outcome(parent.id)).collect();
    let rule = ruled(fields, &parents);
    steps.with_rules(HashMap::from([(StepId(last), rule)]))
}

fn verdict_of_last(steps: &Steps, semantics: Semantics) -> Verdict {
    assess(steps, |_| TaskState::InProgress, NOW, semantics).last().unwrap().verdict
}

#[test]
fn a_step_is_ready_by_its_own_join_in_both_readings() {
    let parents = |first, second| vec![in_state(1, first), in_state(2, second), step(3)];
    let edges = [(1, 3), (2, 3)];
    for semantics in [Semantics::V02, Semantics::Corrected] {
        let verdict = |first, second, fields| {
            verdict_of_last(&with_rule(parents(first, second), &edges, fields), semantics)
        };
        let any = || json!({ "join": "any" });
        assert_eq!(verdict(StepState::Complete, StepState::Pending, any()), Verdict::Ready);
        assert_eq!(
            verdict(StepState::Pending, StepState::Pending, any()),
            Verdict::Blocked(Reason::DependenciesNotSatisfied)
        );
        assert_eq!(
            verdict(StepState::Cancelled, StepState::Cancelled, any()),
            Verdict::Blocked(Reason::DecisionPending)
        );
        // Workers cannot run a step while it waits.
        let wait = || json!({ "wait": { "signal": "s" } });
        assert_eq!(
            verdict(StepState::Complete, StepState::Complete, wait()),
            Verdict::Blocked(Reason::DecisionPending)
        );
    }
}

#[test]
fn a_cancelled_parent_cuts_off_only_what_needs_it() {
    let parents = |second| vec![in_state(1, StepState::Cancelled), in_state(2, second), step(3)];
    let verdict = |second, fields| {
        let steps = with_rule(parents(second), &[(1, 3), (2, 3)], fields);
        verdict_of_last(&steps, Semantics::Corrected)
    };
    let wait = json!({ "wait": { "signal": "s" } });
    assert_eq!(verdict(StepState::Pending, wait), Verdict::Blocked(Reason::BlockedByCancellation));
    let waits = Verdict::Blocked(Reason::DependenciesNotSatisfied);
    assert_eq!(verdict(StepState::Pending, json!({ "join": "any" })), waits);
    assert_eq!(verdict(StepState::Complete, json!({ "join": "none_failed" })), Verdict::Ready);
    // The parent that is left can never run itself: nothing more is to come.
    let below = vec![in_state(1, StepState::Cancelled), step(2), step(3)];
    let steps = with_rule(below, &[(1, 2), (1, 3), (2, 3)], json!({ "join": "any" }));
    assert_eq!(
        verdict_of_last(&steps, Semantics::Corrected),
        Verdict::Blocked(Reason::BlockedByCancellation)
    );
}
