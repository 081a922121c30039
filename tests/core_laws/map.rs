//! Mapped steps: how a map is read, what the mapped step waits for, what cuts it off, and how it is drawn.

use super::picture::numbered;
use super::workflow::*;
use crate::core::error::TaskerError;
use crate::core::expansion::{ExistingStep, expand, touched};
use crate::core::ids::{NamedStepId, StepId};
use crate::core::operate::open_copies;
use crate::core::picture::{ChartRow, PictureState, Timeline, dot, mermaid, svg, timeline_svg};
use crate::core::readiness::{Reason, Semantics, Verdict, assess};
use crate::core::rules::*;
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, Steps};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::HashMap;

const LIST: &str = "list";

fn read(fields: Value) -> Result<Rule, Vec<String>> {
    let Value::Object(fields) = fields else { panic!("{fields}") };
    let parents = ["list", "other"].map(str::to_owned);
    let mut problems = Vec::new();
    let rule = parse(&fields, &parents, 2, &mut |path, problem| problems.push(format!("{path}: {problem}")));
    if problems.is_empty() { Ok(rule.expect("a rule")) } else { Err(problems) }
}

#[test]
fn a_map_is_read_with_its_defaults_and_written_in_its_normal_form() {
    let rule = read(json!({ "for_each": { "step": LIST } })).unwrap();
    let map = ForEach { step: LIST.to_owned(), path: "$".to_owned(), max: 1_000, join: Join::Engine };
    assert_eq!(rule.for_each, Some(map));
    assert_eq!(rule.to_json(), json!({ "for_each": { "step": LIST, "path": "$", "max": 1_000 } }));
    for fields in [
        json!({ "for_each": { "step": LIST, "path": "$.a", "max": 10_000, "join": { "rule": 3, "over": ["failed"] } } }),
        json!({ "for_each": { "step": LIST, "path": "$", "max": 1, "join": "none_failed" }, "join": "none_failed",
                "when": { "list": "$.a" } }),
        json!({ "for_each": { "step": LIST, "path": "$", "max": 1 }, "subtask": { "task_name": "child" } }),
    ] {
        let rule = read(fields.clone()).unwrap();
        assert_eq!(rule.to_json(), fields);
        assert_eq!(Rule::of_stored(&fields), rule, "{fields}");
    }
}

#[test]
fn what_is_wrong_with_a_map_is_said() {
    for (fields, problem) in [
        (json!({ "for_each": 7 }), "for_each: must be a json object, not 7"),
        (json!({ "for_each": {} }), "for_each.step: must be the name of a parent, not null"),
        (
            json!({ "for_each": { "step": "lists" } }),
            "for_each.step: the step does not depend on \"lists\"; did you mean \"list\"?",
        ),
        (
            json!({ "for_each": { "step": LIST, "paths": "$" } }),
            "for_each.paths: there is no such key; did you mean \"path\"?",
        ),
        (json!({ "for_each": { "step": LIST, "path": 1 } }), "for_each.path: must be a jsonpath, not 1"),
        (
            json!({ "for_each": { "step": LIST, "max": 0 } }),
            "for_each.max: must be a whole number from 1 to 10000, not 0",
        ),
        (
            json!({ "for_each": { "step": LIST, "join": "most" } }),
            "for_each.join: must be all, any, none_failed or a number, not \"most\"",
        ),
        (
            json!({ "for_each": { "step": LIST }, "wait": { "seconds": 1 } }),
            "for_each: cannot be combined with wait",
        ),
        (
            json!({ "for_each": { "step": LIST }, "join": "any" }),
            "join: must be all or none_failed with for_each, so that all parents have ended; for_each.join is the one over the copies",
        ),
    ] {
        let problems = read(fields.clone()).unwrap_err();
        assert!(problems.iter().any(|it| it == problem), "{fields}: {problems:?}");
    }
}

#[test]
fn copies_have_only_what_replaces_the_worker() {
    assert_eq!(
        read(json!({ "for_each": { "step": LIST }, "when": { "list": "$" } })).unwrap().of_copies(),
        None
    );
    let subtask = json!({ "subtask": { "task_name": "child" } });
    let mut fields = subtask.clone();
    fields["for_each"] = json!({ "step": LIST });
    fields["join"] = json!("none_failed");
    assert_eq!(read(fields).unwrap().of_copies(), read(subtask).ok());
}

#[test]
fn a_list_that_is_too_long_or_too_short_is_refused() {
    let map = |join: Value| {
        read(json!({ "for_each": { "step": LIST, "max": 3, "join": join } })).unwrap().for_each.unwrap()
    };
    assert_eq!(map(json!("all")).refusal(3), None);
    assert!(map(json!("all")).refusal(4).unwrap().contains("more than 3 elements"));
    assert!(map(json!(2)).refusal(1).unwrap().contains("too few"));
    // Of nothing, there is nothing to wait for.
    assert_eq!(map(json!(2)).refusal(0), None);
}

