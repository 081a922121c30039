//! Stored configuration: which options there are, what values they can have, and which scope wins.

use crate::core::backoff::Growth;
use crate::core::config::{
    BackoffSettings, ConfigScope, EffectiveOptions, Environment, ExecutionSettings, HealthSettings,
    ReadinessSettings, Section, TelemetrySettings, check, check_combination, patched,
};
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::time::Duration;
use crate::core::time_limits::StepTimes;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

pub(super) fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

pub(super) fn problems(section: Section, options: Value) -> Vec<String> {
    match check(section, &options) {
        Err(TaskerError::InvalidConfig { problems, .. }) => problems,
        other => panic!("{options} is let pass: {other:?}"),
    }
}

#[test]
fn every_default_is_let_pass_and_can_be_read() {
    for section in Section::ALL {
        let defaults = section.defaults();
        assert!(!defaults.is_empty());
        for (path, setting) in section.leaves() {
            // Nothing by itself, where a setting of the server has the say.
            let is_elsewhere = setting.about.contains("the setting tasker_core.");
            assert_eq!(setting.default_value().is_null(), is_elsewhere, "{path}");
        }
        assert_eq!(check(section, &Value::Object(defaults.clone())), Ok(defaults));
        assert_eq!(Section::find(section.as_str()), Some(section));
    }
    assert!(BackoffSettings::of(&EffectiveOptions::of(Section::Backoff, [])).is_ok());
    assert!(ExecutionSettings::of(&EffectiveOptions::of(Section::Execution, [])).is_ok());
    assert!(ReadinessSettings::of(&EffectiveOptions::of(Section::Readiness, [])).is_ok());
    assert!(HealthSettings::of(&EffectiveOptions::of(Section::Health, [])).is_ok());
    let telemetry = TelemetrySettings::of(&EffectiveOptions::of(Section::Telemetry, [])).unwrap();
    assert_eq!(telemetry.period(), Duration::seconds(86_400));
}

#[test]
fn unless_set_otherwise_steps_wait_as_the_engine_says() {
    let policy = BackoffSettings::of(&EffectiveOptions::of(Section::Backoff, [])).unwrap().policy().unwrap();
    let waits: Vec<f64> = (1..=7).map(|attempt| policy.delay(attempt, 42).to_seconds()).collect();
    assert_eq!(waits, [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]);
}

#[test]
fn the_modes_are_those_of_the_rule() {
    let modes =
        ["v02", "progression", "exponential", "polynomial", "linear", "fibonacci", "constant", "none"];
    for mode in modes {
        assert!(Growth::parse(mode).is_ok());
        assert!(check(Section::Backoff, &json!({ "mode": mode })).is_ok());
    }
    let Err(TaskerError::InvalidArgument { problem, .. }) = Growth::parse("") else { panic!() };
    assert!(problem.ends_with(&modes.join(", ")), "{problem}");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let said = problems(
        Section::Backoff,
        json!({
            "mode": "quick", "base_seconds": -1, "default_backoff_seconds": [], "jiter_enabled": true,
            "max_backoff_seconds": "300", "jitter_max_percentage": 1.5, "colour": 1, "backoff_multiplier": null,
        }),
    );
    assert_eq!(
        said,
        [
            "base_seconds: must be a number from 0 to 1000000000, not -1",
            "colour: there is no such option",
            "default_backoff_seconds: must be a list of at least one whole number from 0 to 1000000000, not []",
            "jiter_enabled: there is no such option; did you mean \"jitter_enabled\"?",
            "jitter_max_percentage: must be a number from 0 to 1, not 1.5",
            "max_backoff_seconds: must be a number from 0 to 1000000000, not \"300\"",
            "mode: must be one of v02, progression, exponential, polynomial, linear, fibonacci, constant, none, \
             not \"quick\"",
        ]
    );
    for options in [json!(null), json!([]), json!(1), json!("mode")] {
        assert!(matches!(check(Section::Backoff, &options), Err(TaskerError::InvalidArgument { .. })));
    }
}

#[test]
fn the_narrower_scope_wins_option_by_option() {
    let global = object(json!({ "mode": "linear", "base_seconds": 5 }));
    let step = object(json!({ "base_seconds": 1.5 }));
    let effective =
        EffectiveOptions::of(Section::Backoff, [("global", &global), ("step_name:charge", &step)]);
    assert_eq!(effective.origin("mode"), "global");
    assert_eq!(effective.origin("base_seconds"), "step_name:charge");
    assert_eq!(effective.origin("jitter_enabled"), "default");
    let policy = BackoffSettings::of(&effective).unwrap().policy().unwrap();
    assert_eq!(policy.delay(3, 0), Duration::microseconds(4_500_000));
}

