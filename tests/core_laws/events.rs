//! Laws of the event stream: positions, patterns, payloads and the catalogue.

use crate::core::config::{EffectiveOptions, EventSettings, Section};
use crate::core::declared_events::declared;
use crate::core::event_hygiene::Hygiene;
use crate::core::event_pattern::EventPattern;
use crate::core::event_position::{
    Earlier, EventKey, Origin, Place, Position, Progress, Running, SeenTransactions,
};
use crate::core::event_record::{EventRow, Events, NUMBERED_NAMES, RecordedEvent, UNKNOWN};
use crate::core::event_types::{EVENT_TYPES, EventSource, EventType, check_published};
use crate::core::ids::TaskId;
use crate::core::levels::Levels;
use crate::core::state::{StepState, TaskState};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

const HERE: u64 = 7;

fn seen(log: u64, next: u64, running: &[u64]) -> SeenTransactions {
    let of = |number: &u64| Running { number: *number, since: 0 };
    SeenTransactions {
        cluster: HERE,
        log,
        next,
        running: running.iter().map(of).collect(),
        others: Vec::new(),
    }
}

/// What a moment writes to the log, in bytes; a row of events takes a part of it.
const MOMENT: u64 = 16;

/// A transaction of a made-up history: when it gets its number, writes its events and becomes visible.
#[derive(Clone, Debug)]
struct Transaction {
    number: u64,
    begins_at: u64,
    written_at: u64,
    visible_at: u64,
    rows: u64,
}

/// Histories in which each transaction writes after it has begun, and becomes visible after it has written: at once, or
/// long afterwards, as one that is prepared. Numbers are given in the order of the beginnings.
fn histories() -> impl Strategy<Value = Vec<Transaction>> {
    let delay = || prop_oneof![3 => 1..4_u64, 2 => 1..30_u64, 1 => 30..120_u64];
    prop::collection::vec((0..120_u64, delay(), delay(), 1..4_u64), 1..40).prop_map(|mut times| {
        times.sort_unstable();
        let of = |(at, (begins_at, until_written, until_visible, rows))| Transaction {
            number: at as u64 + 1,
            begins_at,
            written_at: begins_at + until_written,
            visible_at: begins_at + until_written + until_visible,
            rows,
        };
        times.into_iter().enumerate().map(of).collect()
    })
}

/// The snapshot of a time, by a reader that had looked up the place in the log at another time, or had none.
fn snapshot(history: &[Transaction], log_at: Option<u64>, at: u64) -> SeenTransactions {
    let next = history.iter().filter(|it| it.begins_at <= at).count() as u64 + 1;
    let running = history.iter().filter(|it| it.number < next && it.visible_at > at);
    let running: Vec<u64> = running.map(|it| it.number).collect();
    seen(log_at.unwrap_or(0) * MOMENT, next, &running)
}

/// The events of a transaction: two in each row.
fn keys(transaction: &Transaction) -> impl Iterator<Item = EventKey> {
    let (log, transaction) = (transaction.written_at * MOMENT, (transaction.number, transaction.rows));
    (0..transaction.1).flat_map(move |row| {
        (1..3).map(move |number| EventKey {
            origin: Origin::Here,
            log: log + row,
            transaction: transaction.0,
            number,
        })
    })
}

fn place_of(key: &EventKey) -> Place {
    (key.log, key.transaction, key.number)
}

/// What a reader gets after a progress, at a snapshot: the rest of the begun batch, then the next one. It looks for a batch
/// from the place in the log at which it may begin.
fn read(history: &[Transaction], progress: &Progress, now: &SeenTransactions, limit: usize) -> Vec<Position> {
    let mut found = Vec::new();
    let mut batch = |from: &SeenTransactions, to: &SeenTransactions, after: EventKey| {
        let is_new = |it: &&Transaction| !from.shows(it.number) && to.shows(it.number);
        let is_there = |key: &EventKey| key.log >= from.reads_from(to) && *key > after;
        let mut keys: Vec<EventKey> = history.iter().filter(is_new).flat_map(keys).filter(is_there).collect();
        keys.sort_unstable();
        found.extend(keys.into_iter().map(|key| Position { seen: from.clone(), batch: to.clone(), key }));
    };
    let mut last = &progress.seen;
    if let Some((part, after)) = &progress.part {
        batch(last, part, *after);
        last = part;
    }
    batch(last, &now.following(last), EventKey::default());
    found.truncate(limit);
    found
}

