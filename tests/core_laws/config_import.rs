//! The import of an engine's configuration: what is taken, and why the rest is not.

use crate::core::config::{EffectiveOptions, ImportOutcome, Section, check, check_combination, import};
use crate::core::error::TaskerError;
use crate::core_laws::config::problems;
use serde_json::{Value, json};

/// The engine's defaults as its `to_h` shows them, shortened where nothing is read.
const ENGINE_DOCUMENT: &str = include_str!("engine_configuration.json");

#[test]
fn every_option_of_the_engine_is_taken_or_has_a_reason_not_to_be() {
    let document: Value = serde_json::from_str(ENGINE_DOCUMENT).unwrap();
    let imported = import(&document, |_| false).unwrap();
    assert!(
        imported
            .options
            .iter()
            .all(|option| option.outcome != ImportOutcome::Unknown && !option.detail.is_empty())
    );
    let outcome =
        |path: &str| imported.options.iter().find(|option| option.path == path).map(|option| option.outcome);
    for (path, expected) in [
        ("backoff.reenqueue_delays.processing", ImportOutcome::Set),
        ("backoff.mode", ImportOutcome::Set),
        ("execution.batch_timeout_base_seconds", ImportOutcome::Renamed),
        ("execution.concurrency_cache_duration", ImportOutcome::StaysInRails),
        ("engine.identity_strategy", ImportOutcome::StaysInRails),
        ("engine.identity_strategy_class", ImportOutcome::StaysInRails),
        ("telemetry.prometheus", ImportOutcome::StaysInRails),
        ("auth.strategy", ImportOutcome::StaysInRails),
    ] {
        assert_eq!(outcome(path), Some(expected), "{path}");
    }
    let sections: Vec<Section> = imported.patches.iter().map(|(section, _)| *section).collect();
    assert_eq!(
        sections,
        [Section::Backoff, Section::DependencyGraph, Section::Execution, Section::Telemetry]
    );
    for (section, patch) in &imported.patches {
        let effective = EffectiveOptions::of(*section, [("global", patch)]);
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
    let told: Vec<(&str, ImportOutcome, &str)> = imported
        .options
        .iter()
        .map(|option| (option.path.as_str(), option.outcome, option.detail.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("backoff.max_backof_seconds", ImportOutcome::Unknown, "did you mean \"max_backoff_seconds\"?"),
            ("colours.red", ImportOutcome::Unknown, ""),
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
                let effective = EffectiveOptions::of(section, [("global", &options)]);
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
