//! Stored configuration: which options there are, what they may be, and which scope wins.

use crate::core::backoff::Growth;
use crate::core::config::{
    BackoffSettings, Effective, Environment, ExecutionSettings, HealthSettings, Outcome, ReadinessSettings,
    RegisteredSection, Scope, Section, TelemetrySettings, check, check_combination, import, patched,
    schema_of, schema_of_all,
};
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::time::Duration;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn problems(section: Section, options: Value) -> Vec<String> {
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
    assert!(BackoffSettings::of(&Effective::of(Section::Backoff, [])).is_ok());
    assert!(ExecutionSettings::of(&Effective::of(Section::Execution, [])).is_ok());
    assert!(ReadinessSettings::of(&Effective::of(Section::Readiness, [])).is_ok());
    assert!(HealthSettings::of(&Effective::of(Section::Health, [])).is_ok());
    let telemetry = TelemetrySettings::of(&Effective::of(Section::Telemetry, [])).unwrap();
    assert_eq!(telemetry.period(), Duration::seconds(86_400));
}

#[test]
fn unless_set_otherwise_steps_wait_as_the_engine_says() {
    let policy = BackoffSettings::of(&Effective::of(Section::Backoff, [])).unwrap().policy().unwrap();
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
    let effective = Effective::of(Section::Backoff, [("global", &global), ("step_name:charge", &step)]);
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
    let effective = Effective::of(Section::DependencyGraph, [("global", &global), ("task:1", &task)]);
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
        let effective = Effective::of(Section::Backoff, [("global", &options)]);
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
        let effective = Effective::of(Section::Backoff, [("global", &options)]);
        assert!(BackoffSettings::of(&effective).and_then(|settings| settings.policy()).is_err());
    }
}

#[test]
fn scopes_are_read_as_they_are_written() {
    let scopes = [
        (Scope::Global, "global"),
        (Scope::Namespace("payments".to_owned()), "namespace:payments"),
        (Scope::TaskName("order: big".to_owned()), "task_name:order: big"),
        (Scope::StepName("charge".to_owned()), "step_name:charge"),
        (Scope::Task(TaskId(42)), "task:42"),
    ];
    for (scope, text) in scopes {
        assert_eq!(scope.to_string(), text);
        assert_eq!(Scope::parse(text), Ok(scope));
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
        assert!(Scope::parse(bad).is_err(), "{bad}");
    }
    assert!(Scope::parse(&format!("step_name:{}", "x".repeat(1024))).is_ok());
    assert!(Scope::parse(&format!("step_name:{}", "x".repeat(1025))).is_err());
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

/// A schema's verdict by the few keywords that ours has; any other is a defect of this check.
fn is_valid(schema: &Value, value: &Value) -> bool {
    const ANNOTATIONS: [&str; 4] = ["$schema", "title", "default", "description"];
    schema.as_object().unwrap().iter().all(|(keyword, wanted)| match keyword.as_str() {
        "type" if wanted.is_array() => {
            wanted.as_array().unwrap().iter().any(|wanted| is_valid(&json!({ "type": wanted }), value))
        }
        "type" => match wanted.as_str().unwrap() {
            "null" => value.is_null(),
            "object" => value.is_object(),
            "boolean" => value.is_boolean(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "number" => value.is_number(),
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            other => panic!("{other}"),
        },
        "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
        "enum" => wanted.as_array().unwrap().contains(value),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= wanted.as_u64().unwrap()),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| is_valid(wanted, item))),
        "properties" => value.as_object().is_none_or(|values| {
            values.iter().all(|(name, value)| wanted.get(name).is_none_or(|schema| is_valid(schema, value)))
        }),
        "additionalProperties" => {
            assert_eq!(wanted, &json!(false));
            let known = &schema["properties"];
            value.as_object().is_none_or(|values| values.keys().all(|name| known.get(name).is_some()))
        }
        other => ANNOTATIONS.contains(&other) || panic!("unknown keyword {other}"),
    })
}

