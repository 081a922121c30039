use crate::core::dag::{Defect, Edge, find_defects};
use crate::core::ids::{EdgeId, StepId, TaskId};
use proptest::prelude::*;
use std::collections::HashSet;

fn edges(pairs: &[(i64, i64)]) -> Vec<Edge> {
    let edge = |(at, (from, to)): (usize, &(i64, i64))| Edge {
        id: EdgeId(at as i64),
        from: StepId(*from),
        to: StepId(*to),
        from_task: TaskId(1),
        to_task: TaskId(1),
    };
    pairs.iter().enumerate().map(edge).collect()
}

fn defects(pairs: &[(i64, i64)]) -> Vec<Defect> {
    find_defects(&edges(pairs)).into_iter().map(|finding| finding.defect).collect()
}

#[test]
fn a_diamond_is_sound() {
    assert_eq!(defects(&[(1, 2), (1, 3), (2, 4), (3, 4)]), []);
}

#[test]
fn every_defect_is_named() {
    assert_eq!(defects(&[(1, 1)]), [Defect::SelfEdge(StepId(1))]);
    assert_eq!(defects(&[(1, 2), (1, 2)]), [Defect::DuplicateEdge(StepId(1), StepId(2))]);
    assert_eq!(
        defects(&[(5, 9), (9, 1), (1, 5), (9, 20)]),
        [Defect::Cycle(vec![StepId(1), StepId(5), StepId(9)])]
    );
    let mut crossing = edges(&[(1, 2)]);
    crossing[0].from_task = TaskId(2);
    assert_eq!(find_defects(&crossing)[0].defect, Defect::CrossTaskEdge(StepId(1), StepId(2)));
}

#[test]
fn a_long_chain_does_not_exhaust_the_stack() {
    let chain: Vec<(i64, i64)> = (0..100_000).map(|step| (step, step + 1)).collect();
    assert_eq!(defects(&chain), []);
    let ring = [chain, vec![(100_000, 0)]].concat();
    assert!(matches!(&defects(&ring)[..], [Defect::Cycle(steps)] if steps.len() == 100_001));
}

proptest! {
    #[test]
    fn a_reported_cycle_is_one(pairs in proptest::collection::vec((0..10i64, 0..10i64), 0..30)) {
        let present: HashSet<(i64, i64)> = pairs.iter().copied().collect();
        for defect in defects(&pairs) {
            if let Defect::Cycle(steps) = defect {
                let next = steps.iter().cycle().skip(1);
                prop_assert!(steps.iter().zip(next).all(|(from, to)| present.contains(&(from.0, to.0))));
                prop_assert_eq!(steps.iter().collect::<HashSet<_>>().len(), steps.len());
            }
        }
    }

    #[test]
    fn edges_that_only_lead_upwards_have_no_cycle(pairs in proptest::collection::vec((0..10i64, 1..10i64), 0..30)) {
        let upwards: Vec<(i64, i64)> = pairs.iter().map(|(from, up)| (*from, from + up)).collect();
        prop_assert!(!defects(&upwards).iter().any(|defect| matches!(defect, Defect::Cycle(_))));
    }
}
