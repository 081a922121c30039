//! The dependency graph against naive references, and at sizes that forbid them.

use crate::core::dag::{Dag, minimum_depths};
use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::testkit::Pattern;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn dag(size: usize, edges: &[(usize, usize)]) -> Dag {
    built(size, edges).unwrap()
}

/// Step ids are places and a thousand.
fn built(size: usize, edges: &[(usize, usize)]) -> Result<Dag, TaskerError> {
    let id = |place: usize| StepId(place as i64 + 1_000);
    let steps: Vec<StepId> = (0..size).map(id).collect();
    Dag::build(&steps, edges.iter().map(|&(from, to)| (id(from), id(to))))
}

fn depths(size: usize, edges: &[(usize, usize)]) -> Vec<Option<u32>> {
    let id = |place: usize| StepId(place as i64 + 1_000);
    let steps: Vec<StepId> = (0..size).map(id).collect();
    minimum_depths(&steps, edges.iter().map(|&(from, to)| (id(from), id(to))))
}

fn nothing() -> impl FnMut() {
    || {}
}

/// Edges of a graph without cycles whose order is not that of the places.
fn acyclic(most: usize) -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
    (1..=most).prop_flat_map(|size| {
        let order = Just((0..size).collect::<Vec<_>>()).prop_shuffle();
        let pairs = proptest::collection::vec((0..size, 0..size), 0..size * 3);
        (order, pairs).prop_map(move |(order, pairs)| {
            let pairs = pairs.into_iter().filter(|(a, b)| a != b);
            (size, pairs.map(|(a, b)| (order[a.min(b)], order[a.max(b)])).collect())
        })
    })
}

/// Which steps each step reaches, by Warshall's algorithm.
fn closure(size: usize, edges: &[(usize, usize)]) -> Vec<Vec<bool>> {
    let mut reaches = vec![vec![false; size]; size];
    for &(from, to) in edges {
        reaches[from][to] = true;
    }
    for middle in 0..size {
        let onward = reaches[middle].clone();
        for row in reaches.iter_mut().filter(|row| row[middle]) {
            for (reached, further) in row.iter_mut().zip(&onward) {
                *reached |= further;
            }
        }
    }
    reaches
}

/// Every path from a root to a leaf.
fn paths(dag: &Dag) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    let mut open: Vec<Vec<usize>> = dag.roots().into_iter().map(|root| vec![root]).collect();
    while let Some(path) = open.pop() {
        let children: Vec<usize> = dag.children(path[path.len() - 1]).collect();
        if children.is_empty() {
            found.push(path);
        } else {
            open.extend(children.into_iter().map(|child| [&path[..], &[child]].concat()));
        }
    }
    found
}

/// Into how many parts a graph without directions falls, leaving out a step.
fn parts(size: usize, edges: &[(usize, usize)], without: Option<usize>) -> usize {
    let mut part: Vec<usize> = (0..size).collect();
    for &(from, to) in edges.iter().filter(|(from, to)| Some(*from) != without && Some(*to) != without) {
        let (old, new) = (part[from], part[to]);
        part.iter_mut().filter(|part| **part == old).for_each(|part| *part = new);
    }
    let kept = (0..size).filter(|at| Some(*at) != without);
    kept.map(|at| part[at]).collect::<BTreeSet<_>>().len()
}