proptest! {
    #[test]
    fn each_event_is_delivered_once_whatever_commits_when(
        history in histories(),
        reads in prop::collection::vec((0..10_u64, 0..3_u64, 0..10_u64, 1..9_usize, 0..9_usize), 1..60),
    ) {
        let (mut progress, mut now) = (Progress::at(seen(0, 1, &[])), 0);
        let mut delivered: Vec<EventKey> = Vec::new();
        let mut check = |shown: &SeenTransactions, limit: usize, acknowledged: usize| {
            let positions = read(&history, &progress, shown, limit);
            for position in positions.iter().take(acknowledged) {
                prop_assert!(!progress.has(HERE, place_of(&position.key)));
                let read_again: Result<Position, _> = position.to_string().parse();
                prop_assert_eq!(read_again.as_ref(), Ok(position));
            }
            if let Some(last) = positions.iter().take(acknowledged).next_back() {
                delivered.extend(positions.iter().take(acknowledged).map(|it| it.key));
                let next = progress.advanced(last).unwrap();
                prop_assert_eq!(next.advanced(last), None, "the same position again");
                prop_assert!(positions.iter().take(acknowledged).all(|it| next.has(HERE, place_of(&it.key))));
                prop_assert_eq!(next.to_string().parse::<Progress>(), Ok(next.clone()));
                progress = next;
            }
            Ok(())
        };
        for (later, until_snapshot, age, limit, acknowledged) in reads {
            now += later;
            // One in three reads in a transaction whose snapshot is older than the call.
            let (log_at, at) = match age % 3 {
                0 => (None, now.saturating_sub(age)),
                _ => (Some(now), now + until_snapshot),
            };
            check(&snapshot(&history, log_at, at), limit, acknowledged)?;
            now += until_snapshot;
        }
        for _ in 0..100 {
            check(&snapshot(&history, Some(1_000), 1_000), 7, 7)?;
        }
        let once: HashSet<(u64, u64, u32)> =
            delivered.iter().map(|key| (key.log, key.transaction, key.number)).collect();
        prop_assert_eq!(once.len(), delivered.len(), "an event was delivered twice");
        prop_assert_eq!(once.len(), history.iter().flat_map(keys).count(), "an event was not delivered");
        let place = |key: &EventKey| delivered.iter().position(|it| it == key);
        for (early, late) in history.iter().flat_map(|early| history.iter().map(move |late| (early, late))) {
            if early.visible_at <= late.written_at {
                let (last, first) = (keys(early).last().unwrap(), keys(late).next().unwrap());
                prop_assert!(place(&last) < place(&first), "out of order");
            }
        }
    }

    #[test]
    fn a_consumer_searches_the_log_again_only_for_transactions_that_ran(
        history in histories(),
        times in prop::collection::vec(1..10_u64, 1..30),
    ) {
        let (mut last, mut now) = (seen(0, 1, &[]), 0);
        for later in times {
            now += later;
            let next = snapshot(&history, Some(now), now).following(&last);
            let from = last.reads_from(&next);
            let ended = last.running.iter().filter(|it| next.shows(it.number));
            let first_began = ended.map(|it| history[it.number as usize - 1].begins_at).min();
            match first_began {
                None => prop_assert_eq!(from, last.log),
                // The batch before it began was at most ten moments earlier.
                Some(began) => prop_assert!(from <= last.log && from + 10 * MOMENT >= began * MOMENT),
            }
            last = next;
        }
    }

    #[test]
    fn a_row_of_events_is_read_as_it_was_written(
        events in prop::collection::vec((0..40_usize, any::<[Option<i64>; 3]>(), any::<[u16; 3]>()), 0..60),
        is_small in any::<bool>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut row = EventRow::default();
        let events: Vec<RecordedEvent> = events
            .into_iter()
            .map(|(name, large, small)| {
                let event = NUMBERED_NAMES.get(name).map_or("custom.name", |name| *name).into();
                let ids = if is_small { small.map(|id| Some(i64::from(id))) } else { large };
                let [task, step, transition] = ids.map(|id| id.filter(|id| *id != 0));
                RecordedEvent { event, task, step, transition }
            })
            .collect();
        events.iter().for_each(|event| row.push(event));
        prop_assert_eq!(row.number as usize, events.len());
        prop_assert_eq!(Events::of(&row.bytes).collect::<Vec<_>>(), events.clone());
        // What is damaged ends early.
        let part = &row.bytes[..cut.index(row.bytes.len() + 1)];
        prop_assert!(Events::of(part).zip(&events).all(|(read, written)| read == *written));
    }

    #[test]
    fn no_bytes_make_a_reader_of_events_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        prop_assert!(Events::of(&bytes).count() <= bytes.len());
    }

    #[test]
    fn a_later_snapshot_includes_an_earlier_one(history in histories(), one in 0..100_u64, other in 0..100_u64) {
        let (early, late) = (one.min(other), one.max(other));
        let (early, late) = (snapshot(&history, Some(early), early), snapshot(&history, Some(late), late));
        let shown = |seen: &SeenTransactions| (0..100).filter(|it| seen.shows(*it)).collect::<HashSet<u64>>();
        prop_assert_eq!(late.includes(&early), shown(&late).is_superset(&shown(&early)) && late.next >= early.next);
        prop_assert_eq!(early.to_string().parse(), Ok(early));
    }

    #[test]
    fn no_text_makes_a_reader_of_positions_panic(text in "[0-9a-f./,-]{0,40}") {
        let _ = text.parse::<Position>();
        let _ = text.parse::<Progress>();
    }

    #[test]
    fn a_pattern_of_a_name_matches_it(words in prop::collection::vec("[a-z_]{1,8}", 1..5), at in 0..5_usize) {
        let name = words.join(".");
        prop_assert!(name.parse::<EventPattern>().unwrap().matches(&name));
        prop_assert!("*".parse::<EventPattern>().unwrap().matches(&name));
        let mut with_star = words.clone();
        let at = at % words.len();
        with_star[at] = "*".to_owned();
        prop_assert!(with_star.join(".").parse::<EventPattern>().unwrap().matches(&name));
        let longer = [name.as_str(), "x"].join(".");
        prop_assert!(!longer.parse::<EventPattern>().unwrap().matches(&name));
    }

    #[test]
    fn what_a_transaction_keeps_is_what_its_subtransactions_kept(
        happenings in prop::collection::vec(0..4_u8, 0..60),
    ) {
        let mut levels: Levels<Vec<usize>> = Levels::default();
        let mut stack: Vec<Vec<usize>> = vec![Vec::new()];
        for (at, happening) in happenings.into_iter().enumerate() {
            let level = stack.len() as i32;
            match happening {
                0 => {
                    levels.at(level).push(at);
                    stack.last_mut().unwrap().push(at);
                }
                1 => stack.push(Vec::new()),
                2 if level > 1 => {
                    levels.keep(level, |above, kept| above.extend(kept));
                    let kept = stack.pop().unwrap();
                    stack.last_mut().unwrap().extend(kept);
                }
                3 if level > 1 => {
                    levels.drop(level);
                    stack.pop();
                }
                _ => {}
            }
            let found: Vec<usize> = levels.parts().flatten().copied().collect();
            prop_assert_eq!(found, stack.concat());
        }
    }
}

