//! When schedules are due: patterns of cron, shifts of the clock, missed runs.

use crate::core::cron::CronPattern;
use crate::core::error::TaskerError;
use crate::core::local_time::{Shift, Zone, next};
use crate::core::schedule::{CatchUp, ON_TIME, Overlap, Plan, Rhythm, interval_of, look_again, name_of};
use crate::core::template::{IdentityRule, ScheduleOptions, ScheduledRun};
use crate::core::time::{Duration, Timestamp};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

/// A time zone by its shifts: from when on each holds.
struct Shifts(&'static [(&'static str, i64)]);

impl Zone for Shifts {
    fn shift_at(&self, seconds: i64) -> Shift {
        let begins = |at: usize| unix(self.0[at].0);
        let at = (0..self.0.len()).rev().find(|at| begins(*at) <= seconds).unwrap_or(0);
        Shift { seconds: self.0[at].1, until: (at + 1 < self.0.len()).then(|| begins(at + 1)) }
    }
}

const UTC: Shifts = Shifts(&[("1900-01-01T00:00:00Z", 0)]);
const BERLIN: Shifts = Shifts(&[
    ("1900-01-01T00:00:00Z", 3600),
    ("2026-03-29T01:00:00Z", 7200),
    ("2026-10-25T01:00:00Z", 3600),
    ("2027-03-28T01:00:00Z", 7200),
]);
const NEW_YORK: Shifts = Shifts(&[
    ("1900-01-01T00:00:00Z", -18_000),
    ("2026-03-08T07:00:00Z", -14_400),
    ("2026-11-01T06:00:00Z", -18_000),
]);
/// Half an hour.
const LORD_HOWE: Shifts = Shifts(&[
    ("1900-01-01T00:00:00Z", 39_600),
    ("2026-04-04T15:00:00Z", 37_800),
    ("2026-10-03T15:30:00Z", 39_600),
]);
/// It had no 30 December 2011.
const APIA: Shifts = Shifts(&[("1900-01-01T00:00:00Z", -36_000), ("2011-12-30T10:00:00Z", 50_400)]);
/// It has had a day twice.
const BACK_A_DAY: Shifts = Shifts(&[("1900-01-01T00:00:00Z", 43_200), ("2011-12-30T12:00:00Z", -43_200)]);

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn unix(text: &str) -> i64 {
    Timestamp::from_unix_microseconds(0).until(at(text)).to_microseconds() / 1_000_000
}

fn pattern(text: &str) -> CronPattern {
    CronPattern::parse(text).unwrap()
}

fn runs(text: &str, zone: &Shifts, after: &str, number: usize) -> Vec<String> {
    let pattern = pattern(text);
    let following = std::iter::successors(Some(at(after)), |after| next(&pattern, zone, *after));
    following.skip(1).take(number).map(|run| run.to_rfc3339().replace(":00.000000Z", "")).collect()
}

#[test]
fn patterns_that_are_none_are_refused() {
    let long = "1,".repeat(200) + "1 * * * *";
    for text in [
        "",
        " ",
        "*",
        "* * * *",
        "* * * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "1-0-2 * * * *",
        "a * * * *",
        "* * * FOO *",
        "@often",
        "@every 5m",
        "-1 * * * *",
        "1.5 * * * *",
        "* * * * MON-",
        "5/ * * * *",
        "\u{0}",
        "٣ * * * *",
        "* * * * * *\n*",
        &long,
    ] {
        assert!(
            matches!(CronPattern::parse(text), Err(TaskerError::InvalidArgument { argument: "cron", .. })),
            "{text:?}"
        );
    }
}

