use crate::core::dag::Defect;
use crate::core::dag::guard::{
    Dependency, GuardedStep, GuardedSteps, entered_tasks, find_bad_edges, find_closed_cycles, left_tasks,
};
use crate::core::ids::{StepId, TaskId};
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet};

fn edge((from, to): &(i64, i64)) -> Dependency {
    Dependency { from: StepId(*from), to: StepId(*to) }
}

fn edges(pairs: &[(i64, i64)]) -> Vec<Dependency> {
    pairs.iter().map(edge).collect()
}

/// All steps of the edges in one task for each hundred, with the parents that all edges give them.
fn ends(all: &[Dependency]) -> GuardedSteps {
    let steps: BTreeSet<StepId> = all.iter().flat_map(|edge| [edge.from, edge.to]).collect();
    let end = |step: StepId| {
        let mut parents: Vec<StepId> =
            all.iter().filter(|edge| edge.to == step).map(|edge| edge.from).collect();
        parents.sort_unstable();
        (step, GuardedStep { task: TaskId(step.0 / 100), parents })
    };
    steps.into_iter().map(end).collect()
}

fn bad_edges(present: &[(i64, i64)], new: &[(i64, i64)]) -> Vec<Defect> {
    find_bad_edges(&edges(new), &ends(&edges(&[present, new].concat())))
}

fn closed(present: &[(i64, i64)], new: &[(i64, i64)]) -> Vec<Defect> {
    find_closed_cycles(&edges(new), &edges(present))
}

fn cycle(steps: &[i64]) -> Defect {
    Defect::Cycle(steps.iter().copied().map(StepId).collect())
}

#[test]
fn a_bad_edge_is_named_once() {
    assert_eq!(bad_edges(&[], &[(1, 2), (1, 3), (2, 4), (3, 4)]), []);
    assert_eq!(bad_edges(&[], &[(7, 7)]), [Defect::SelfEdge(StepId(7))]);
    assert_eq!(bad_edges(&[], &[(1, 101)]), [Defect::CrossTaskEdge(StepId(1), StepId(101))]);
    assert_eq!(bad_edges(&[(1, 2)], &[(1, 2)]), [Defect::DuplicateEdge(StepId(1), StepId(2))]);
    assert_eq!(
        bad_edges(&[(0, 3)], &[(1, 3), (2, 3), (1, 3)]),
        [Defect::DuplicateEdge(StepId(1), StepId(3))]
    );
    // An edge that was there twice is not the fault of the one beside it.
    assert_eq!(bad_edges(&[(1, 2), (1, 2)], &[(0, 2)]), []);
}

#[test]
fn a_step_that_does_not_exist_belongs_to_no_task() {
    assert_eq!(find_bad_edges(&edges(&[(1, 101)]), &GuardedSteps::new()), []);
    assert!(entered_tasks(&edges(&[(1, 101)]), &GuardedSteps::new()).is_empty());
}

#[test]
fn a_cycle_is_described_from_its_smallest_step() {
    assert_eq!(closed(&[(5, 9), (1, 5)], &[(9, 1)]), [cycle(&[1, 5, 9])]);
    assert_eq!(closed(&[], &[(9, 1), (1, 9), (3, 4), (4, 3)]), [cycle(&[1, 9]), cycle(&[3, 4])]);
    assert_eq!(closed(&[(1, 2), (2, 3), (3, 4), (2, 4)], &[(4, 1)]), [cycle(&[1, 2, 4])]);
    assert_eq!(closed(&[(1, 2)], &[(2, 2)]), []);
}

#[test]
fn a_cycle_that_was_there_is_not_the_fault_of_new_edges() {
    assert_eq!(closed(&[(1, 2), (2, 1)], &[(0, 1), (2, 3)]), []);
}

#[test]
fn a_long_chain_does_not_exhaust_the_stack() {
    let chain: Vec<(i64, i64)> = (0..100_000).map(|step| (step, step + 1)).collect();
    assert_eq!(closed(&chain, &[(0, 100_000)]), []);
    assert!(matches!(&closed(&chain, &[(100_000, 0)])[..], [Defect::Cycle(steps)] if steps.len() == 100_001));
}

/// Edges among a few steps; the first `usize` of them are there, the others new.
fn graph() -> impl Strategy<Value = (Vec<(i64, i64)>, usize)> {
    (proptest::collection::vec((0..9i64, 0..9i64), 0..16), 0..16usize)
}

/// Whether one step leads to another, by plain repetition.
fn leads(all: &[(i64, i64)], from: i64, to: i64) -> bool {
    let mut reached = HashSet::from([from]);
    for _ in 0..all.len() {
        let next: Vec<i64> = all.iter().filter(|edge| reached.contains(&edge.0)).map(|edge| edge.1).collect();
        reached.extend(next);
    }
    reached.contains(&to)
}

proptest! {
    #[test]
    fn a_cycle_is_reported_exactly_if_a_new_edge_leads_back((all, split) in graph()) {
        let (present, new) = all.split_at(split.min(all.len()));
        let expected = new.iter().any(|(from, to)| from != to && leads(&all, *to, *from));
        prop_assert_eq!(!closed(present, new).is_empty(), expected);
    }

    #[test]
    fn a_reported_cycle_is_one_with_a_new_edge((all, split) in graph()) {
        let (present, new) = all.split_at(split.min(all.len()));
        for defect in closed(present, new) {
            let Defect::Cycle(steps) = defect else { panic!("{defect:?}") };
            let next = steps.iter().cycle().skip(1);
            let walked: Vec<(i64, i64)> = steps.iter().zip(next).map(|(from, to)| (from.0, to.0)).collect();
            prop_assert!(walked.iter().all(|edge| all.contains(edge)));
            prop_assert!(walked.iter().any(|edge| new.contains(edge)));
            prop_assert_eq!(steps.iter().collect::<HashSet<_>>().len(), steps.len());
        }
    }

    /// The short cut: what is there need not be looked at unless it leads both in and out.
    #[test]
    fn edges_that_are_there_close_nothing_unless_they_lead_in_and_out((all, split) in graph()) {
        let (present, new) = all.split_at(split.min(all.len()));
        let (present, new) = (edges(present), edges(new));
        let all = edges(&all);
        let ends = ends(&all);
        let outgoing: Vec<Dependency> =
            all.iter().copied().filter(|edge| new.iter().any(|new| new.to == edge.from)).collect();
        if entered_tasks(&new, &ends).is_disjoint(&left_tasks(&new, &outgoing, &ends)) {
            prop_assert_eq!(find_closed_cycles(&new, &present), find_closed_cycles(&new, &[]));
        }
    }

    #[test]
    fn an_edge_is_repeated_exactly_if_it_is_there_twice((all, split) in graph()) {
        let (present, new) = all.split_at(split.min(all.len()));
        let repeated = |edge: &&(i64, i64)| {
            edge.0 != edge.1 && all.iter().filter(|other| other == edge).count() > 1
        };
        let expected: HashSet<(i64, i64)> = new.iter().filter(repeated).copied().collect();
        let found = bad_edges(present, new).into_iter().filter(|defect| matches!(defect, Defect::DuplicateEdge(..)));
        prop_assert_eq!(found.count(), expected.len());
    }
}