#[test]
fn a_position_is_not_acknowledged_backwards() {
    let position = |from: u64, to: u64, log: u64| Position {
        seen: seen(from, from, &[]),
        batch: seen(to, to, &[]),
        key: EventKey { origin: Origin::Here, log, transaction: from, number: 1 },
    };
    let progress = Progress::at(seen(10, 10, &[])).advanced(&position(10, 20, 15)).unwrap();
    assert_eq!(progress.advanced(&position(10, 20, 14)), None);
    assert_eq!(progress.advanced(&position(10, 15, 16)), None, "its batch shows less");
    assert_eq!(progress.advanced(&position(5, 10, 16)), None, "an older batch");
    assert!(progress.advanced(&position(10, 20, 16)).is_some());
    assert!(progress.advanced(&position(10, 30, 16)).is_some(), "another reader saw more");
    assert!(progress.advanced(&position(20, 30, 25)).is_some(), "the next batch");
    for text in [
        "",
        "1.2.3.",
        "7.1.2./7.1.1./1.1.1.1",
        "7.1.2.3-0/7.1.2./1.1.1.1",
        "7.1.9.5-0,4-0/7.1.9./1.1.1.1",
        "7.1.9.5/7.1.9./1.1.1.1",
        "7.1.9.5-2/7.1.9./1.1.1.1",
        "7.1.2./7.1.2./2.1.1.1",
    ] {
        assert!(text.parse::<Position>().is_err(), "{text}");
    }
}