#[test]
fn patterns_with_five_and_six_fields_names_ranges_steps_and_nicknames() {
    let from = "2026-01-01T00:00:00Z";
    assert_eq!(runs("0 12 * * *", &UTC, from, 2), ["2026-01-01T12:00", "2026-01-02T12:00"]);
    assert_eq!(runs("0 0 12 * * *", &UTC, from, 1), ["2026-01-01T12:00"]);
    assert_eq!(runs("30 0 12 * * *", &UTC, from, 1), ["2026-01-01T12:00:30.000000Z"]);
    assert_eq!(
        runs("0 9 * * mon-fri", &UTC, from, 3),
        ["2026-01-01T09:00", "2026-01-02T09:00", "2026-01-05T09:00"]
    );
    assert_eq!(runs("0 9 1 feb,JUL *", &UTC, from, 2), ["2026-02-01T09:00", "2026-07-01T09:00"]);
    assert_eq!(runs("5-20/5 0 * * *", &UTC, from, 5)[3..], ["2026-01-01T00:20", "2026-01-02T00:05"]);
    assert_eq!(runs("@daily", &UTC, from, 1), ["2026-01-02T00:00"]);
    assert_eq!(runs("@hourly", &UTC, from, 1), ["2026-01-01T01:00"]);
    assert_eq!(runs("@weekly", &UTC, from, 1), ["2026-01-04T00:00"]);
    assert_eq!(runs("@monthly", &UTC, from, 1), ["2026-02-01T00:00"]);
    assert_eq!(runs("@yearly", &UTC, from, 1), ["2027-01-01T00:00"]);
    // Either of the two, as in cron.
    assert_eq!(
        runs("0 0 13 * fri", &UTC, from, 3),
        ["2026-01-02T00:00", "2026-01-09T00:00", "2026-01-13T00:00"]
    );
    assert_eq!(runs("0 0 L * *", &UTC, from, 2), ["2026-01-31T00:00", "2026-02-28T00:00"]);
    assert_eq!(runs("0 0 * * 5#2", &UTC, from, 1), ["2026-01-09T00:00"]);
    assert_eq!(runs("0 0 29 2 *", &UTC, from, 2), ["2028-02-29T00:00", "2032-02-29T00:00"]);
    // Of two equal times, the later one is not the same.
    assert_eq!(runs("* * * * * *", &UTC, "2026-01-01T00:00:00.999999Z", 1), ["2026-01-01T00:00:01.000000Z"]);
}

#[test]
fn a_day_that_never_comes() {
    for text in ["0 0 30 2 *", "*/5 * 30 2 *", "0 0 31 4,6,9,11 *"] {
        assert_eq!(next(&pattern(text), &BERLIN, at("2026-01-01T00:00:00Z")), None, "{text}");
    }
    assert_eq!(next(&pattern("* * * * *"), &UTC, Timestamp::INFINITY), None);
    assert_eq!(next(&pattern("* * * * *"), &UTC, Timestamp::MINUS_INFINITY), None);
    assert_eq!(next(&pattern("* * * * *"), &UTC, at("9999-01-01T00:00:00Z")), None);
}

#[test]
fn a_time_that_does_not_exist_is_due_when_the_clock_is_set_forward() {
    assert_eq!(
        runs("30 2 * * *", &BERLIN, "2026-03-27T12:00:00Z", 3),
        ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]
    );
    assert_eq!(
        runs("30 2 * * *", &NEW_YORK, "2026-03-07T12:00:00Z", 2),
        ["2026-03-08T07:00", "2026-03-09T06:30"]
    );
    assert_eq!(
        runs("15 2 * * *", &LORD_HOWE, "2026-10-03T00:00:00Z", 2),
        ["2026-10-03T15:30", "2026-10-04T15:15"]
    );
    // Several of them are due once, together with the first time that exists.
    assert_eq!(
        runs("0,20,40 2,3 * * *", &BERLIN, "2026-03-29T00:00:00Z", 3),
        ["2026-03-29T01:00", "2026-03-29T01:20", "2026-03-29T01:40"]
    );
    assert_eq!(
        runs("0 12 * * *", &APIA, "2011-12-29T00:00:00Z", 3),
        ["2011-12-29T22:00", "2011-12-30T10:00", "2011-12-30T22:00"]
    );
}

#[test]
fn a_time_that_comes_twice_is_due_the_first_time() {
    assert_eq!(
        runs("30 2 * * *", &BERLIN, "2026-10-24T12:00:00Z", 2),
        ["2026-10-25T00:30", "2026-10-26T01:30"]
    );
    assert_eq!(
        runs("30 1 * * *", &NEW_YORK, "2026-11-01T00:00:00Z", 2),
        ["2026-11-01T05:30", "2026-11-02T06:30"]
    );
    assert_eq!(
        runs("45 1 * * *", &LORD_HOWE, "2026-04-04T00:00:00Z", 2),
        ["2026-04-04T14:45", "2026-04-05T15:15"]
    );
    // Also for one who asks between the two.
    assert_eq!(runs("30 2 * * *", &BERLIN, "2026-10-25T01:10:00Z", 1), ["2026-10-26T01:30"]);
    assert_eq!(
        runs("0 12 * * *", &BACK_A_DAY, "2011-12-29T00:00:00Z", 3),
        [
            "2011-12-30T00:00",
            "2011-12-31T00:00".replace("2011-12-31T00:00", "2012-01-01T00:00").as_str(),
            "2012-01-02T00:00"
        ]
    );
}