proptest! {
    #[test]
    fn the_order_respects_every_edge_and_is_always_the_same((size, edges) in acyclic(60)) {
        let dag = dag(size, &edges);
        let order = dag.topological_order();
        let position = |at: usize| order.iter().position(|found| *found == at).unwrap();
        prop_assert_eq!(order.len(), size);
        for &(from, to) in &edges {
            prop_assert!(position(from) < position(to));
        }
        let mut turned = edges.clone();
        turned.reverse();
        turned.extend_from_within(..);
        let again = built(size, &turned).unwrap();
        prop_assert_eq!(again.topological_order(), order);
        prop_assert_eq!(again.edges().collect::<Vec<_>>(), dag.edges().collect::<Vec<_>>());
    }

    #[test]
    fn a_level_is_the_longest_path_and_a_depth_the_shortest((size, edges) in acyclic(9)) {
        let dag = dag(size, &edges);
        let levels = dag.levels();
        let depths = depths(size, &edges);
        for at in 0..size {
            let lengths = |path: Vec<usize>| path.iter().position(|found| *found == at);
            let lengths: Vec<usize> = paths(&dag).into_iter().filter_map(lengths).collect();
            prop_assert_eq!(levels[at] as usize, *lengths.iter().max().unwrap());
            prop_assert_eq!(depths[at].unwrap() as usize, *lengths.iter().min().unwrap());
        }
        prop_assert_eq!(Dag::widths(&levels).iter().sum::<usize>(), size);
    }

    #[test]
    fn what_lies_above_and_below_is_what_the_closure_says((size, edges) in acyclic(40)) {
        let dag = dag(size, &edges);
        let reaches = closure(size, &edges);
        let picked: Vec<bool> = (0..size).map(|at| at % 3 == 0).collect();
        let counts = dag.descendant_counts(&picked, &mut nothing());
        for at in 0..size {
            let below: BTreeSet<usize> = dag.descendants(at).into_iter().map(|(at, _)| at).collect();
            let above: BTreeSet<usize> = dag.ancestors(at).into_iter().map(|(at, _)| at).collect();
            prop_assert_eq!(&below, &(0..size).filter(|to| reaches[at][*to]).collect::<BTreeSet<_>>());
            prop_assert_eq!(&above, &(0..size).filter(|from| reaches[*from][at]).collect::<BTreeSet<_>>());
            let picked = below.iter().filter(|at| picked[**at]).count();
            prop_assert_eq!(counts[at], (below.len() as u32, picked as u32));
            for (child, distance) in dag.descendants(at) {
                let is_child = edges.contains(&(at, child));
                prop_assert_eq!(distance == 1, is_child);
            }
        }
    }

    #[test]
    fn without_the_redundant_edges_as_much_is_reached_and_without_any_other_less((size, edges) in acyclic(25)) {
        let dag = dag(size, &edges);
        let redundant = dag.redundant_edges(&mut nothing());
        let kept: Vec<(usize, usize)> = dag.edges().filter(|edge| !redundant.contains(edge)).collect();
        let reaches = closure(size, &edges);
        prop_assert_eq!(&closure(size, &kept), &reaches);
        for edge in &kept {
            let fewer: Vec<_> = kept.iter().copied().filter(|other| other != edge).collect();
            prop_assert_ne!(&closure(size, &fewer), &reaches);
        }
    }

    #[test]
    fn the_critical_path_weighs_most(
        (size, edges) in acyclic(9),
        weights in proptest::collection::vec(0u32..20, 9),
    ) {
        let dag = dag(size, &edges);
        let weights: Vec<f64> = weights.into_iter().take(size).map(f64::from).collect();
        let weigh = |path: &[usize]| path.iter().map(|at| weights[*at]).sum::<f64>();
        let critical = dag.critical_path(&weights);
        let heaviest = paths(&dag).iter().map(|path| weigh(path)).fold(0.0, f64::max);
        prop_assert_eq!(critical.weight, heaviest);
        prop_assert_eq!(weigh(&critical.steps), heaviest);
        prop_assert!(paths(&dag).contains(&critical.steps));
    }

    #[test]
    fn points_of_failure_are_what_removal_shows((size, edges) in acyclic(12)) {
        let dag = dag(size, &edges);
        let whole = parts(size, &edges, None);
        let is_alone = |at: usize| edges.iter().all(|(from, to)| *from != at && *to != at);
        let cuts: Vec<usize> = (0..size)
            .filter(|&at| parts(size, &edges, Some(at)) > whole - usize::from(is_alone(at)))
            .collect();
        prop_assert_eq!(dag.articulation_points(), cuts);
        let on_all: BTreeSet<usize> =
            (0..size).filter(|at| paths(&dag).iter().all(|path| path.contains(at))).collect();
        prop_assert_eq!(dag.single_points_of_failure().into_iter().collect::<BTreeSet<_>>(), on_all);
    }

    #[test]
    fn a_cycle_that_is_reported_is_one((size, edges) in acyclic(30), back in any::<proptest::sample::Index>()) {
        prop_assume!(!edges.is_empty());
        let (from, to) = edges[back.index(edges.len())];
        let closed = [&edges[..], &[(to, from)]].concat();
        let Err(TaskerError::Cycle(cycle)) = built(size, &closed) else { panic!("{closed:?} has a cycle") };
        let places: Vec<usize> = cycle.iter().map(|step| step.0 as usize - 1_000).collect();
        for (at, place) in places.iter().enumerate() {
            prop_assert!(closed.contains(&(*place, places[(at + 1) % places.len()])));
        }
        prop_assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len());
        prop_assert_eq!(places.iter().min(), places.first());
    }

    #[test]
    fn large_graphs_have_the_same_laws(
        (size, edges) in acyclic(5_000).prop_filter("large", |(size, _)| *size > 1_000),
    ) {
        let dag = dag(size, &edges);
        let levels = dag.levels();
        for (from, to) in dag.edges() {
            prop_assert!(levels[from] < levels[to]);
        }
        for at in 0..size {
            let above = dag.parents(at).map(|parent| levels[parent] + 1).max();
            prop_assert_eq!(levels[at], above.unwrap_or(0));
        }
    }
}

#[test]
fn edges_that_lead_outside_are_passed_over() {
    let steps = [StepId(1), StepId(2)];
    let dag =
        Dag::build(&steps, [(StepId(9), StepId(1)), (StepId(1), StepId(2)), (StepId(2), StepId(9))]).unwrap();
    assert_eq!(dag.levels(), [0, 1]);
    assert_eq!(dag.roots(), [0], "a parent in another task does not hide it (R11)");
}

#[test]
fn a_step_that_waits_for_itself_is_a_cycle() {
    assert_eq!(built(2, &[(0, 1), (1, 1)]).unwrap_err(), TaskerError::Cycle(vec![StepId(1_001)]));
}