/// The events of a database that is moved from server to server by dump and restore: the server that has recorded each.
#[derive(Default)]
struct Moved {
    events: Vec<(u64, EventKey)>,
    /// The last transaction of each server; several databases can be restored into one.
    last: [u64; 4],
}

impl Moved {
    fn record(&mut self, server: u64) {
        let last = &mut self.last[server as usize];
        *last += 1;
        let key = EventKey { origin: Origin::Here, log: *last * MOMENT, transaction: *last, number: 1 };
        self.events.push((server, key));
    }

    fn snapshot(&self, server: u64) -> SeenTransactions {
        let last = self.last[server as usize];
        let last_of = |cluster| {
            let by_it = self.events.iter().filter(|(by, _)| *by == cluster && cluster != server);
            by_it.map(|(_, key)| key.log).max().map(|log| Earlier { cluster, log })
        };
        let others = (1..4).filter_map(last_of).collect();
        SeenTransactions { cluster: server, others, ..seen((last + 1) * MOMENT, last + 1, &[]) }
    }

    fn read(&self, progress: &Progress, now: &SeenTransactions) -> Vec<Position> {
        let mut found = Vec::new();
        let mut batch = |from: &SeenTransactions, to: &SeenTransactions, after: EventKey| {
            for part in from.parts_to(to) {
                let is_new = |(by, key): &&(u64, EventKey)| {
                    *by == part.from.cluster
                        && !part.from.shows(key.transaction)
                        && part.to.shows(key.transaction)
                        && (part.from.reads_from(&part.to)..=part.up_to).contains(&key.log)
                };
                let keys = self.events.iter().filter(is_new);
                let keys = keys.map(|(_, key)| EventKey { origin: part.origin, ..*key });
                let mut keys: Vec<EventKey> = keys.filter(|key| *key > after).collect();
                keys.sort_unstable();
                found.extend(keys.into_iter().map(|key| Position {
                    seen: from.clone(),
                    batch: to.clone(),
                    key,
                }));
            }
        };
        let mut last = &progress.seen;
        if let Some((part, after)) = &progress.part {
            batch(last, part, *after);
            last = part;
        }
        batch(last, &now.following(last), EventKey::default());
        found
    }
}

proptest! {
    #[test]
    fn each_event_is_delivered_once_whatever_is_restored_where(
        stays in prop::collection::vec((1..4_u64, prop::collection::vec((0..4_usize, 0..5_usize), 0..4)), 1..6),
    ) {
        // Another database of a server has had transactions before.
        let mut data = Moved { last: [0, 5, 0, 2], ..Moved::default() };
        let mut progress = Progress::at(data.snapshot(stays[0].0));
        let mut delivered: Vec<(u64, Place)> = Vec::new();
        let mut check = |data: &Moved, server: u64, acknowledged: usize| {
            let positions = data.read(&progress, &data.snapshot(server));
            for position in positions.iter().take(acknowledged) {
                let (by, place) = (position.cluster(), place_of(&position.key));
                prop_assert!(!progress.has(by, place));
                let read_again: Result<Position, _> = position.to_string().parse();
                prop_assert_eq!(read_again.as_ref(), Ok(position));
                let next = progress.advanced(position).unwrap();
                prop_assert!(next.has(by, place));
                delivered.push((by, place));
                progress = next;
                for (by, key) in &data.events {
                    let event = (*by, place_of(key));
                    prop_assert_eq!(progress.has(event.0, event.1), delivered.contains(&event));
                }
            }
            Ok(())
        };
        for (server, steps) in &stays {
            for (recorded, acknowledged) in steps {
                (0..*recorded).for_each(|_| data.record(*server));
                check(&data, *server, *acknowledged)?;
            }
        }
        check(&data, stays[stays.len() - 1].0, usize::MAX)?;
        let once: HashSet<&(u64, Place)> = delivered.iter().collect();
        prop_assert_eq!(once.len(), delivered.len(), "an event was delivered twice");
        prop_assert_eq!(once.len(), data.events.len(), "an event was not delivered");
    }
}