#[test]
fn a_rhythm_goes_on_through_both_hours() {
    assert_eq!(
        runs("*/30 * * * *", &BERLIN, "2026-10-24T23:59:00Z", 6),
        [
            "2026-10-25T00:00",
            "2026-10-25T00:30",
            "2026-10-25T01:00",
            "2026-10-25T01:30",
            "2026-10-25T02:00",
            "2026-10-25T02:30"
        ]
    );
    assert_eq!(
        runs("*/20 1 * * *", &LORD_HOWE, "2026-04-04T13:59:00Z", 5),
        ["2026-04-04T14:00", "2026-04-04T14:20", "2026-04-04T14:40", "2026-04-04T15:10", "2026-04-05T14:30"]
    );
    // An hour that does not exist has none.
    assert_eq!(runs("*/20 2 * * *", &NEW_YORK, "2026-03-08T00:00:00Z", 1), ["2026-03-09T06:00"]);
    // The change comes one second after.
    assert_eq!(runs("* * * * *", &BERLIN, "2026-10-25T00:59:59Z", 1), ["2026-10-25T01:00"]);
}

/// The minutes of a time of a clock, by a pattern of hours and minutes.
fn is_named(hours: &[i64], minutes: &[i64], local: i64) -> bool {
    let minute = local.div_euclid(60);
    hours.contains(&minute.div_euclid(60).rem_euclid(24)) && minutes.contains(&minute.rem_euclid(60))
}

/// Looks at every minute.
fn by_brute_force(
    zone: &Shifts,
    is_rhythm: bool,
    hours: &[i64],
    minutes: &[i64],
    from: i64,
    to: i64,
) -> Vec<i64> {
    let local = |at: i64| at + zone.shift_at(at).seconds;
    let mut latest = (from - 3 * 86_400..=from).step_by(60).map(local).max().unwrap();
    let mut due = Vec::new();
    for at in (from + 60..to).step_by(60) {
        let reached = (latest + 60..=local(at)).step_by(60).any(|local| is_named(hours, minutes, local));
        if if is_rhythm { is_named(hours, minutes, local(at)) } else { reached } {
            due.push(at);
        }
        latest = latest.max(local(at));
    }
    due
}

fn list(numbers: &BTreeSet<i64>) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

proptest! {
    #[test]
    fn times_are_those_of_a_clock_that_is_watched(
        zone in 0..3_usize,
        change in 0..2_usize,
        shift in 0..4_i64,
        hours in proptest::collection::btree_set(0..24_i64, 1..4),
        near in proptest::collection::btree_set(0..5_i64, 0..4),
        minutes in proptest::collection::btree_set(0..60_i64, 1..4),
        rhythm in 0..3,
    ) {
        let zone = [&BERLIN, &NEW_YORK, &LORD_HOWE][zone];
        let hours: BTreeSet<i64> = hours.union(&near).copied().collect();
        let from = unix(zone.0[change + 1].0) - 86_400 + shift * 1_800;
        let to = from + 3 * 86_400;
        let every_hour: BTreeSet<i64> = (0..24).collect();
        let every_fifth: BTreeSet<i64> = (0..60).step_by(5).collect();
        let (text, hours, minutes) = match rhythm {
            0 => (format!("{} {} * * *", list(&minutes), list(&hours)), &hours, &minutes),
            1 => (format!("{} * * * *", list(&minutes)), &every_hour, &minutes),
            _ => (format!("*/5 {} * * *", list(&hours)), &hours, &every_fifth),
        };
        let [hours, minutes] = [hours, minutes].map(|set| set.iter().copied().collect::<Vec<_>>());
        let wanted = by_brute_force(zone, rhythm != 0, &hours, &minutes, from, to);
        let pattern = pattern(&text);
        prop_assert_eq!(pattern.names_times_of_day(), rhythm == 0);
        let start = Timestamp::from_unix_microseconds(from * 1_000_000);
        let found = std::iter::successors(Some(start), |after| next(&pattern, zone, *after)).skip(1);
        let found = found.map(|run| Timestamp::from_unix_microseconds(0).until(run).to_microseconds() / 1_000_000);
        prop_assert_eq!(found.take_while(|run| *run < to).collect::<Vec<_>>(), wanted, "{}", text);
    }

    #[test]
    fn no_text_makes_the_parser_fail(text in "[ */,0-9A-Za-z@#?LW+-]{0,24}", zone in 0..3_usize) {
        if let Ok(pattern) = CronPattern::parse(&text) {
            let after = at("2026-03-28T23:00:00Z");
            if let Some(found) = next(&pattern, [&BERLIN, &NEW_YORK, &LORD_HOWE][zone], after) {
                prop_assert!(found > after);
            }
        }
    }
}

