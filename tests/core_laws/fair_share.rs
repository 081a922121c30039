//! In which order the shares of a fair queue take turns.

use crate::core::fair_share::{Round, Share, depth, first_turn, merged, one_of_each};
use crate::core::time::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_postgres(seconds * 1_000_000)
}

/// Reads shares as the index does.
fn read(shares: &BTreeSet<Share>) -> impl Fn(Share, usize) -> Result<Vec<Share>, ()> + '_ {
    |after, at_most| Ok(shares.iter().copied().filter(|share| *share > after).take(at_most).collect())
}

/// A claim of up to `limit` steps from lines of so many steps, after the share `last`: rounds until there are enough.
fn claim(lines: &mut BTreeMap<Share, usize>, last: &mut Share, limit: usize) -> Vec<Share> {
    let mut taken = Vec::new();
    let begin = *last;
    loop {
        let (before, mut round) = (taken.len(), Round::after(begin));
        while taken.len() < limit {
            let missing = limit - taken.len();
            let shares: BTreeSet<Share> =
                lines.iter().filter(|(_, steps)| **steps > 0).map(|(share, _)| *share).collect();
            let turns = round.next(missing, read(&shares)).unwrap();
            if turns.is_empty() {
                break;
            }
            let of_each = depth(missing, turns.len());
            let found = turns.iter().map(|share| vec![*share; of_each.min(lines[share])]).collect();
            for share in one_of_each(found).into_iter().take(missing) {
                *lines.get_mut(&share).unwrap() -= 1;
                taken.push(share);
            }
        }
        if taken.len() == before || taken.len() >= limit {
            break;
        }
    }
    *last = taken.last().copied().unwrap_or(*last);
    taken
}

#[test]
fn ten_steps_beside_a_hundred_thousand_begin_within_two_claims_of_ten() {
    let (mut lines, mut last) = (BTreeMap::from([(Share(7), 100_000), (Share(-7), 10)]), Share::NONE);
    let claimed = [claim(&mut lines, &mut last, 10), claim(&mut lines, &mut last, 10)].concat();
    assert_eq!(claimed.iter().filter(|share| **share == Share(-7)).count(), 10);
}

#[test]
fn one_of_each_takes_turns() {
    assert_eq!(one_of_each(vec![vec![1, 2, 3], vec![], vec![4], vec![5, 6]]), [1, 4, 5, 2, 6, 3]);
    assert!(one_of_each::<i32>(vec![]).is_empty());
}

#[test]
fn queues_are_merged_by_the_rank_of_what_is_first_in_each() {
    let fair = vec![(at(9), "b"), (at(1), "a"), (at(2), "a")];
    let plain = vec![(at(3), "x"), (at(8), "y"), (at(10), "z")];
    assert_eq!(merged(vec![plain, fair]), ["x", "y", "b", "a", "a", "z"]);
    assert!(merged::<i32>(vec![vec![], vec![]]).is_empty());
}

#[test]
fn a_higher_priority_comes_first_until_another_has_waited_long_enough() {
    // A point of priority is a minute.
    let high: Vec<_> = (0..5).map(|second| (at(second - 300), "high")).collect();
    let low = vec![(at(-301), "old"), (at(0), "new")];
    assert_eq!(merged(vec![high, low]), ["old", "high", "high", "high", "high", "high", "new"]);
}

#[test]
fn backends_begin_with_different_shares() {
    let shares = [Share(1), Share(4), Share(9)];
    let begin = |backend| first_turn(&shares, backend);
    assert_eq!([begin(3), begin(4), begin(5), begin(6)], [Share::NONE, Share(1), Share(4), Share::NONE]);
    assert_eq!(first_turn(&[], 5), Share::NONE);
    assert_eq!(begin(-1), Share::NONE);
}

proptest! {
    /// A round goes once over all shares, from the one after the last served on, in parts of any size.
    #[test]
    fn a_round_reads_each_share_once(
        shares in prop::collection::btree_set((-50_i64..50).prop_map(Share), 0..20),
        last in prop_oneof![Just(Share::NONE), (-60_i64..60).prop_map(Share)],
        parts in prop::collection::vec(1_usize..5, 30),
    ) {
        let mut round = Round::after(last);
        let mut seen = Vec::new();
        for part in parts {
            let next = round.next(part, read(&shares)).unwrap();
            prop_assert!(next.len() <= part);
            seen.extend(next);
        }
        let (before, after): (Vec<Share>, Vec<Share>) = shares.iter().partition(|share| **share <= last);
        prop_assert_eq!(seen, [after, before].concat());
    }

    /// Whatever the sizes of claims and lines, no share gets two steps more than another that still has some.
    #[test]
    fn no_share_is_ahead_of_another_that_waits(
        steps in prop::collection::vec(1_usize..40, 1..8),
        claims in prop::collection::vec(1_usize..12, 1..12),
    ) {
        let mut lines: BTreeMap<Share, usize> =
            (0_i64..).map(Share).zip(steps.iter().copied()).collect();
        let mut last = Share::NONE;
        let mut served: HashMap<Share, usize> = HashMap::new();
        for size in claims {
            let left: usize = lines.values().sum();
            let taken = claim(&mut lines, &mut last, size);
            prop_assert_eq!(taken.len(), size.min(left));
            for share in taken {
                *served.entry(share).or_default() += 1;
            }
            let of = |share: &Share| served.get(share).copied().unwrap_or(0);
            let least = lines.iter().filter(|(_, left)| **left > 0).map(|(share, _)| of(share)).min();
            let most = lines.keys().map(of).max().unwrap_or(0);
            prop_assert!(least.is_none_or(|least| most <= least + 1));
        }
    }

    /// Merging loses nothing, and keeps the order of each queue.
    #[test]
    fn merging_keeps_the_order_of_each_queue(
        ranks in prop::collection::vec(prop::collection::vec(0_i64..10, 0..8), 0..4),
    ) {
        let queues = ranks.iter().enumerate().map(|(queue, ranks)| {
            ranks.iter().enumerate().map(|(place, rank)| (at(*rank), (queue, place))).collect()
        });
        let all = merged(queues.collect());
        prop_assert_eq!(all.len(), ranks.iter().map(Vec::len).sum::<usize>());
        for (queue, ranks) in ranks.iter().enumerate() {
            let places: Vec<usize> = all.iter().filter(|(of, _)| *of == queue).map(|(_, place)| *place).collect();
            prop_assert_eq!(places, (0..ranks.len()).collect::<Vec<_>>());
        }
    }
}