#[test]
fn after_a_restore_what_was_not_read_comes_first() {
    let old = SeenTransactions { cluster: 1, ..seen(100, 50, &[40]) };
    let progress = Progress::at(old.clone());
    let place = |transaction| (5, transaction, 1);
    assert!(progress.has(1, place(39)) && !progress.has(1, place(40)) && !progress.has(1, place(60)));
    let others = [1, 2].map(|cluster| Earlier { cluster, log: 5 }).to_vec();
    let batch = SeenTransactions { others, ..seen(9, 20, &[]) };
    let key = |origin, transaction| EventKey { origin, log: 5, transaction, number: 1 };
    let at = |key| Position { seen: old.clone(), batch: batch.clone(), key };
    let next = progress.advanced(&at(key(Origin::Here, 3))).unwrap();
    assert!(next.has(1, place(40)), "the old cluster's events are before those of this one");
    assert!(next.has(2, place(99)), "so are those of the one between");
    assert!(next.has(HERE, place(3)) && !next.has(HERE, place(4)));
    let between = progress.advanced(&at(key(Origin::Between(2), 3))).unwrap();
    assert!(between.has(1, place(40)) && between.has(2, place(3)));
    assert!(!between.has(2, place(4)) && !between.has(HERE, place(3)));
    let done = Progress::at(batch);
    assert!(done.has(1, place(999)) && done.has(2, place(999)) && !done.has(3, place(1)));
    for text in
        ["1.64.32.28-64/7.9.14../1-2.5.3.1", "1.64.32./7.9.14../0-.5.3.1", "1.64.32./7.9.14..2/1.5.3.1"]
    {
        assert!(text.parse::<Position>().is_err(), "{text}");
    }
}

#[test]
fn declared_events_stand_in_the_catalogue_once() {
    let list = |list: Value| ("\"a\"".to_owned(), list);
    let found = declared([
        list(
            json!(["b.two", { "name": "b.one", "description": "one", "fired_by": "x" }, { "name": 1 }, null, "step.failed"]),
        ),
        list(json!([{ "name": "b.one", "description": "other" }])),
        ("\"c\"".to_owned(), json!(["b.one", "odd name"])),
        ("\"d\"".to_owned(), json!({ "name": "b.three" })),
    ]);
    let found: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.source, it.about.as_str())).collect();
    assert_eq!(
        found,
        [
            ("b.one", EventSource::Client, "one; fired by x; declared by template \"a\" and 1 more"),
            ("b.two", EventSource::Client, "declared by template \"a\""),
            ("odd name", EventSource::Nothing, "declared by template \"c\""),
        ]
    );
}

#[test]
fn each_name_of_the_database_keeps_its_number() {
    let recorded = EVENT_TYPES.iter().filter(|event| event.source == EventSource::Database);
    let recorded: HashSet<&str> = recorded.map(|event| event.name).collect();
    assert_eq!(recorded, HashSet::from(NUMBERED_NAMES), "add new names at the end");
    let name = |number: u8| Events::of(&[number, 0, 0, 0]).next().map(|event| event.event.into_owned());
    // Of stored rows: these never change.
    for (number, event) in
        [(1, "step.execution_requested"), (2, "step.completed"), (9, "task.created"), (19, "signal.received")]
    {
        assert_eq!(name(number).as_deref(), Some(event));
    }
    assert_eq!(name(200).as_deref(), Some(UNKNOWN), "of a later version");
    let mut row = EventRow::default();
    row.push(&RecordedEvent {
        event: "step.completed".into(),
        task: Some(1),
        step: Some(300),
        transition: None,
    });
    assert_eq!(row.bytes, [2, 1, 0xac, 2, 0]);
}

#[test]
fn patterns_stand_for_whole_words() {
    let matches = |pattern: &str, name: &str| pattern.parse::<EventPattern>().unwrap().matches(name);
    assert!(
        matches("step.*", "step.failed")
            && matches("step.*", "step.a.b")
            && matches("*.failed", "task.failed")
    );
    assert!(
        !matches("step.*", "step") && !matches("*.failed", "a.b.failed") && !matches("step", "step.failed")
    );
    assert!(matches("observability.*.handle", "observability.step.handle"));
    for text in ["", "step.", ".x", "st*", "a b", "a..b", &"a".repeat(128)] {
        assert!(text.parse::<EventPattern>().is_err(), "{text}");
    }
}

fn hygiene(options: Value) -> Hygiene {
    let Value::Object(options) = options else { panic!("an object") };
    let effective = EffectiveOptions::of(Section::Events, [("global", &options)]);
    Hygiene::of(&EventSettings::of(&effective).unwrap())
}