#[test]
fn groups_are_set_and_checked_option_by_option() {
    let global = object(json!({ "severity_thresholds": { "high": 60, "critical": 200 } }));
    let task = object(json!({ "severity_thresholds": { "high": 70 } }));
    let effective = EffectiveOptions::of(Section::DependencyGraph, [("global", &global), ("task:1", &task)]);
    let shown = |path: &str| (effective.value(path).cloned(), effective.origin(path).to_owned());
    assert_eq!(shown("severity_thresholds.high"), (Some(json!(70)), "task:1".to_owned()));
    assert_eq!(shown("severity_thresholds.critical"), (Some(json!(200)), "global".to_owned()));
    assert_eq!(shown("severity_thresholds.medium"), (Some(json!(20)), "default".to_owned()));
    assert_eq!(effective.value("severity_thresholds.low"), None);
    let leaves = Section::DependencyGraph.leaves();
    assert!(leaves.iter().all(|(path, _)| path.contains('.') && effective.value(path).is_some()));
    assert_eq!(
        problems(
            Section::DependencyGraph,
            json!({ "severity_thresholds": { "heigh": 1, "medium": -1 }, "penalty_constants": 5 }),
        ),
        [
            "penalty_constants: must be a json object, not 5",
            "severity_thresholds.heigh: there is no such option; did you mean \"high\"?",
            "severity_thresholds.medium: must be a whole number from 0 to 1000000, not -1",
        ]
    );
    let patched = |before: Value, patch: Value| Value::Object(patched(object(before), object(patch)));
    let before = json!({ "severity_thresholds": { "high": 60, "medium": 30 } });
    assert_eq!(
        patched(before.clone(), json!({ "severity_thresholds": { "high": null, "critical": 99 } })),
        json!({ "severity_thresholds": { "medium": 30, "critical": 99 } })
    );
    let nothing_left = json!({ "severity_thresholds": { "high": null, "medium": null } });
    assert_eq!(patched(before, nothing_left), json!({}));
}

#[test]
fn the_cap_is_the_one_that_is_set_but_the_engines_rule_has_its_own() {
    let wait = |options: Value, attempt| {
        let options = object(options);
        let effective = EffectiveOptions::of(Section::Backoff, [("global", &options)]);
        BackoffSettings::of(&effective).unwrap().policy().unwrap().delay(attempt, 1).to_seconds()
    };
    assert_eq!(wait(json!({ "mode": "exponential", "max_backoff_seconds": 900 }), 30), 900.0);
    assert_eq!(wait(json!({ "max_backoff_seconds": 900 }), 30), 30.0);
    assert_eq!(wait(json!({ "max_backoff_seconds": 3 }), 30), 3.0);
}

#[test]
fn a_stored_option_that_no_check_has_seen_is_an_error_not_a_panic() {
    for options in
        [json!({ "mode": 1 }), json!({ "surprise": true }), json!({ "default_backoff_seconds": [] })]
    {
        let options = object(options);
        let effective = EffectiveOptions::of(Section::Backoff, [("global", &options)]);
        assert!(BackoffSettings::of(&effective).and_then(|settings| settings.policy()).is_err());
    }
}

#[test]
fn scopes_are_read_as_they_are_written() {
    let scopes = [
        (ConfigScope::Global, "global"),
        (ConfigScope::Namespace("payments".to_owned()), "namespace:payments"),
        (ConfigScope::TaskName("order: big".to_owned()), "task_name:order: big"),
        (ConfigScope::StepName("charge".to_owned()), "step_name:charge"),
        (ConfigScope::Task(TaskId(42)), "task:42"),
    ];
    for (scope, text) in scopes {
        assert_eq!(scope.to_string(), text);
        assert_eq!(ConfigScope::parse(text), Ok(scope));
    }
    let bad = [
        "",
        "Global",
        "global:",
        "global:x",
        "task",
        "task:",
        "task:x",
        "task:0",
        "task:-1",
        "namespace:",
        "step:charge",
    ];
    for bad in bad {
        assert!(ConfigScope::parse(bad).is_err(), "{bad}");
    }
    assert!(ConfigScope::parse(&format!("step_name:{}", "x".repeat(1024))).is_ok());
    assert!(ConfigScope::parse(&format!("step_name:{}", "x".repeat(1025))).is_err());
}