fn every(seconds: i64, catch_up: CatchUp) -> Plan {
    let rhythm = Rhythm::Every { first: at("2026-01-01T00:00:00Z"), length: Duration::seconds(seconds) };
    Plan { id: 7, rhythm, catch_up, starts_at: None, ends_at: None, jitter_seconds: 0 }
}

#[test]
fn an_interval_begins_with_its_first_time() {
    let plan = every(90, CatchUp::All);
    assert_eq!(plan.next(&UTC, at("2025-01-01T00:00:00Z")), Some(at("2026-01-01T00:00:00Z")));
    assert_eq!(plan.next(&UTC, at("2026-01-01T00:00:00Z")), Some(at("2026-01-01T00:01:30Z")));
    assert_eq!(plan.next(&UTC, at("2026-01-01T00:01:29Z")), Some(at("2026-01-01T00:01:30Z")));
    assert_eq!(plan.next(&UTC, Timestamp::INFINITY), None);
    let short = Plan { ends_at: Some(at("2026-01-01T00:01:30Z")), ..plan };
    assert_eq!(short.next(&UTC, at("2026-01-01T00:00:00Z")), Some(at("2026-01-01T00:01:30Z")));
    assert_eq!(short.next(&UTC, at("2026-01-01T00:01:30Z")), None);
    let late = Plan {
        starts_at: Some(at("2026-02-01T00:00:00Z")),
        rhythm: Rhythm::Cron(pattern("@hourly")),
        ..every(1, CatchUp::All)
    };
    assert_eq!(late.next(&UTC, at("2026-01-01T00:00:00Z")), Some(at("2026-02-01T00:00:00Z")));
}

#[test]
fn intervals_names_and_words_that_are_refused() {
    let day = Duration::seconds(86_400);
    assert!(interval_of(day, 1).is_err() && interval_of(day, -1).is_err());
    for seconds in [0, -1, 36_501 * 86_400, i64::MAX] {
        assert!(interval_of(Duration::seconds(seconds), 0).is_err(), "{seconds}");
    }
    assert!(interval_of(Duration::microseconds(999_999), 0).is_err());
    assert_eq!(interval_of(day, 0), Ok(day));
    assert!(name_of(None).is_err() && name_of(Some(String::new())).is_err());
    assert!(name_of(Some("ä".repeat(129))).is_err() && name_of(Some("ä".repeat(128))).is_ok());
    assert!(Overlap::parse("Skip").is_err() && CatchUp::parse("").is_err());
}

#[test]
fn after_an_outage() {
    let (first, now) = (at("2026-01-01T00:00:00Z"), at("2026-01-03T12:34:00Z"));
    let choose = |seconds, catch_up| every(seconds, catch_up).choose(&UTC, first, None, now);
    let all = choose(3600, CatchUp::All);
    assert_eq!((all.planned_at, all.is_due, all.missed), (Some(first), true, 0));
    let latest = choose(3600, CatchUp::Latest);
    assert_eq!(
        (latest.planned_at, latest.is_due, latest.missed),
        (Some(at("2026-01-03T12:00:00Z")), true, 60)
    );
    let none = choose(3600, CatchUp::None);
    assert_eq!((none.planned_at, none.is_due, none.missed), (Some(at("2026-01-03T13:00:00Z")), false, 61));
    // Those of the last two minutes were not missed.
    let recent = choose(60, CatchUp::None);
    assert_eq!(
        (recent.planned_at, recent.is_due, recent.missed),
        (Some(at("2026-01-03T12:33:00Z")), true, 1000)
    );
    // A run that was seen in time and has waited since then takes place.
    let waited = every(3600, CatchUp::None).choose(&UTC, first, Some(first.plus(ON_TIME)), now);
    assert_eq!((waited.planned_at, waited.is_due, waited.missed), (Some(first), true, 0));
    // The last run is the latest one, although nothing follows.
    let over = Plan { ends_at: Some(at("2026-01-02T00:30:00Z")), ..every(3600, CatchUp::Latest) };
    assert_eq!(over.choose(&UTC, first, None, now).planned_at, Some(at("2026-01-02T00:00:00Z")));
    let over = Plan { catch_up: CatchUp::None, ..over };
    assert_eq!(over.choose(&UTC, first, None, now).planned_at, None);
}

