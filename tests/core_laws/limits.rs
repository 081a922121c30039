use crate::core::limits::{Admission, Bucket, Limit, Part, Places, Rate, Slot, ask, free_place, room, take};
use crate::core::time::{Duration, Timestamp};
use proptest::prelude::*;

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_postgres(milliseconds * 1_000)
}

fn rate(max_starts: i32, seconds: i64) -> Limit {
    let rate = Some(Rate { max_starts, per: Duration::seconds(seconds) });
    Limit { max_running: None, rate, is_paused: false }
}

fn running(max: i32) -> Limit {
    Limit { max_running: Some(max), rate: None, is_paused: false }
}

/// One more starts, whatever the limit says, without other claims.
fn start(limit: &Limit, bucket: &mut Bucket, now: Timestamp) {
    let place = free_place(limit, bucket, |_| true).expect("a place");
    take(limit, bucket, place, now);
}

/// The execution in that place has ended.
fn without(taken: &Places, place: Slot) -> Places {
    taken.as_slice().iter().copied().filter(|other| *other != place).collect()
}

#[test]
fn so_many_run_and_no_more() {
    let (limit, mut bucket) = (running(2), Bucket::default());
    start(&limit, &mut bucket, at(0));
    assert_eq!((ask(&limit, &bucket, at(0)), room(&limit, &bucket, at(0))), (Admission::Granted, 1));
    start(&limit, &mut bucket, at(0));
    assert_eq!((ask(&limit, &bucket, at(0)), room(&limit, &bucket, at(0))), (Admission::NotYet, 0));
    bucket.taken = without(&bucket.taken, Slot(0));
    assert_eq!((ask(&limit, &bucket, at(0)), room(&limit, &bucket, at(0))), (Admission::Granted, 1));
    assert_eq!(free_place(&limit, &bucket, |_| true), Some(Slot(0)));
}

#[test]
fn zero_and_a_pause_let_nothing_through() {
    let (none, never_used) = (running(0), Bucket::default());
    assert_eq!((ask(&none, &never_used, at(0)), room(&none, &never_used, at(0))), (Admission::NotYet, 0));
    let paused = Limit { is_paused: true, ..rate(5, 1) };
    assert_eq!((ask(&paused, &never_used, at(0)), room(&paused, &never_used, at(0))), (Admission::NotYet, 0));
}

#[test]
fn a_spent_bucket_says_when_the_next_token_comes() {
    let (limit, mut spent) = (rate(2, 10), Bucket::default());
    start(&limit, &mut spent, at(0));
    start(&limit, &mut spent, at(0));
    assert_eq!(ask(&limit, &spent, at(0)), Admission::NotBefore(at(5_000)));
    assert_eq!(ask(&limit, &spent, at(4_999)), Admission::NotBefore(at(5_000)));
    assert_eq!(ask(&limit, &spent, at(5_000)), Admission::Granted);
    assert_eq!(limit.interval(), Some(Duration::seconds(5)));
}

#[test]
fn parts_are_as_many_as_claims_can_use() {
    assert_eq!([0, 1, 5, 16, 1_000].map(|max| running(max).parts()), [1, 1, 5, 16, 16]);
    assert_eq!([1, 62, 63, 1_000].map(|steps| running(1_000).parts_for(steps)), [1, 1, 2, 16]);
    assert_eq!([1, 2, 9].map(|steps| running(5).parts_for(steps)), [1, 2, 5]);
    assert_eq!((rate(5, 1).parts(), rate(5, 1).parts_for(9)), (16, 1));
}

/// A claim that has not ended yet: no other session sees what it takes.
struct Claim {
    /// What it has seen of the limit.
    max: i32,
    parts: Vec<Part>,
    places: Vec<Slot>,
}

/// What happens in a bucket.
#[derive(Clone, Debug)]
enum Event {
    /// A session begins a claim for so many, looking for parts from that one on.
    Claim { steps: usize, from: i32 },
    /// One of the claims commits, or rolls back.
    End { which: usize, commits: bool },
    /// One of the executions ends.
    Finish { which: usize },
    /// The limit changes.
    Change { max: i32 },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1usize..6, 0i32..16).prop_map(|(steps, from)| Event::Claim { steps, from }),
        4 => (any::<usize>(), proptest::bool::weighted(0.8)).prop_map(|(which, commits)| Event::End { which, commits }),
        4 => any::<usize>().prop_map(|which| Event::Finish { which }),
        1 => (0i32..40).prop_map(|max| Event::Change { max }),
    ]
}

