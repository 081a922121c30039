use crate::core::dag::Dag;
use crate::core::error::TaskerError;
use crate::core::expansion::{EdgeEnd, ExistingStep, Expansion, expand, touched};
use crate::core::ids::StepId;
use proptest::prelude::*;
use serde_json::{Value, json};

fn known(id: i64, name: &str, is_untouched: bool) -> ExistingStep {
    ExistingStep { id: StepId(id), name: name.to_owned(), is_untouched, has_rule: false }
}

/// split -> join -> report; split runs.
fn order() -> (Vec<ExistingStep>, Vec<(StepId, StepId)>) {
    let steps = vec![known(1, "split", false), known(2, "join", true), known(3, "report", true)];
    (steps, vec![(StepId(1), StepId(2)), (StepId(2), StepId(3))])
}

fn added(wanted: Value) -> Result<Expansion, TaskerError> {
    let (steps, edges) = order();
    expand(&steps, &edges, &wanted)
}

fn problems(wanted: Value) -> Vec<String> {
    match added(wanted.clone()) {
        Err(TaskerError::InvalidSteps { problems }) => problems,
        other => panic!("{wanted} is let pass: {other:?}"),
    }
}

#[test]
fn steps_are_added_between_those_that_are_there() {
    let items = json!([
        { "name": "item_1", "depends_on": "split", "before": ["join"], "inputs": { "page": 1 } },
        { "name": "item_2", "depends_on": ["split", "item_1", "split"], "before": "join", "retry_limit": 5, "retryable": false,
          "skippable": true, "dependent_system": "shop", "description": "the second" },
    ]);
    let expansion = added(items).unwrap();
    assert_eq!(
        expansion.edges,
        [
            (EdgeEnd::Known(StepId(1)), EdgeEnd::New(0)),
            (EdgeEnd::Known(StepId(1)), EdgeEnd::New(1)),
            (EdgeEnd::New(0), EdgeEnd::Known(StepId(2))),
            (EdgeEnd::New(0), EdgeEnd::New(1)),
            (EdgeEnd::New(1), EdgeEnd::Known(StepId(2))),
        ]
    );
    let [first, second] = expansion.steps.as_slice() else { panic!("{expansion:?}") };
    assert_eq!(
        (first.inputs.clone(), first.retry_limit, first.retryable),
        (Some(json!({ "page": 1 })), 3, true)
    );
    assert_eq!((first.dependent_system.as_str(), first.description.as_str()), ("unknown", "item_1"));
    assert_eq!((second.inputs.clone(), second.retry_limit, second.retryable), (None, 5, false));
    assert_eq!((second.skippable, second.dependent_system.as_str()), (true, "shop"));
    assert!(expansion.present.is_empty());
}

#[test]
fn what_is_there_already_is_not_added_again() {
    let again = added(json!([{ "name": "report", "depends_on": "split" }, { "name": "new" }])).unwrap();
    assert_eq!(again.present, [("report".to_owned(), StepId(3))]);
    assert_eq!((again.steps.len(), again.edges), (1, vec![]));
    assert_eq!(added(json!([])).unwrap(), Expansion::default());
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    assert_eq!(
        problems(json!([
            { "name": "a", "depend_on": "split", "retry_limit": -1, "retryable": "yes", "before": "split" },
            { "name": "b", "depends_on": ["splitt", "b"], "before": 7 },
            { "name": "b" },
            { "name": "" },
            "c",
            { "name": "d", "description": "", "dependent_system": 1, "skippable": null },
        ])),
        [
            "a.depend_on: there is no such field; did you mean \"depends_on\"?",
            "a.retryable: must be true or false",
            "a.retry_limit: must be a whole number from 0 to 2147483647",
            "b.before: must be the name of a step, or a list of names",
            "3.name: must be a text of 1 to 128 characters",
            "4: must be a json object",
            "d.dependent_system: must be a text of 1 to 64 characters",
            "d.description: must be a text of 1 to 255 characters",
            "b: occurs twice",
            "a.before: step \"split\" has already started",
            "b.depends_on: there is no step \"splitt\"; did you mean \"split\"?",
            "b.depends_on: is the step itself",
        ]
    );
    assert_eq!(problems(json!({})), ["must be a json array of objects"]);
}