/// A mapped step with the id 9: step 1 has the list, and is complete; the copies are steps 2, 3 … in these states.
fn mapped(copies: &[StepState], fields: Value, decided: bool) -> (Steps, RuleState) {
    let named = |step: Step, name: i32| Step { named_step_id: NamedStepId(name), ..step };
    let copy = |(at, state): (usize, &StepState)| match state {
        StepState::Error => named(failed(at as i64 + 2, 3), 7),
        state => named(in_state(at as i64 + 2, *state), 7),
    };
    let mut steps = vec![named(in_state(1, StepState::Complete), 1)];
    steps.extend(copies.iter().enumerate().map(copy));
    steps.push(Step { has_rule: true, ..named(step(9), 7) });
    let mut edges = vec![(1, 9)];
    edges.extend((0..copies.len() as i64).flat_map(|at| [(1, at + 2), (at + 2, 9)]));
    let steps = workflow(steps, &edges);
    let at = steps.all().len() - 1;
    let outcome = |id: StepId| ParentOutcome::of(&steps.all()[id.0 as usize - 1], false);
    let rule = RuleState {
        rule: read(fields).unwrap(),
        decided_at: decided.then_some(NOW),
        signal_sent_at: None,
        waited_task: None,
        is_timed_out: false,
        parents: steps.parents(at).iter().map(|parent| outcome(parent.id)).collect(),
        are_copies: steps.parents(at).iter().map(|parent| parent.id != StepId(1)).collect(),
    };
    (steps.with_rules(HashMap::from([(StepId(9), rule.clone())])), rule)
}

fn of_map(join: Value) -> Value {
    json!({ "for_each": { "step": LIST, "join": join } })
}

fn decision(copies: &[StepState], join: Value) -> Decision {
    let (steps, rule) = mapped(copies, of_map(join), true);
    decide(steps.all().last().unwrap(), &rule, NOW)
}

#[test]
fn a_mapped_step_begins_adds_its_copies_and_waits_for_them() {
    use StepState::{Complete, Error, Pending, ResolvedManually};
    let (steps, rule) = mapped(&[], of_map(json!("all")), false);
    let last = steps.all().last().unwrap();
    assert_eq!(decide(last, &rule, NOW), Decision::Begin);
    assert_eq!(decision(&[], json!("all")), Decision::AddCopies);
    let open = Decision::Hold(Reason::DependenciesNotSatisfied, None);
    let done = Decision::Complete(WaitEnd::Copies);
    assert_eq!(decision(&[Pending, Complete], json!("all")), open);
    assert_eq!(decision(&[Error, Complete], json!("all")), open);
    assert_eq!(decision(&[ResolvedManually, Complete], json!("all")), done);
    assert_eq!(decision(&[Pending, Complete], json!("any")), done);
    assert!(matches!(decision(&[Error, Pending], json!("none_failed")), Decision::Fail(_)));
    // It may have failed: once its copies are repaired, it is complete.
    for (copies, expected) in [([Complete; 2], done), ([Complete, Pending], Decision::Nothing)] {
        let (_, rule) = mapped(&copies, of_map(json!("none_failed")), true);
        assert_eq!(decide(&failed(9, 3), &rule, NOW), expected);
    }
}

#[test]
fn only_its_copies_cut_a_mapped_step_off() {
    use StepState::{Cancelled, Complete, Pending};
    let verdict = |copies: &[StepState], join: Value| {
        let (steps, _) = mapped(copies, of_map(join), true);
        assess(&steps, |_| TaskState::InProgress, NOW, Semantics::Corrected).last().unwrap().verdict
    };
    let waits = Verdict::Blocked(Reason::DependenciesNotSatisfied);
    let cut_off = Verdict::Blocked(Reason::BlockedByCancellation);
    assert_eq!(verdict(&[Complete, Pending], json!("all")), waits);
    assert_eq!(verdict(&[Cancelled, Pending], json!("all")), cut_off);
    assert_eq!(verdict(&[Cancelled, Pending], json!("none_failed")), waits);
    assert_eq!(verdict(&[Complete, Complete], json!("all")), Verdict::Blocked(Reason::DecisionPending));
    // Another parent was cancelled, and its join let that pass.
    let join = json!({ "rule": "all", "over": ["complete", "cancelled"] });
    let (steps, rule) = mapped(&[Pending], json!({ "for_each": { "step": LIST }, "join": join }), true);
    let rule = RuleState { parents: vec![Some(ParentOutcome::Cancelled), None], ..rule };
    let all = steps.all().iter().map(|it| match it.id {
        StepId(1) => Step { state: Cancelled, ..it.clone() },
        _ => it.clone(),
    });
    let steps = workflow(all.collect(), &[(1, 9), (2, 9)]).with_rules(HashMap::from([(StepId(9), rule)]));
    let verdict =
        assess(&steps, |_| TaskState::InProgress, NOW, Semantics::Corrected).last().unwrap().verdict;
    assert_eq!(verdict, waits);
}