proptest! {
    /// Whatever the times of the looks are, no run takes place twice, early or out of order, and each one either takes place or
    /// is counted as missed.
    #[test]
    fn every_run_once(
        length in 1..400_i64,
        waits in proptest::collection::vec(prop_oneof![4 => 0..90_000_i64, 1 => 0..900_000_i64], 1..40),
        policy in 0..3_usize,
        jitter_seconds in prop_oneof![Just(0), 0..100_i32],
        cron in any::<bool>(),
    ) {
        let catch_up = [CatchUp::None, CatchUp::Latest, CatchUp::All][policy];
        let mut plan = Plan { jitter_seconds, ..every(length, catch_up) };
        if cron {
            plan.rhythm = Rhythm::Cron(pattern("*/7 * * * *"));
        }
        let begin = at("2026-03-28T22:00:00Z");
        let (mut now, mut taken, mut missed) = (begin, Vec::new(), 0);
        let mut planned_at = plan.next(&BERLIN, begin);
        let first = planned_at.unwrap();
        for wait in waits {
            now = now.plus(Duration::milliseconds(wait));
            let mut looks = 0;
            while let Some(at) = planned_at {
                let choice = plan.choose(&BERLIN, at, None, now);
                prop_assert!(choice.missed < 1000);
                missed += choice.missed;
                planned_at = choice.planned_at;
                let Some(run) = choice.planned_at.filter(|_| choice.is_due) else { break };
                prop_assert!(plan.due_at(run) <= now && plan.due_at(run) >= run);
                taken.push(run);
                planned_at = plan.next(&BERLIN, run);
                looks += 1;
                prop_assert!(looks < 10_000);
            }
        }
        prop_assert!(taken.windows(2).all(|pair| pair[0] < pair[1]));
        let all: Vec<Timestamp> = std::iter::successors(Some(first), |at| plan.next(&BERLIN, *at))
            .take_while(|at| Some(*at) != planned_at).collect();
        prop_assert!(taken.iter().all(|run| all.contains(run)));
        prop_assert_eq!(taken.len() as i64 + missed, all.len() as i64);
        if catch_up == CatchUp::All {
            prop_assert_eq!(missed, 0);
        }
        // Nothing is left that is due.
        prop_assert!(planned_at.is_none_or(|at| plan.due_at(at) > now));
        if catch_up == CatchUp::Latest && jitter_seconds == 0 {
            // The last one of all takes place.
            prop_assert_eq!(taken.last(), all.last());
        }
    }
}

#[test]
fn a_run_that_waits_looks_again_less_and_less_often() {
    let seen = at("2026-01-01T00:00:00Z");
    let after = |seconds| {
        let now = seen.plus(Duration::seconds(seconds));
        now.until(look_again(seen, now)).to_microseconds() / 1_000_000
    };
    assert_eq!([0, 8, 80, 240, 100_000].map(after), [1, 1, 10, 30, 30]);
}

#[test]
fn options_of_a_schedule_and_of_its_tasks() {
    let run = ScheduledRun {
        schedule: "nightly",
        id: 5,
        planned_at: at("2026-01-01T03:00:00Z"),
        is_triggered: false,
    };
    let parse = |options| ScheduleOptions::parse("options", &options);
    let options =
        parse(json!({ "priority": 7, "context_key": "run", "start_at": "2026-01-01T00:00:00Z" })).unwrap();
    let task = options.of_run(&run).unwrap();
    assert_eq!((task.priority, task.start_at, task.requested_at), (7, None, Some(run.planned_at)));
    assert_eq!((task.reason.as_str(), task.initiator.as_str()), ("nightly", "schedule"));
    assert_eq!(task.identity, IdentityRule::Key("tasker_schedule 5 2026-01-01T03:00:00.000000Z".to_owned()));
    let triggered = options.of_run(&ScheduledRun { is_triggered: true, ..run }).unwrap();
    assert_eq!((triggered.identity, triggered.initiator.as_str()), (IdentityRule::None, "trigger"));
    assert_eq!(
        options.context_of(&run, &json!({ "a": 1 })),
        Some(
            json!({ "a": 1, "run": { "schedule": "nightly", "planned_at": "2026-01-01T03:00:00.000000Z", "triggered": false } })
        )
    );
    assert_eq!(parse(json!({})).unwrap().context_of(&run, &json!({})), None);
    for bad in [
        json!([]),
        json!(null),
        json!({ "identity": "none" }),
        json!({ "identity_key": "a" }),
        json!({ "requested_at": "2026-01-01T00:00:00Z" }),
        json!({ "start_at": "soon" }),
        json!({ "start_at": "infinity" }),
        json!({ "jitter_seconds": -1 }),
        json!({ "jitter_seconds": 1.5 }),
        json!({ "end_at": "2026-01-01T00:00:00Z", "start_at": "2026-01-01T00:00:01Z" }),
        json!({ "priority": 101 }),
        json!({ "context_key": "" }),
    ] {
        assert!(parse(bad.clone()).is_err(), "{bad}");
    }
}
