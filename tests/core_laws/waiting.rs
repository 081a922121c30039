//! Laws of waiting for work.

use crate::core::time::Duration;
use crate::core::waiting::Pace;
use proptest::prelude::*;

fn milliseconds(number: i64) -> Duration {
    Duration::milliseconds(number)
}

/// The pace after looks in vain, each with whether the call was woken for it.
fn after(looks: &[bool]) -> Pace {
    let mut pace = Pace::default();
    looks.iter().for_each(|was_woken| pace.found_nothing(*was_woken));
    pace
}

proptest! {
    #[test]
    fn no_sleep_is_longer_than_what_is_left_or_a_second(
        looks in prop::collection::vec(any::<bool>(), 0..20),
        left in 0..100_000_i64,
        due in prop::option::of(-100_000..100_000_i64),
    ) {
        let sleep = after(&looks).sleep(milliseconds(left), due.map(milliseconds));
        prop_assert!(sleep.at_least <= sleep.at_most);
        prop_assert!(sleep.at_most <= milliseconds(left));
        prop_assert!(sleep.at_most <= milliseconds(1000));
        prop_assert!(sleep.at_least <= milliseconds(16));
    }

    #[test]
    fn it_looks_when_something_becomes_due(due in 20..1000_i64, left in 1000..100_000_i64) {
        let sleep = after(&[]).sleep(milliseconds(left), Some(milliseconds(due)));
        prop_assert_eq!(sleep.at_most, milliseconds(due));
    }
}

#[test]
fn what_became_due_since_the_look_is_looked_at_soon() {
    assert_eq!(after(&[]).sleep(milliseconds(1000), Some(milliseconds(-5))).at_most, milliseconds(1));
}

#[test]
fn looks_in_vain_become_rare_until_nothing_wakes_it() {
    let rest = |looks: &[bool]| after(looks).sleep(milliseconds(1000), None).at_least;
    let rests: Vec<_> = (0..8).map(|vain| rest(&vec![true; vain])).collect();
    assert_eq!(rests, [0, 1, 2, 4, 8, 16, 16, 16].map(milliseconds));
    assert_eq!(rest(&[true, true, true, false]), milliseconds(0));
}
