use super::workflow::*;
use crate::core::error::TaskerError;
use crate::core::fork::{
    ForkOptions, ForkedStep, NamedStep, Subtasks, copied_steps, find_step, left_out_copies,
};
use crate::core::ids::{StepId, TaskId};
use crate::core::state::StepState;
use proptest::prelude::*;
use serde_json::json;
use std::collections::HashSet;

fn forked(id: i64, state: StepState) -> ForkedStep {
    ForkedStep { id: StepId(id), state, is_bypassed: false }
}

fn copied(steps: &[ForkedStep], edges: &[(i64, i64)], from: Option<i64>) -> Vec<bool> {
    let edges = edges.iter().map(|(from, to)| (StepId(*from), StepId(*to)));
    copied_steps(steps, edges, from.map(StepId))
}

#[test]
fn what_has_ended_well_before_the_step_is_copied() {
    let diamond = [(1, 2), (1, 3), (2, 4), (3, 4)];
    let done: Vec<ForkedStep> = (1..=4).map(|id| forked(id, StepState::Complete)).collect();
    assert_eq!(copied(&done, &diamond, None), [true; 4]);
    assert_eq!(copied(&done, &diamond, Some(1)), [false; 4]);
    assert_eq!(copied(&done, &diamond, Some(2)), [true, false, true, false]);
    assert_eq!(copied(&done, &diamond, Some(4)), [true, true, true, false]);
    // An end that is not good runs again, and so does what depends on it.
    for state in [StepState::Error, StepState::Cancelled, StepState::Pending, StepState::InProgress] {
        let mut steps = done.clone();
        steps[1].state = state;
        assert_eq!(copied(&steps, &diamond, None), [true, false, true, false], "{state}");
    }
    // What the request left out stays left out.
    let mut steps = done;
    steps[1] = ForkedStep { state: StepState::ResolvedManually, is_bypassed: true, ..steps[1] };
    assert_eq!(copied(&steps, &diamond, Some(1)), [false, true, false, false]);
}

proptest! {
    /// No copy depends on a step that runs again, and nothing runs again without a reason.
    #[test]
    fn copies_depend_on_copies(
        ends in proptest::collection::vec(0_usize..6, 1..12),
        edges in proptest::collection::vec((0_usize..12, 0_usize..12), 0..30),
        from in proptest::option::of(0_usize..12),
    ) {
        let number = ends.len();
        let steps: Vec<ForkedStep> =
            ends.iter().enumerate().map(|(at, end)| forked(at as i64, StepState::ALL[*end])).collect();
        let edges: Vec<(i64, i64)> =
            edges.into_iter().filter(|(a, b)| a < b && *b < number).map(|(a, b)| (a as i64, b as i64)).collect();
        let from = from.filter(|from| *from < number).map(|from| from as i64);
        let copied = copied(&steps, &edges, from);
        let again: HashSet<i64> = (0..number as i64).filter(|at| !copied[*at as usize]).collect();
        for (parent, child) in &edges {
            prop_assert!(!again.contains(parent) || again.contains(child));
        }
        for at in 0..number as i64 {
            let has_reason = from == Some(at)
                || !steps[at as usize].state.satisfies_children()
                || edges.iter().any(|(parent, child)| *child == at && again.contains(parent));
            prop_assert_eq!(again.contains(&at), has_reason);
        }
    }
}

#[test]
fn a_step_is_named_by_its_name_or_its_id() {
    let named =
        |(id, name, is_copy): (i64, &str, bool)| NamedStep { id: StepId(id), name: name.to_owned(), is_copy };
    let steps =
        [(1, "a", false), (2, "b", false), (3, "b", false), (4, "7", false), (7, "c", false), (8, "c", true)];
    let steps = steps.map(named);
    let find = |wanted: &str| find_step(TaskId(5), wanted, &steps);
    assert_eq!(find("a").unwrap(), StepId(1));
    assert_eq!(find("2").unwrap(), StepId(2));
    // A name is a name, even if it is a number.
    assert_eq!(find("7").unwrap(), StepId(4));
    let problem = |wanted: &str| match find(wanted) {
        Err(TaskerError::InvalidArgument { problem, .. }) => problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(problem("b"), "stands for several steps of task 5: name one by its id (2, 3)");
    // A name means the mapped step, not its copies, which their ids name.
    assert_eq!(find("c").unwrap(), StepId(7));
    assert_eq!(find("8").unwrap(), StepId(8));
    assert_eq!(problem("99"), "names no step of task 5");
    assert!(problem("").starts_with("names no step of task 5"));
}

#[test]
fn options_that_do_not_exist_are_refused() {
    let options =
        ForkOptions::parse(&json!({ "subtasks": "fork", "priority": 3, "context": {}, "tags": null }))
            .unwrap();
    assert_eq!(
        (options.subtasks, options.priority, options.context),
        (Subtasks::Fork, Some(3), Some(json!({})))
    );
    assert_eq!(ForkOptions::parse(&json!({})).unwrap(), ForkOptions::default());
    let paths = |options| -> Vec<String> {
        ForkOptions::parse(&options).unwrap_err().into_iter().map(|problem| problem.path).collect()
    };
    assert_eq!(paths(json!([])), ["options"]);
    assert_eq!(
        paths(json!({ "contxt": {}, "priority": 101, "deadline_seconds": 0, "subtasks": "copy" })),
        ["options.contxt", "options.deadline_seconds", "options.priority", "options.subtasks"]
    );
}

#[test]
fn copies_of_a_list_that_is_made_again_are_left_out() {
    // A list, its mapped step with two copies, and one more parent of the first copy.
    let steps = [1, 2, 3, 4, 5].map(|id| forked(id, StepState::Complete));
    let edges = || {
        [(1, 2), (1, 3), (1, 4), (3, 2), (4, 2), (5, 3)]
            .map(|(from, to)| (StepId(from), StepId(to)))
            .into_iter()
    };
    let mapped = [None, None, Some(1), Some(1), None];
    let left_out = |from: i64| {
        let copied = copied_steps(&steps, edges(), Some(StepId(from)));
        left_out_copies(&steps, edges(), &copied, &mapped)
    };
    assert_eq!(left_out(1), [false, false, true, true, false]);
    // The other copy keeps the list as it was.
    assert_eq!(left_out(5), [false; 5]);
    assert_eq!(left_out(3), [false; 5]);
    assert_eq!(left_out(2), [false; 5]);
}
