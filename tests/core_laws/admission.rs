use crate::core::admission::{Buckets, Limits, Reservation, admit};
use crate::core::ids::StepId;
use crate::core::limits::{Admission, Bucket, Limit, Part, Slot};
use crate::core::time::Timestamp;
use std::collections::BTreeMap;

const NOW: Timestamp = Timestamp::MINUS_INFINITY;

fn running(max: i32) -> Limit {
    Limit { max_running: Some(max), rate: None, is_paused: false }
}

/// Steps from 1 on, each under these limits.
fn limited(steps: i64, limits: &[(&str, Limit)]) -> (Vec<StepId>, Limits) {
    let steps: Vec<StepId> = (1..=steps).map(StepId).collect();
    let limits: Vec<_> = limits.iter().map(|(bucket, limit)| ((*bucket).to_owned(), *limit)).collect();
    (steps.clone(), steps.into_iter().map(|step| (step, limits.clone())).collect())
}

fn buckets(used: &[(&str, i32)]) -> Buckets {
    let bucket = |taken| Bucket { taken: (0..taken).map(Slot).collect(), ..Bucket::default() };
    used.iter().map(|(name, taken)| ((*name).to_owned(), bucket(*taken))).collect()
}

fn ours(names: &[&str]) -> BTreeMap<String, Reservation> {
    let all = Reservation { parts: (0..16).map(Part).collect(), starts: true };
    names.iter().map(|name| ((*name).to_owned(), all.clone())).collect()
}

fn ids(steps: &[i64]) -> Vec<StepId> {
    steps.iter().copied().map(StepId).collect()
}

#[test]
fn as_many_start_as_there_are_places_and_the_others_stand_aside() {
    let (steps, limits) = limited(4, &[("a", running(3))]);
    let admitted = admit(&steps, 9, &limits, buckets(&[("a", 1)]), &ours(&["a"]), NOW);
    let starting: Vec<StepId> = steps.iter().copied().filter(|step| admitted.admits(*step)).collect();
    assert_eq!(starting, ids(&[1, 2]));
    assert_eq!(admitted.places[&StepId(2)], [("a".to_owned(), Slot(2))]);
    assert_eq!(admitted.held_up.iter().map(|held_up| held_up.step).collect::<Vec<_>>(), ids(&[3, 4]));
    assert_eq!(admitted.closed().into_iter().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn no_more_start_than_are_asked_for_and_what_is_left_is_not_held_up() {
    let (steps, limits) = limited(4, &[("a", running(9))]);
    let admitted = admit(&steps, 2, &limits, buckets(&[("a", 0)]), &ours(&["a"]), NOW);
    assert_eq!(admitted.places.len(), 2);
    assert!(admitted.held_up.is_empty() && admitted.busy.is_empty());
    assert!(!admitted.admits(StepId(3)));
}

#[test]
fn without_a_lock_none_starts_and_a_full_bucket_is_full_all_the_same() {
    let (steps, limits) = limited(2, &[("a", running(1))]);
    let free = admit(&steps, 9, &limits, buckets(&[("a", 0)]), &BTreeMap::new(), NOW);
    assert!(free.places.is_empty() && free.held_up.is_empty());
    assert!(free.busy.contains("a"));
    let full = admit(&steps, 9, &limits, buckets(&[("a", 1)]), &BTreeMap::new(), NOW);
    assert_eq!(full.held_up.len(), 2);
    assert!(full.held_up.iter().all(|held_up| held_up.admission == Admission::NotYet));
    assert!(full.busy.is_empty());
}

#[test]
fn what_one_limit_holds_up_takes_no_place_of_another() {
    let (mut steps, mut limits) = limited(2, &[("a", running(1)), ("b", running(0))]);
    limits.insert(StepId(3), vec![("a".to_owned(), running(1))]);
    steps.push(StepId(3));
    let admitted = admit(&steps, 9, &limits, buckets(&[("a", 0), ("b", 0)]), &ours(&["a", "b"]), NOW);
    assert_eq!(admitted.places.keys().copied().collect::<Vec<_>>(), ids(&[3]));
    assert_eq!(admitted.closed().into_iter().collect::<Vec<_>>(), ["b"]);
}

#[test]
fn without_a_limit_all_start() {
    let steps = ids(&[1, 2]);
    let admitted = admit(&steps, 9, &Limits::new(), Buckets::new(), &BTreeMap::new(), NOW);
    assert!(steps.iter().all(|step| admitted.admits(*step)));
}