#[test]
fn the_copies_that_are_cancelled_with_a_step_are_those_that_have_not_ended() {
    use StepState::{Complete, Error, InProgress, Pending};
    let (steps, _) = mapped(&[Pending, Complete, Error, InProgress], of_map(json!("all")), true);
    assert_eq!(open_copies(&steps, StepId(9)), [2, 4, 5].map(StepId));
    assert!(open_copies(&steps, StepId(1)).is_empty());
    assert_eq!(steps.mapped(), [None, Some(5), Some(5), Some(5), Some(5), None]);
}

#[test]
fn names_of_steps_to_add_mean_no_copies() {
    let known = |id, name: &str, has_rule| ExistingStep {
        id: StepId(id),
        name: name.to_owned(),
        is_untouched: true,
        has_rule,
    };
    let steps =
        [known(1, "list", false), known(2, "item", true), known(3, "item", false), known(4, "item", false)];
    let edges = [(1, 2), (1, 3), (1, 4), (3, 2), (4, 2)].map(|(from, to)| (StepId(from), StepId(to)));
    let after = json!([{ "name": "end", "depends_on": "item" }]);
    assert_eq!(expand(&steps, &edges, &after).unwrap().edges.len(), 1);
    assert_eq!(touched(&steps, &edges, &after), [StepId(2)]);
    let before = json!([{ "name": "late", "before": "item" }]);
    let problem = |wanted: &Value| match expand(&steps, &edges, wanted) {
        Err(TaskerError::InvalidSteps { problems }) => problems.join(", "),
        other => panic!("{wanted} is let pass: {other:?}"),
    };
    assert!(problem(&before).contains("already started"));
    let inputs =
        json!([{ "name": "each", "depends_on": "list", "inputs": [], "for_each": { "step": "list" } }]);
    assert!(problem(&inputs).contains("each.inputs: must be a json object"));
}

/// A picture of a mapped step, the last one, with so many copies below the first step.
fn picture_of(copies: usize) -> (crate::core::picture::Picture, Vec<Option<usize>>) {
    let last = copies + 1;
    let edges = (1..last).flat_map(|at| [(0, at), (at, last)]).chain([(0, last)]);
    let mapped = (0..=last).map(|at| (1..last).contains(&at).then_some(last)).collect();
    (numbered(copies + 2, "item", edges.collect()), mapped)
}

#[test]
fn more_than_ten_copies_are_one_box() {
    let (picture, mapped) = picture_of(10);
    assert_eq!(picture.clone().with_folded_copies(&mapped), picture);
    let (picture, mapped) = picture_of(10_000);
    let folded = picture.with_folded_copies(&mapped);
    assert_eq!(folded.nodes.len(), 2);
    assert!(folded.edges == [(0, 1)]);
    let copies: usize = folded.nodes[1].copies.iter().map(|(_, count)| count).sum();
    assert_eq!(copies, 10_000);
    for drawn in [mermaid(&folded), dot(&folded), svg(&folded)] {
        assert!(drawn.contains("10000 copies: ") && drawn.len() < 20_000);
    }
    assert!(svg(&folded).contains("10002 steps"));
}

#[test]
fn more_than_ten_copies_are_one_row() {
    let row = |at: usize| ChartRow {
        id: StepId(at as i64),
        name: "item".to_owned(),
        state: PictureState::Ready,
        bars: Vec::new(),
        end: None,
    };
    let (_, mapped) = picture_of(11);
    let rows = (0..13).map(row).collect();
    let chart = Timeline { title: "order".to_owned(), from: NOW, to: NOW, rows }.with_folded_copies(&mapped);
    assert_eq!(
        chart.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(),
        ["item", "item (11 copies)"]
    );
    assert!(timeline_svg(&chart).contains("item (11 copies)"));
}

proptest! {
    /// A mapped step is done, waits, or fails as its join says of its copies alone, and never twice.
    #[test]
    fn the_join_over_the_copies_decides(
        states in prop::collection::vec(prop::sample::select(&StepState::ALL[..]), 1..6),
        join in prop::sample::select(vec![json!("all"), json!("any"), json!("none_failed"), json!(2)]),
    ) {
        let (steps, rule) = mapped(&states, of_map(join), true);
        let copies: Vec<_> = steps.all()[1..=states.len()].iter().map(|copy| ParentOutcome::of(copy, false)).collect();
        let standing = rule.rule.for_each.as_ref().unwrap().join.standing(&copies);
        match decide(steps.all().last().unwrap(), &rule, NOW) {
            Decision::Complete(WaitEnd::Copies) => prop_assert_eq!(standing, JoinState::Satisfied),
            Decision::Hold(Reason::DependenciesNotSatisfied, None) => prop_assert_eq!(standing, JoinState::Open),
            Decision::Fail(_) => prop_assert_eq!(standing, JoinState::Unsatisfiable),
            other => prop_assert!(false, "{:?}", other),
        }
        let done = Step { state: StepState::Complete, ..steps.all().last().unwrap().clone() };
        prop_assert_eq!(decide(&done, &rule, NOW), Decision::Nothing);
    }
}