#[test]
fn a_cycle_has_a_depth_only_where_a_root_leads_to_it() {
    let edges = [(0, 1), (1, 2), (2, 1), (3, 4), (4, 3), (4, 5), (6, 6)];
    assert_eq!(depths(7, &edges), [Some(0), Some(1), Some(2), None, None, None, None]);
}

#[test]
fn an_empty_task_has_an_answer_to_everything() {
    let dag = dag(0, &[]);
    assert!(dag.is_empty() && dag.topological_order().is_empty() && dag.levels().is_empty());
    assert!(dag.roots().is_empty() && dag.leaves().is_empty());
    assert!(dag.articulation_points().is_empty() && dag.single_points_of_failure().is_empty());
    assert!(dag.descendant_counts(&[], &mut nothing()).is_empty());
    assert_eq!(dag.critical_path(&[]).weight, 0.0);
}

#[test]
fn a_ladder_has_no_more_to_do_than_its_edges() {
    // Two wide, a thousand deep, every step below depending on both above: 2 to the power of 999 paths.
    let edges: Vec<(usize, usize)> = (0..999)
        .flat_map(|row| [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(a, b)| (row * 2 + a, row * 2 + 2 + b)))
        .collect();
    let dag = dag(2_000, &edges);
    assert_eq!(dag.levels()[1_999], 999);
    assert_eq!(dag.descendant_counts(&[true; 2_000], &mut nothing())[0], (1_998, 1_998));
    assert!(dag.redundant_edges(&mut nothing()).is_empty());
    assert_eq!(dag.critical_path(&[1.0; 2_000]).weight, 1_000.0);
    assert!(dag.single_points_of_failure().is_empty());
}

#[test]
fn a_clique_is_as_deep_as_it_is_wide() {
    let edges: Vec<(usize, usize)> = (0..300).flat_map(|to| (0..to).map(move |from| (from, to))).collect();
    let dag = dag(300, &edges);
    assert_eq!(dag.levels(), (0..300).collect::<Vec<u32>>());
    assert_eq!(depths(300, &edges)[299], Some(1));
    assert_eq!(dag.redundant_edges(&mut nothing()).len(), edges.len() - 299);
    assert_eq!(dag.single_points_of_failure(), [0, 299]);
}

#[test]
fn a_chain_of_a_hundred_thousand_does_not_reach_the_end_of_the_stack() {
    const LENGTH: usize = 100_000;
    let edges: Vec<(usize, usize)> = (1..LENGTH).map(|to| (to - 1, to)).collect();
    let dag = dag(LENGTH, &edges);
    assert_eq!(dag.levels()[LENGTH - 1], 99_999);
    assert_eq!(dag.ancestors(LENGTH - 1).len(), 99_999);
    let mut checks = 0;
    assert_eq!(dag.descendant_counts(&vec![false; LENGTH], &mut || checks += 1)[0], (99_999, 0));
    assert!(checks > 1_000, "it checks for interrupts {checks} times");
    assert_eq!(dag.articulation_points().len(), 99_998);
    assert_eq!(dag.single_points_of_failure().len(), LENGTH);
    let closed: Vec<(usize, usize)> = edges.into_iter().chain([(LENGTH - 1, 0)]).collect();
    let Err(TaskerError::Cycle(cycle)) = built(LENGTH, &closed) else { panic!("it has a cycle") };
    assert_eq!(cycle.len(), LENGTH);
}

/// Patterns of the engine, and the levels of some of their steps.
#[test]
fn levels_of_the_engines_patterns() {
    let patterns: [(Pattern, &[(&str, u32)]); 3] = [
        (
            Pattern::Diamond,
            &[
                ("start_workflow", 0),
                ("branch_one_process", 1),
                ("branch_two_process", 1),
                ("branch_one_validate", 2),
                ("branch_two_validate", 2),
                ("merge_branches", 3),
                ("end_workflow", 4),
            ],
        ),
        (
            Pattern::ParallelMerge,
            &[
                ("fetch_user_data", 0),
                ("process_user_data", 1),
                ("fetch_order_data", 0),
                ("process_order_data", 1),
                ("fetch_inventory_data", 0),
                ("fetch_pricing_data", 0),
                ("merge_all_data", 2),
            ],
        ),
        (
            Pattern::Mixed,
            &[
                ("init_auth", 0),
                ("init_config", 0),
                ("begin_processing", 2),
                ("process_optional_data", 3),
                ("cleanup_temp_files", 2),
                ("finalize_and_report", 4),
            ],
        ),
    ];
    for (pattern, expected) in patterns {
        let blueprint = pattern.blueprint();
        let edges: Vec<(usize, usize)> = blueprint.edges().collect();
        let levels = dag(blueprint.steps.len(), &edges).levels();
        for (name, level) in expected {
            let place = blueprint.steps.iter().position(|step| step.name == *name).unwrap();
            assert_eq!(levels[place], *level, "{name}");
        }
    }
}