proptest! {
    #[test]
    fn claims_that_do_not_see_each_other_never_exceed_the_limit(events in proptest::collection::vec(event(), 1..200)) {
        let (mut limit, mut committed) = (running(4), Bucket::default());
        let mut claims: Vec<Claim> = Vec::new();
        for event in events {
            match event {
                Event::Claim { steps, from } => {
                    let busy: Vec<Part> = claims.iter().flat_map(|claim| claim.parts.clone()).collect();
                    let order = (0..limit.parts()).map(|at| Part((from + at) % limit.parts()));
                    let parts: Vec<Part> = order.filter(|part| !busy.contains(part)).collect();
                    let (mut seen, mut places) = (committed.clone(), Vec::new());
                    while places.len() < steps && ask(&limit, &seen, at(0)) == Admission::Granted {
                        let Some(place) = free_place(&limit, &seen, |part| parts.contains(&part)) else { break };
                        take(&limit, &mut seen, place, at(0));
                        places.push(place);
                    }
                    // Alone, it gets all that there is room for.
                    if claims.is_empty() {
                        let expected = room(&limit, &committed, at(0)).min(steps as i32);
                        prop_assert_eq!(places.len() as i32, expected);
                    }
                    let running = committed.taken.as_slice().len() + claims.iter().map(|claim| claim.places.len()).sum::<usize>();
                    // Claims that are under way may have seen the limit of before.
                    let max = limit.max_running.into_iter().chain(claims.iter().map(|claim| claim.max)).max();
                    prop_assert!(places.is_empty() || (running + places.len()) as i32 <= max.unwrap_or(0));
                    claims.push(Claim { max: limit.max_running.unwrap_or(0), parts, places });
                }
                Event::End { which, commits } => {
                    if !claims.is_empty() {
                        let claim = claims.swap_remove(which % claims.len());
                        for place in claim.places.into_iter().filter(|_| commits) {
                            prop_assert!(committed.taken.insert(place), "a place was given twice");
                        }
                    }
                }
                Event::Finish { which } => {
                    let running = committed.taken.as_slice();
                    if let Some(place) = running.get(which % running.len().max(1)).copied() {
                        committed.taken = without(&committed.taken, place);
                    }
                }
                Event::Change { max } => limit = running(max),
            }
        }
    }

    #[test]
    fn no_window_sees_more_than_a_full_bucket_and_its_refill(
        max_starts in 1i32..20,
        seconds in 1i64..60,
        steps in proptest::collection::vec(0i64..3_000, 1..200),
    ) {
        let limit = rate(max_starts, seconds);
        let (mut bucket, mut now, mut starts) = (Bucket::default(), 0, Vec::new());
        for step in steps {
            now += step;
            if ask(&limit, &bucket, at(now)) == Admission::Granted {
                start(&limit, &mut bucket, at(now));
                starts.push(now);
            }
        }
        for (from, first) in starts.iter().enumerate() {
            for (to, last) in starts.iter().enumerate().skip(from) {
                let allowed = f64::from(max_starts) * (1.0 + (last - first) as f64 / (seconds as f64 * 1e3));
                prop_assert!((to - from + 1) as f64 <= allowed + 1e-6);
            }
        }
    }

    #[test]
    fn what_it_promises_it_keeps(max_starts in 1i32..1_000, seconds in 1i64..100_000, used in 1usize..50) {
        let limit = rate(max_starts, seconds);
        let mut bucket = Bucket::default();
        for _ in 0..used {
            match ask(&limit, &bucket, at(0)) {
                Admission::Granted => start(&limit, &mut bucket, at(0)),
                Admission::NotBefore(time) => {
                    prop_assert_eq!(ask(&limit, &bucket, time), Admission::Granted);
                    break;
                }
                Admission::NotYet => prop_assert!(false),
            }
        }
    }

    #[test]
    fn a_clock_that_goes_back_grants_nothing(back in 0i64..1_000_000) {
        let limit = rate(1, 10);
        let mut spent = Bucket::default();
        start(&limit, &mut spent, at(2_000_000));
        prop_assert_ne!(ask(&limit, &spent, at(2_000_000 - back)), Admission::Granted);
    }
}