#[test]
fn the_schema_says_what_the_check_says() {
    let candidates = [
        json!(true),
        json!("yes"),
        json!("v02"),
        json!("linear"),
        json!("auto"),
        json!(-1),
        json!(0),
        json!(0.5),
        json!(1),
        json!(7),
        json!(1.5),
        json!(2_000),
        json!(20_000),
        json!(2_000_000),
        json!(2_000_000_000_i64),
        json!([]),
        json!([1, 2]),
        json!([1, -2]),
        json!(["1"]),
        json!({}),
        json!({ "unknown": 1 }),
    ];
    for section in Section::ALL {
        let schema = schema_of(section);
        assert!(is_valid(&schema, &Value::Object(section.defaults())), "{}", section.as_str());
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        for (path, setting) in section.leaves() {
            for value in candidates.iter().chain([&setting.default_value()]) {
                let options = path.rsplit('.').fold(value.clone(), |value, name| json!({ name: value }));
                let is_right = check(section, &options).is_ok();
                assert_eq!(is_valid(&schema, &options), is_right, "{path}: {value}");
            }
        }
        assert!(!is_valid(&schema, &json!({ "surprise": 1 })));
    }
    let all = Section::ALL.map(|section| (section.as_str().to_owned(), Value::Object(section.defaults())));
    let schema = schema_of_all(&Section::ALL);
    assert!(is_valid(&schema, &Value::Object(all.into_iter().collect())));
    assert!(!is_valid(&schema, &json!({ "backof": {} })));
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let contradictions = |section, options: Value| {
        let options = object(options);
        match check_combination(section, &Effective::of(section, [("global", &options)])) {
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
            check_combination(section, &Effective::of(section, [("global", &options)])).unwrap();
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

/// The engine's defaults as its `to_h` shows them (semantics 7.1, 7.2), shortened where nothing is read.
const ENGINE_DOCUMENT: &str = include_str!("engine_configuration.json");

#[test]
fn every_option_of_the_engine_is_taken_or_has_a_reason_not_to_be() {
    let document: Value = serde_json::from_str(ENGINE_DOCUMENT).unwrap();
    let imported = import(&document, |_| false).unwrap();
    assert!(
        imported.options.iter().all(|option| option.outcome != Outcome::Unknown && !option.detail.is_empty())
    );
    let outcome =
        |path: &str| imported.options.iter().find(|option| option.path == path).map(|option| option.outcome);
    for (path, expected) in [
        ("backoff.reenqueue_delays.processing", Outcome::Set),
        ("backoff.mode", Outcome::Set),
        ("execution.batch_timeout_base_seconds", Outcome::Renamed),
        ("execution.concurrency_cache_duration", Outcome::StaysInRails),
        ("engine.identity_strategy", Outcome::StaysInRails),
        ("engine.identity_strategy_class", Outcome::StaysInRails),
        ("telemetry.prometheus", Outcome::StaysInRails),
        ("auth.strategy", Outcome::StaysInRails),
    ] {
        assert_eq!(outcome(path), Some(expected), "{path}");
    }
    let sections: Vec<Section> = imported.patches.iter().map(|(section, _)| *section).collect();
    assert_eq!(
        sections,
        [Section::Backoff, Section::DependencyGraph, Section::Execution, Section::Telemetry]
    );
    for (section, patch) in &imported.patches {
        let effective = Effective::of(*section, [("global", patch)]);
        check_combination(*section, &effective).unwrap();
        // Names and defaults are the engine's, but for these two.
        let different = section.leaves().into_iter().filter(|(path, setting)| {
            effective.value(path).and_then(Value::as_f64) != setting.default_value().as_f64()
                || effective.value(path).is_none_or(|value| value.is_boolean() || value.is_string())
                    && effective.value(path) != Some(&setting.default_value())
        });
        let different: Vec<String> = different.map(|(path, _)| path).collect();
        let expected: &[&str] = if *section == Section::Backoff { &["mode", "jitter_enabled"] } else { &[] };
        assert_eq!(different, expected);
    }
}

#[test]
fn what_nobody_knows_is_told_and_what_makes_no_sense_refused() {
    let imported =
        import(&json!({ "backoff": { "max_backof_seconds": 1 }, "colours": { "red": 1 } }), |_| false)
            .unwrap();
    let told: Vec<(&str, Outcome, &str)> = imported
        .options
        .iter()
        .map(|option| (option.path.as_str(), option.outcome, option.detail.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("backoff.max_backof_seconds", Outcome::Unknown, "did you mean \"max_backoff_seconds\"?"),
            ("colours.red", Outcome::Unknown, ""),
        ]
    );
    assert_eq!(imported.patches, []);
    for wrong in [json!(null), json!([]), json!({ "backoff": 5 })] {
        assert!(matches!(import(&wrong, |_| false), Err(TaskerError::InvalidArgument { .. })));
    }
    let wrong = json!({ "backoff": { "buffer_seconds": -1, "jitter_enabled": "yes" } });
    assert!(
        matches!(import(&wrong, |_| false), Err(TaskerError::InvalidConfig { problems, .. }) if problems.len() == 2)
    );
}

#[test]
fn what_is_set_for_a_step_goes_before_the_setting_of_the_server() {
    let readiness = |options: Value| {
        let options = check(Section::Readiness, &options).unwrap();
        ReadinessSettings::of(&Effective::of(Section::Readiness, [("global", &options)])).unwrap()
    };
    let (minute, hour) = (Duration::seconds(60), Duration::seconds(3600));
    assert_eq!(readiness(json!({})).lease(minute), minute);
    assert_eq!(readiness(json!({ "lease_seconds": 3600 })).lease(minute), hour);
    assert_eq!(readiness(json!({})).stale_after(Some(minute)), Some(minute));
    assert_eq!(readiness(json!({})).stale_after(None), None);
    assert_eq!(readiness(json!({ "stale_after_seconds": 3600 })).stale_after(None), Some(hour));
    assert_eq!(readiness(json!({ "stale_after_seconds": 0 })).stale_after(Some(minute)), None);
    assert_eq!(
        problems(Section::Readiness, json!({ "lease_seconds": 0, "stale_after_seconds": "1h" })),
        [
            "lease_seconds: must be a whole number from 1 to 1000000000, not 0",
            "stale_after_seconds: must be a whole number from 0 to 1000000000, not \"1h\"",
        ]
    );
}

/// The options of the engine below a name, with their defaults.
fn leaves_of(prefix: &str, value: &Value) -> Vec<(String, Value)> {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let dot = if prefix.is_empty() { "" } else { "." };
            let members = members.iter();
            members.flat_map(|(name, value)| leaves_of(&format!("{prefix}{dot}{name}"), value)).collect()
        }
        _ => vec![(prefix.to_owned(), value.clone())],
    }
}

/// A document with this option alone.
fn document_of(path: &str, value: &Value) -> Value {
    path.rsplit('.').fold(value.clone(), |inner, name| json!({ name: inner }))
}

#[test]
fn the_manual_accounts_for_every_option_of_the_engine() {
    let manual = include_str!("../../docs/configuration.md");
    let (_, inventory) = manual.split_once("### Every option of the engine").unwrap();
    let rows: Vec<Vec<&str>> = inventory
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let mut listed = std::collections::BTreeMap::new();
    for row in &rows {
        let [path, default, here, _why] = row[..] else { panic!("{row:?}") };
        assert!(listed.insert(path.trim_matches('`'), (default, here)).is_none(), "{path} is listed twice");
    }
    let document: Value = serde_json::from_str(ENGINE_DOCUMENT).unwrap();
    let options = leaves_of("", &document);
    assert_eq!(document.as_object().unwrap().len(), 9);
    for (path, default) in &options {
        let (told, here) = listed.remove(path.as_str()).unwrap_or_else(|| panic!("{path} is not listed"));
        assert_eq!(serde_json::from_str::<Value>(told.trim_matches('`')).unwrap(), *default, "{path}");
        let document = document_of(path, default);
        let import = import(&document, |_| false).unwrap();
        assert_eq!(here.replace("kept", "set"), import.options[0].outcome.as_str(), "{path}");
        let (section, option) = path.split_once('.').unwrap();
        let patch = &document[section];
        match Section::find(section) {
            // What is kept is known to tasker_set_config(), with the engine's default for a value.
            Some(section) if here == "kept" => {
                let options = check(section, patch).unwrap();
                let effective = Effective::of(section, [("global", &options)]);
                assert_eq!(effective.value(option), Some(default), "{path}");
            }
            // What is not is refused with the reason.
            Some(section) => {
                let why = &import.options[0].detail;
                assert!(!why.is_empty());
                assert!(problems(section, patch.clone())[0].ends_with(&format!("{here}: {why}")), "{path}");
            }
            None => {
                let why = &import.options[0].detail;
                let refusal = Section::unknown(section, [].into_iter()).to_string();
                assert!(refusal.ends_with(&format!("which stays in Rails: {why}")), "{refusal}");
            }
        }
    }
    // The rest are constants of the engine, which cannot be set there.
    for (path, (told, here)) in listed {
        assert!(told.starts_with("a constant") && here == "stays in Rails", "{path}");
    }
}

#[test]
fn a_section_that_does_not_exist_is_refused_with_the_reason() {
    let refusal = |name: &str| Section::unknown(name, ["billing"].into_iter()).to_string();
    assert_eq!(
        refusal("auth"),
        "argument \"section\" must not be \"auth\", which stays in Rails: it protects the engine's web pages; in the database, roles and policies decide"
    );
    assert_eq!(refusal("helth"), "argument \"section\" must not be \"helth\"; did you mean \"health\"?");
    assert_eq!(refusal("biling"), "argument \"section\" must not be \"biling\"; did you mean \"billing\"?");
    assert!(refusal("backoff").ends_with("which is a section of tasker_core"));
    assert!(refusal("zzz").contains("must be one of backoff, dependency_graph,"));
    assert_eq!(
        problems(Section::Telemetry, json!({ "metrics_retention_hour": 1, "prometheus": {} })),
        [
            "metrics_retention_hour: there is no such option; did you mean \"metrics_retention_hours\"?",
            "prometheus: stays in Rails: the engine's processes measure and export it",
        ]
    );
}

fn registered(schema: Value) -> RegisteredSection {
    RegisteredSection::new("billing", schema, Some("invoices".to_owned())).unwrap()
}

fn problems_of(section: &RegisteredSection, scopes: Value) -> Vec<String> {
    let scopes = object(scopes).into_iter().map(|(scope, options)| (scope, object(options))).collect();
    match section.check(&scopes) {
        Ok(()) => Vec::new(),
        Err(TaskerError::InvalidConfig { section, problems }) if section == "billing" => problems,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_registered_section_is_checked_by_its_schema_scope_by_scope() {
    let section = registered(json!({
        "additionalProperties": false,
        "required": ["currency", "rate"],
        "properties": {
            "currency": { "enum": ["EUR", "USD"], "default": "EUR", "description": "of new invoices" },
            "rate": { "type": "number" },
            "limits": { "properties": { "daily": { "type": "integer", "default": 5 }, "monthly": { "type": "integer" } } },
        },
    }));
    assert_eq!(RegisteredSection::of_stored("billing", &section.to_stored()), Ok(section.clone()));
    assert_eq!(Value::Object(section.defaults()), json!({ "currency": "EUR", "limits": { "daily": 5 } }));
    // Nothing is required of a scope that sets nothing; a narrower one has what is set for everything.
    for fitting in [
        json!({}),
        json!({ "global": {} }),
        json!({ "global": { "rate": 1 }, "task:1": { "currency": "USD" } }),
        json!({ "task:1": { "rate": 1 } }),
    ] {
        assert_eq!(problems_of(&section, fitting), [""; 0]);
    }
    assert_eq!(
        problems_of(
            &section,
            json!({ "global": { "rate": "1", "limits": { "daily": 1.5 } }, "task:1": { "rate": 1, "limits": { "daily": 1 }, "x y": 2 } })
        ),
        ["limits.daily: want integer, but got number", "rate: want number, but got string",]
    );
    assert_eq!(
        problems_of(
            &section,
            json!({ "global": { "rate": 1 }, "task:1": { "limits": { "daily": "1" }, "x y": 2 } })
        ),
        [
            "task:1: limits.daily: want integer, but got string",
            "task:1: options: additionalProperties 'x y' not allowed",
        ]
    );
    let set = object(json!({ "rate": 2, "limits": { "monthly": 9 }, "more": { "a": 1 } }));
    let effective = Effective::over(section.defaults(), [("global", &set)]);
    let options: Vec<(String, Value, Value, String)> = section
        .options(&effective)
        .into_iter()
        .map(|option| (option.path, option.value, option.default, option.about))
        .collect();
    let option =
        |path: &str, value, default, about: &str| (path.to_owned(), value, default, about.to_owned());
    assert_eq!(
        options,
        [
            option("currency", json!("EUR"), json!("EUR"), "of new invoices"),
            option("limits.daily", json!(5), json!(5), ""),
            option("limits.monthly", json!(9), Value::Null, ""),
            option("rate", json!(2), Value::Null, ""),
            option("more", json!({ "a": 1 }), Value::Null, ""),
        ]
    );
}

#[test]
fn what_is_no_section_or_no_schema_is_refused() {
    let refusal =
        |name: &str, schema: Value| RegisteredSection::new(name, schema, None).unwrap_err().to_string();
    for name in ["", "Billing", "1a", "a-b", "a.b", "ä", "a b", &"x".repeat(64)] {
        assert!(refusal(name, json!({})).contains("lower-case letters"), "{name}");
    }
    assert!(RegisteredSection::new(&"x".repeat(63), json!({}), None).is_ok());
    assert!(refusal("health", json!({})).ends_with("which is a section of tasker_core"));
    assert!(refusal("auth", json!({})).contains("which is a section of the Rails engine: it protects"));
    for schema in [
        json!(true),
        json!([]),
        json!({ "type": "colour" }),
        json!({ "pattern": "(" }),
        json!({ "pattern": "(a{1000}){1000}" }),
        json!({ "$ref": "https://example.com/schema" }),
        json!({ "$ref": "file:///etc/passwd" }),
        json!({ "$ref": "#/nowhere" }),
        json!({ "minimum": "1" }),
        json!({ "$schema": "https://example.com/mine" }),
    ] {
        assert!(refusal("billing", schema.clone()).starts_with("argument \"schema\" "), "{schema}");
    }
    // Neither time nor the stack may depend on how a schema is tangled.
    let chain = |length: usize, link: fn(String) -> Value| {
        let defs = (0..length).map(|at| (format!("d{at}"), link(format!("#/$defs/d{}", at + 1))));
        let end = (format!("d{length}"), json!({ "maxProperties": 9 }));
        json!({ "$ref": "#/$defs/d0", "$defs": defs.chain([end]).collect::<Map<_, _>>() })
    };
    let one = |next: String| json!({ "$ref": next });
    let two = |next: String| json!({ "allOf": [{ "$ref": next }, { "$ref": next }] });
    let set = json!({ "global": { "a": { "b": {} } } });
    assert!(refusal("billing", chain(20_000, one)).contains("objects in it, more than"));
    let deep = |levels| (0..levels).fold(json!({}), |inner, _| json!({ "a": inner }));
    for (schema, options, is_taken) in [
        (chain(300, one), set.clone(), true),
        (chain(4_000, one), set.clone(), false),
        (chain(10, two), set.clone(), true),
        (chain(60, two), set.clone(), false),
        (json!({ "$ref": "#" }), set.clone(), false),
        (
            json!({ "$anchor": "all", "properties": { "a": { "$ref": "#all" } } }),
            json!({ "global": deep(150) }),
            true,
        ),
        (json!({ "properties": { "a": { "$ref": "#" } } }), json!({ "global": deep(500) }), false),
        (
            json!({ "additionalProperties": { "$ref": "#" }, "patternProperties": { ".": { "$ref": "#" } } }),
            json!({ "global": deep(10) }),
            true,
        ),
        (
            json!({ "$defs": { "x y": { "allOf": [{ "additionalProperties": { "$ref": "#/$defs/x%20y" } }, { "properties": { "a": { "$ref": "#/$defs/x%20y" } } }] } }, "$ref": "#/$defs/x%20y" }),
            json!({ "global": deep(100) }),
            false,
        ),
    ] {
        let problems = problems_of(&registered(schema.clone()), options);
        match is_taken {
            true => assert_eq!(problems, [""; 0]),
            false => assert_eq!(
                problems,
                ["options: cannot be checked by the schema: the check would take too long, or nest too deep"]
            ),
        }
    }
    // What is data is no schema.
    registered(json!({ "properties": { "default": { "default": { "pattern": "(" } } } }));
    let stored =
        |schema: Value| RegisteredSection::of_stored("billing", &object(json!({ "schema": schema })));
    assert!(matches!(stored(json!(1)), Err(TaskerError::StoredConfig { .. })));
    let broken = stored(json!({ "type": "colour" })).unwrap().check(&Default::default());
    assert!(matches!(broken, Err(TaskerError::StoredConfig { .. })));
    let document = json!({ "billing": { "rate": 1 }, "billin": { "rate": 1 } });
    let imported = import(&document, |name| name == "billing").unwrap();
    assert_eq!(imported.registered, [("billing".to_owned(), object(json!({ "rate": 1 })))]);
    let told: Vec<(&str, &str)> =
        imported.options.iter().map(|option| (option.path.as_str(), option.outcome.as_str())).collect();
    assert_eq!(told, [("billin.rate", "unknown"), ("billing.rate", "set")]);
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
