//! The test kit's own data: patterns to the edge, histories that the state machines permit, counts that add up.

use crate::core::dag::Dag;
use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::state::{StepState, TaskState};
use crate::core::testkit::{
    Blueprint, DataSet, Distribution, MOST_ATTEMPTS, Pattern, Random, RandomShape, TaskSource,
    default_attempts, step_history, task_history,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The engine's patterns, written a second time; the last three are those of tasker_core.
const EDGES: [(&str, usize, &str); 11] = [
    (
        "linear",
        6,
        "initialize_data→validate_input→process_data→transform_results→validate_output→finalize_workflow",
    ),
    (
        "diamond",
        7,
        "start_workflow→branch_one_process start_workflow→branch_two_process \
         branch_one_process→branch_one_validate branch_two_process→branch_two_validate \
         branch_one_validate→merge_branches branch_two_validate→merge_branches merge_branches→end_workflow",
    ),
    (
        "parallel_merge",
        7,
        "fetch_user_data→process_user_data fetch_order_data→process_order_data process_user_data→merge_all_data \
         process_order_data→merge_all_data fetch_inventory_data→merge_all_data fetch_pricing_data→merge_all_data",
    ),
    (
        "tree",
        8,
        "root_initialization→branch_a_setup root_initialization→branch_b_setup branch_a_setup→branch_a_task_one \
         branch_a_setup→branch_a_task_two branch_b_setup→branch_b_task_one branch_b_setup→branch_b_task_two \
         branch_a_task_one→aggregate_results branch_a_task_two→aggregate_results \
         branch_b_task_one→aggregate_results branch_b_task_two→aggregate_results",
    ),
    (
        "mixed",
        9,
        "init_auth→validate_permissions init_config→setup_environment validate_permissions→begin_processing \
         setup_environment→begin_processing begin_processing→process_critical_data \
         begin_processing→process_optional_data setup_environment→cleanup_temp_files \
         process_critical_data→finalize_and_report cleanup_temp_files→finalize_and_report",
    ),
    ("dummy", 4, "step-one step-two→step-three→step-four"),
    ("configurable_failure", 4, "reliable_step→flaky_step→timeout_step→idempotent_step"),
    (
        "api_integration",
        5,
        "fetch_cart→validate_products fetch_products→validate_products validate_products→create_order→publish_event",
    ),
    (
        "etl",
        8,
        "extract_orders→transform_customer_metrics extract_users→transform_customer_metrics \
         extract_orders→transform_product_metrics extract_products→transform_product_metrics \
         transform_customer_metrics→generate_insights transform_product_metrics→generate_insights \
         generate_insights→update_dashboard→send_notifications",
    ),
    (
        "batch",
        5,
        "split_batch→process_part_one split_batch→process_part_two split_batch→process_part_three \
         process_part_one→collect_parts process_part_two→collect_parts process_part_three→collect_parts",
    ),
    ("batch_part", 3, "load_part→process_part→store_part"),
];

fn named_edges(blueprint: &Blueprint) -> BTreeSet<(&str, &str)> {
    let name = |at: usize| blueprint.steps[at].name.as_ref();
    blueprint.edges().map(|(from, to)| (name(from), name(to))).collect()
}

fn names(blueprint: &Blueprint) -> BTreeSet<&str> {
    blueprint.steps.iter().map(|step| step.name.as_ref()).collect()
}

fn dag(blueprint: &Blueprint) -> Result<Dag, TaskerError> {
    let steps: Vec<StepId> = (0..blueprint.steps.len()).map(|at| StepId(at as i64)).collect();
    Dag::build(&steps, blueprint.edges().map(|(from, to)| (StepId(from as i64), StepId(to as i64))))
}

#[test]
fn the_patterns_have_exactly_the_steps_and_edges_of_the_semantics() {
    assert_eq!(EDGES.map(|(name, ..)| name), Pattern::ALL.map(Pattern::as_str));
    for (name, steps, chains) in EDGES {
        let blueprint = Pattern::parse(name).unwrap().blueprint();
        let chains = chains.split_whitespace().map(|chain| chain.split('→').collect::<Vec<_>>());
        let mut expected_names = BTreeSet::new();
        let mut expected = BTreeSet::new();
        for chain in chains {
            expected_names.extend(chain.iter().copied());
            expected.extend(chain.windows(2).map(|pair| (pair[0], pair[1])));
        }
        assert_eq!(named_edges(&blueprint), expected, "{name}");
        assert_eq!(blueprint.edges().count(), expected.len(), "{name} has no edge twice");
        assert_eq!(names(&blueprint), expected_names, "{name}");
        assert_eq!(blueprint.steps.len(), steps, "{name}");
    }
}

#[test]
fn steps_stand_behind_their_parents_and_name_them() {
    for pattern in Pattern::ALL {
        let blueprint = pattern.blueprint();
        assert!(blueprint.edges().all(|(from, to)| from < to), "{pattern:?}");
        for step in &blueprint.steps {
            assert_eq!(blueprint.parent_names(step).len(), step.parents.len());
        }
        for (step, child) in pattern.children() {
            assert!(names(&blueprint).contains(step), "{pattern:?}");
            assert!(child.children().is_empty(), "one level of tasks below a task");
        }
    }
    let mixed = Pattern::Mixed.blueprint();
    assert_eq!(mixed.parent_names(&mixed.steps[4]), ["validate_permissions", "setup_environment"]);
    assert_eq!(Pattern::Batch.children().len(), 3);
}

/// What a version gives for a seed, every later one must give too.
#[test]
fn a_seed_means_the_same_for_ever() {
    let mut random = Random::new(0, 0);
    // The second number of SplitMix64 from 0 on; the reference implementation says 0x6E78_9E6A_A1B9_65F4.
    assert_eq!(random.below(usize::MAX), 0x6E78_9E6A_A1B9_65F4);
    let tree: Vec<_> = RandomShape::Tree.blueprint(9, 42).edges().collect();
    assert_eq!(tree, TREE_OF_SEED_42);
    let layers: Vec<_> = RandomShape::Layers.blueprint(6, 7).edges().collect();
    assert_eq!(layers, LAYERS_OF_SEED_7);
    let tasks = DataSet::plan(10, &Distribution::of_engine(), 1).tasks;
    assert_eq!(tasks, TASKS_OF_SEED_1);
}

const TREE_OF_SEED_42: &[(usize, usize)] = &[(0, 1), (0, 2), (0, 3), (2, 4), (3, 5), (4, 6), (4, 7), (0, 8)];
const LAYERS_OF_SEED_7: &[(usize, usize)] = &[(0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (3, 5)];
const TASKS_OF_SEED_1: &[usize] = &[3, 2, 1, 0, 0, 1, 2, 3, 1, 4];

#[test]
fn a_shape_looks_as_it_is_called() {
    let edges = |shape: RandomShape, steps: usize| shape.blueprint(steps, 3).edges().collect::<Vec<_>>();
    assert_eq!(edges(RandomShape::Chain, 4), [(0, 1), (1, 2), (2, 3)]);
    assert_eq!(edges(RandomShape::Independent, 4), []);
    assert_eq!(edges(RandomShape::ForkJoin, 5), [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]);
    assert_eq!(edges(RandomShape::ForkJoin, 2), [(0, 1)]);
    assert_eq!(edges(RandomShape::ForkJoin, 1), []);
    assert_eq!(edges(RandomShape::Tree, 100).len(), 99);
    let sparse = edges(RandomShape::Sparse, 1_000);
    let dense = edges(RandomShape::Dense, 1_000);
    assert!((1_000..=3_000).contains(&sparse.len()) && (5_000..=7_000).contains(&dense.len()));
    let layers = dag(&RandomShape::Layers.blueprint(1_000, 3)).unwrap();
    assert!(Dag::widths(&layers.levels()).into_iter().all(|width| (1..=8).contains(&width)));
}

fn shape() -> impl Strategy<Value = RandomShape> {
    proptest::sample::select(&RandomShape::ALL)
}

proptest! {
    #[test]
    fn random_workflows_are_acyclic_reproducible_and_of_the_size_asked_for(
        shape in shape(), steps in 0usize..300, seed in any::<u64>(),
    ) {
        let blueprint = shape.blueprint(steps, seed);
        prop_assert_eq!(&blueprint, &shape.blueprint(steps, seed));
        prop_assert_eq!(blueprint.steps.len(), steps);
        prop_assert_eq!(names(&blueprint).len(), steps);
        prop_assert_eq!(blueprint.edges().collect::<BTreeSet<_>>().len(), blueprint.edges().count());
        prop_assert_eq!(dag(&blueprint).unwrap().len(), steps);
    }

    #[test]
    fn a_data_set_has_as_many_tasks_as_asked_for_whatever_the_seed(
        tasks in 0usize..5_000, shares in proptest::collection::vec(0u32..100, 12), seed in any::<u64>(),
    ) {
        let total = f64::from(shares.iter().sum::<u32>().max(1));
        let sources = Pattern::ALL.map(TaskSource::Pattern).into_iter().chain([TaskSource::Random]);
        let members = sources.zip(&shares).map(|(source, share)| {
            (source.as_str().to_owned(), json!(f64::from(*share) / total))
        });
        let distribution = Distribution::parse(&Value::Object(members.collect())).unwrap();
        let allotted = distribution.allot(tasks);
        prop_assert_eq!(allotted.iter().map(|(_, count)| count).sum::<usize>(), tasks);
        let set = DataSet::plan(tasks, &distribution, seed);
        prop_assert_eq!(&set, &DataSet::plan(tasks, &distribution, seed));
        let counts = set.counts();
        for (source, count) in allotted {
            let made = set.tasks.iter().filter(|workflow| set.workflows[**workflow].0 == source).count();
            prop_assert_eq!(made, count);
            let counted = counts.iter().find(|made| made.source == source).map_or(0, |made| made.tasks);
            prop_assert_eq!(counted, count);
        }
        let steps = set.tasks.iter().map(|workflow| set.workflows[*workflow].1.steps.len()).sum::<usize>();
        prop_assert_eq!(counts.iter().map(|made| made.steps).sum::<usize>(), steps);
    }

    #[test]
    fn a_history_is_permitted_ends_in_its_state_and_has_its_attempts(
        state in proptest::sample::select(&StepState::ALL), attempts in 0..20i32,
    ) {
        let attempts = attempts.max(default_attempts(state));
        let history = step_history(state, attempts).unwrap();
        let mut before = StepState::Pending;
        for next in &history {
            prop_assert!(before.permits(*next), "{:?}", history);
            before = *next;
        }
        prop_assert_eq!(before, state);
        let ended = history.iter().filter(|state| matches!(state, StepState::Complete | StepState::Error));
        prop_assert_eq!(ended.count(), attempts as usize);
    }

    #[test]
    fn random_numbers_keep_to_their_bounds(seed in any::<u64>(), first in any::<i64>(), more in 0..i64::MAX) {
        let mut random = Random::new(seed, 5);
        let last = first.saturating_add(more);
        prop_assert!((first..=last).contains(&random.between(first, last)));
        prop_assert!(random.below(3) < 3);
        prop_assert_eq!(random.below(0), 0);
        prop_assert!(random.permille(1000) && !random.permille(0));
        let mut items: Vec<usize> = (0..50).collect();
        random.shuffle(&mut items);
        items.sort_unstable();
        prop_assert!(items.into_iter().eq(0..50));
    }
}

#[test]
fn histories_of_tasks_are_permitted() {
    for state in TaskState::ALL {
        let history = task_history(state);
        let before = [&[TaskState::Pending], history].concat();
        assert!(before.windows(2).all(|pair| pair[0].permits(pair[1])), "{history:?}");
        assert_eq!(before.last(), Some(&state));
    }
}

#[test]
fn a_history_that_cannot_be_is_refused() {
    for (state, attempts) in [
        (StepState::Complete, 0),
        (StepState::Error, 0),
        (StepState::Pending, -1),
        (StepState::Error, MOST_ATTEMPTS + 1),
    ] {
        let refused = step_history(state, attempts).unwrap_err();
        assert!(matches!(refused, TaskerError::InvalidArgument { argument: "attempts", .. }), "{refused}");
    }
    assert_eq!(step_history(StepState::Error, MOST_ATTEMPTS).unwrap().len(), 2_999);
}

/// As Ruby computes them: `(task_count * ratio).round`, and the difference to linear.
#[test]
fn the_engines_distribution_rounds_as_the_engine_does() {
    let counts = |tasks: usize| -> Vec<usize> {
        Distribution::of_engine().allot(tasks).into_iter().map(|(_, count)| count).collect()
    };
    assert_eq!(counts(0), [0, 0, 0, 0, 0]);
    assert_eq!(counts(1), [1, 0, 0, 0, 0]);
    assert_eq!(counts(2), [1, 1, 0, 0, 0]);
    assert_eq!(counts(5), [1, 1, 1, 1, 1], "six are one too many");
    assert_eq!(counts(10), [2, 3, 2, 2, 1], "2.5 and 1.5 are rounded up, linear gives one back");
    assert_eq!(counts(30), [8, 8, 6, 5, 3], "7.5 and 4.5 are rounded up: the engine's default of 30 tasks");
    assert_eq!(counts(50), [14, 13, 10, 8, 5]);
    assert_eq!(counts(1_000), [300, 250, 200, 150, 100]);
    for tasks in 0..2_000 {
        assert_eq!(counts(tasks).iter().sum::<usize>(), tasks);
    }
}

#[test]
fn what_is_not_given_out_is_linear_and_a_surplus_is_taken_from_the_last() {
    let counts = |document: Value, tasks: usize| -> Vec<(&str, usize)> {
        let allotted = Distribution::parse(&document).unwrap().allot(tasks);
        allotted.into_iter().map(|(source, count)| (source.as_str(), count)).collect()
    };
    assert_eq!(counts(json!({}), 7), [("linear", 7)]);
    assert_eq!(counts(json!({"random": 0.5}), 7), [("linear", 3), ("random", 4)]);
    assert_eq!(
        counts(json!({"random": 0.5, "diamond": 0.5}), 1),
        [("linear", 0), ("diamond", 1), ("random", 0)],
        "the engine would make two"
    );
    assert_eq!(
        counts(json!({"etl": 0.1, "tree": 0.2, "mixed": 0.7}), 10),
        [("linear", 0), ("tree", 2), ("mixed", 7), ("etl", 1)]
    );
}

#[test]
fn distributions_that_make_no_sense_are_refused() {
    for document in [
        json!(null),
        json!([0.5]),
        json!({"ladder": 0.5}),
        json!({"linear": "half"}),
        json!({"linear": -0.1}),
        json!({"linear": 1.1}),
        json!({"linear": 0.6, "tree": 0.6}),
    ] {
        let refused = Distribution::parse(&document).unwrap_err();
        assert!(
            matches!(refused, TaskerError::InvalidArgument { argument: "distribution", .. }),
            "{document}"
        );
    }
    let ladder = Distribution::parse(&json!({"ladder": 0.5})).unwrap_err().to_string();
    assert!(
        ladder.contains("\"ladder\", which is not linear, diamond,") && ladder.ends_with("or random"),
        "{ladder}"
    );
}