proptest! {
    #[test]
    fn a_patch_sets_gives_up_and_leaves_alone(
        before in proptest::collection::btree_map("[a-d]", 0..9, 0..4),
        patch in proptest::collection::btree_map("[a-d]", proptest::option::of(0..9), 0..4),
    ) {
        let map = |pairs: Vec<(String, Value)>| pairs.into_iter().collect::<Map<_, _>>();
        let after = patched(
            map(before.iter().map(|(name, value)| (name.clone(), json!(value))).collect()),
            map(patch.iter().map(|(name, value)| (name.clone(), json!(value))).collect()),
        );
        for name in ["a", "b", "c", "d"] {
            let expected = match patch.get(name) {
                Some(value) => value.map(|value| json!(value)),
                None => before.get(name).map(|value| json!(value)),
            };
            prop_assert_eq!(after.get(name), expected.as_ref());
        }
    }
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let contradictions = |section, options: Value| {
        let options = object(options);
        match check_combination(section, &EffectiveOptions::of(section, [("global", &options)])) {
            Ok(()) => Vec::new(),
            Err(TaskerError::InvalidConfig { problems, .. }) => problems,
            Err(other) => panic!("{other}"),
        }
    };
    for section in Section::ALL {
        assert_eq!(contradictions(section, json!({})), [""; 0]);
    }
    assert_eq!(contradictions(Section::Execution, json!({ "min_concurrent_steps": 12 })), [""; 0]);
    assert_eq!(
        contradictions(Section::Execution, json!({ "min_concurrent_steps": 13 })),
        ["min_concurrent_steps: must not be greater than max_concurrent_steps_limit, but 13 > 12"]
    );
    assert_eq!(
        contradictions(
            Section::DependencyGraph,
            json!({ "severity_thresholds": { "medium": 70, "critical": 40 } })
        ),
        [
            "severity_thresholds.medium: must not be greater than severity_thresholds.high, but 70 > 50",
            "severity_thresholds.high: must not be greater than severity_thresholds.critical, but 50 > 40",
        ]
    );
}

#[test]
fn presets_are_right_and_fit_together() {
    for environment in Environment::ALL {
        assert_eq!(Environment::parse(environment.as_str()), Ok(environment));
        for (section, options) in environment.preset().as_object().unwrap() {
            let section = Section::find(section).unwrap();
            let options = check(section, options).unwrap();
            check_combination(section, &EffectiveOptions::of(section, [("global", &options)])).unwrap();
        }
    }
    let named = Environment::ALL.map(|environment| {
        let preset = environment.preset();
        let sections = preset.as_object().unwrap().iter();
        let options = sections.flat_map(|(_, options)| options.as_object().unwrap().keys().cloned());
        options.collect::<std::collections::BTreeSet<_>>()
    });
    assert!(named.iter().all(|options| *options == named[0]), "each replaces all of another");
    let error = Environment::parse("produktion").unwrap_err().to_string();
    assert_eq!(error, "argument \"environment\" must not be \"produktion\"; did you mean \"production\"?");
    assert!(
        Environment::parse("staging")
            .unwrap_err()
            .to_string()
            .ends_with("must be one of development, test, production")
    );
}

#[test]
fn what_is_set_for_a_step_goes_before_the_setting_of_the_server() {
    let readiness = |options: Value| {
        let options = check(Section::Readiness, &options).unwrap();
        ReadinessSettings::of(&EffectiveOptions::of(Section::Readiness, [("global", &options)])).unwrap()
    };
    let (minute, hour) = (Duration::seconds(60), Duration::seconds(3600));
    assert_eq!(readiness(json!({})).lease(minute), minute);
    assert_eq!(readiness(json!({ "lease_seconds": 3600 })).lease(minute), hour);
    assert_eq!(readiness(json!({})).stale_after(Some(minute)), Some(minute));
    assert_eq!(readiness(json!({})).stale_after(None), None);
    assert_eq!(readiness(json!({ "stale_after_seconds": 3600 })).stale_after(None), Some(hour));
    assert_eq!(readiness(json!({ "stale_after_seconds": 0 })).stale_after(Some(minute)), None);
    let times = |timeout, heartbeat, start| StepTimes {
        timeout_seconds: timeout,
        heartbeat_seconds: heartbeat,
        start_within_seconds: start,
    };
    let none = times(None, None, None);
    assert_eq!(readiness(json!({})).complete(none), none);
    let limited = readiness(json!({ "timeout_seconds": 60, "start_within_seconds": 120 }));
    assert_eq!(limited.complete(none), times(Some(60), None, Some(120)));
    let own = times(Some(5), Some(10), Some(20));
    assert_eq!(limited.complete(own), own);
    let lifted = readiness(json!({ "timeout_seconds": 0, "start_within_seconds": 0 }));
    assert_eq!(lifted.complete(none), none);
    assert_eq!(
        problems(Section::Readiness, json!({ "lease_seconds": 0, "stale_after_seconds": "1h" })),
        [
            "lease_seconds: must be a whole number from 1 to 1000000000, not 0",
            "stale_after_seconds: must be a whole number from 0 to 1000000000, not \"1h\"",
        ]
    );
}

#[test]
fn the_manual_names_every_option() {
    let manual = include_str!("../../docs/configuration.md");
    for section in Section::ALL {
        for setting in section.settings() {
            assert!(manual.contains(&format!("`{}`", setting.name)), "{}", setting.name);
        }
    }
}