#[test]
fn steps_must_not_wait_for_each_other() {
    assert_eq!(
        problems(json!([{ "name": "a", "depends_on": "report", "before": "join" }])),
        ["these steps would wait for each other: join -> report -> a"]
    );
    assert_eq!(
        problems(json!([{ "name": "a", "depends_on": "b" }, { "name": "b", "depends_on": "a" }])),
        ["these steps would wait for each other: a -> b"]
    );
}

#[test]
fn a_name_that_two_steps_have_names_neither() {
    let steps = [known(1, "twin", false), known(2, "twin", true)];
    let wanted = json!([{ "name": "a", "depends_on": "twin" }]);
    let Err(TaskerError::InvalidSteps { problems }) = expand(&steps, &[], &wanted) else { panic!() };
    assert_eq!(problems, ["a.depends_on: \"twin\" is the name of 2 steps"]);
}

#[test]
fn the_steps_to_lock_are_all_that_are_named() {
    let steps = [known(1, "x", true), known(2, "y", true), known(3, "z", true), known(4, "w", true)];
    let wanted =
        json!([{ "name": "a", "depends_on": "x", "before": ["y", 7] }, 3, { "depends_on": ["z", "x"] }]);
    assert_eq!(touched(&steps, &[], &wanted), [1, 2, 3].map(StepId));
    assert!(touched(&steps, &[], &json!("x")).is_empty());
}

fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("name"),
        Just("depends_on"),
        Just("before"),
        Just("retry_limit"),
        Just("split"),
        Just("join"),
        Just("a"),
        Just("b")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((word.clone(), inner), 0..5).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

/// Whether the steps of [`order`] and the new ones have no cycle.
fn is_a_graph(expansion: &Expansion, edges: Vec<(StepId, StepId)>) -> bool {
    let id = |end: EdgeEnd| match end {
        EdgeEnd::Known(id) => id,
        EdgeEnd::New(at) => StepId(10 + at as i64),
    };
    let all: Vec<StepId> = (1..=3).chain(10..10 + expansion.steps.len() as i64).map(StepId).collect();
    let added = expansion.edges.iter().map(|(from, to)| (id(*from), id(*to)));
    Dag::build(&all, edges.into_iter().chain(added)).is_ok()
}

proptest! {
    #[test]
    fn whatever_is_let_pass_leaves_a_graph_without_cycles(
        wanted in proptest::collection::vec(any_json(), 0..6).prop_map(Value::from)
    ) {
        let (steps, edges) = order();
        if let Ok(expansion) = expand(&steps, &edges, &wanted) {
            prop_assert!(is_a_graph(&expansion, edges));
        }
    }

    #[test]
    fn small_lists_of_steps_too(
        wanted in proptest::collection::vec((0..4_usize, proptest::collection::vec(0..7_usize, 0..3), proptest::collection::vec(0..7_usize, 0..3)), 0..5)
    ) {
        const NAMES: [&str; 7] = ["a", "b", "c", "d", "split", "join", "report"];
        let name = |list: Vec<usize>| list.into_iter().map(|at| NAMES[at]).collect::<Vec<_>>();
        let wanted: Value = wanted.into_iter()
            .map(|(step, above, below)| json!({ "name": NAMES[step], "depends_on": name(above), "before": name(below) }))
            .collect();
        let (steps, edges) = order();
        if let Ok(expansion) = expand(&steps, &edges, &wanted) {
            prop_assert!(is_a_graph(&expansion, edges));
            // What has started waits for nothing new.
            prop_assert!(expansion.edges.iter().all(|(_, to)| *to != EdgeEnd::Known(StepId(1))));
        }
    }
}