#[test]
fn sensitive_members_are_masked_at_any_depth() {
    let mut payload = json!({
        "task_id": 1,
        "context": { "Password": "x", "card": [{ "API_KEY": { "deep": 1 }, "token": null, "amount": 12.50 }] },
    });
    hygiene(json!({})).clean(&mut payload, None);
    assert_eq!(
        payload,
        json!({
            "task_id": 1,
            "context": { "Password": "[FILTERED]", "card": [{ "API_KEY": "[FILTERED]", "token": null, "amount": 12.50 }] },
        })
    );
    let mut payload = json!({ "Password": "x", "size": 1 });
    hygiene(json!({ "filter_parameters": ["SIZE"], "filter_mask": "-" })).clean(&mut payload, None);
    assert_eq!(payload, json!({ "Password": "x", "size": "-" }));
}

#[test]
fn a_long_payload_loses_its_longest_members() {
    let long = |length: usize| "x".repeat(length);
    let mut payload = json!({ "a": 1, "b": long(2_000), "c": long(900), "d": long(50) });
    hygiene(json!({ "max_payload_bytes": 1_000 })).clean(&mut payload, None);
    assert_eq!(payload, json!({ "a": 1, "d": long(50), "c": long(900), "omitted": ["b"] }));
    let mut payload = json!({ "b": long(2_000), "c": long(1_900) });
    hygiene(json!({ "max_payload_bytes": 1_000 })).clean(&mut payload, None);
    assert_eq!(payload, json!({ "omitted": ["b", "c"] }));
    let mut payload = json!({ "event_type": long(2_000), "b": 1 });
    hygiene(json!({ "max_payload_bytes": 1_000 })).clean(&mut payload, None);
    assert_eq!(payload, json!({ "event_type": long(2_000), "omitted": ["b"] }));
    let mut payload = json!({ "a": 1, "b": null, "c": long(900) });
    hygiene(json!({ "max_payload_bytes": 1_000 })).clean(&mut payload, Some("b".to_owned()));
    assert_eq!(payload, json!({ "a": 1, "c": long(900), "omitted": ["b"] }));
    let members = (0..100_000).map(|at| (format!("member_{at:06}"), Value::from("x")));
    let mut payload = Value::Object(members.collect());
    hygiene(json!({ "max_payload_bytes": 10_000 })).clean(&mut payload, None);
    assert!(payload.to_string().len() <= 10_000 && payload["omitted"].as_array().unwrap().len() == 100);
}

#[test]
fn a_sample_has_whole_tasks_and_about_its_share_of_them() {
    let hygiene = hygiene(json!({ "sampling_rate": 0.25, "filtered_events": ["step.*"] }));
    let sampled = (0..10_000).filter(|task| hygiene.delivers("task.failed", Some(TaskId(*task)))).count();
    assert!((2_400..2_600).contains(&sampled), "{sampled}");
    assert!(hygiene.delivers("billing.paid", None) && !hygiene.delivers("step.failed", None));
    let none = self::hygiene(json!({ "sampling_rate": 0 }));
    assert!(!none.delivers("task.failed", Some(TaskId(0))) && none.delivers("task.failed", None));
}

#[test]
fn the_catalogue_names_each_event_once_and_every_event_of_a_transition() {
    let names: HashSet<&str> = EVENT_TYPES.iter().map(|event| event.name).collect();
    assert_eq!(names.len(), EVENT_TYPES.len());
    let is_recorded =
        |name: &str| EventType::find(name).is_some_and(|event| event.source == EventSource::Database);
    for from in StepState::ALL.map(Some).into_iter().chain([None]) {
        for to in StepState::ALL {
            assert!(is_recorded(StepState::event(from, to)) && is_recorded(StepState::event_of_release(to)));
        }
    }
    for from in TaskState::ALL.map(Some).into_iter().chain([None]) {
        for to in TaskState::ALL {
            assert!(is_recorded(TaskState::event(from, to)));
        }
    }
    for event in EVENT_TYPES {
        assert!(event.name.parse::<EventPattern>().is_ok() && !event.about.is_empty());
        assert_eq!(event.payload_schema()["properties"]["timestamp"]["type"], json!(["string", "null"]));
        assert_eq!(check_published(event.name).is_ok(), event.source != EventSource::Database);
    }
    assert!(check_published("billing.paid").is_ok());
    for name in ["paid", "", "a..b", "a.b c", "1.b", &format!("a.{}", "b".repeat(127))] {
        assert!(check_published(name).is_err(), "{name}");
    }
}
