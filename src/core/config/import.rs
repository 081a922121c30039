//! What becomes of the engine's own configuration (semantics 7): which of its options are ours, and why the others stay
//! where they are.

use super::options::{Kind, Setting};
use super::{Section, check};
use crate::core::error::TaskerError;
use crate::core::wording::nearest;
use serde_json::{Map, Value, json};

/// What becomes of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is ours, under the same name.
    Set,
    /// It is ours, but not an option of a section.
    Renamed,
    /// Nothing in the database reads it.
    StaysInRails,
    /// Neither we nor the engine know it.
    Unknown,
}

impl Outcome {
    /// The text that `tasker_import_config()` shows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Renamed => "renamed",
            Self::StaysInRails => "stays in Rails",
            Self::Unknown => "unknown",
        }
    }
}

/// One option of the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// `backoff.reenqueue_delays.processing`
    pub path: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// As what, or why.
    pub detail: String,
}

/// What a document of the engine amounts to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    /// What to set, by section.
    pub patches: Vec<(Section, Map<String, Value>)>,
    /// Every option of the document.
    pub options: Vec<Imported>,
}

/// Why options of the engine, or whole sections, are not ours. The first that fits counts.
const ELSEWHERE: &[(&str, Outcome, &str)] = &[
    ("execution.batch_timeout_base_seconds", Outcome::Renamed, LEASE),
    ("execution.batch_timeout_per_step_seconds", Outcome::Renamed, LEASE),
    ("execution.max_batch_timeout_seconds", Outcome::Renamed, LEASE),
    (
        "execution.concurrency_cache_duration",
        Outcome::StaysInRails,
        "how long a process keeps the advice it got",
    ),
    (
        "execution.health_assessment_cache_duration",
        Outcome::StaysInRails,
        "the engine does not read it either",
    ),
    ("execution.connection_health_log_level", Outcome::StaysInRails, "the engine does not read it either"),
    ("engine.task_handler_directory", Outcome::StaysInRails, FILES),
    ("engine.task_config_directory", Outcome::StaysInRails, FILES),
    ("engine.custom_events_directories", Outcome::StaysInRails, FILES),
    ("engine.default_module_namespace", Outcome::StaysInRails, "handlers are Ruby classes"),
    (
        "engine.identity_strategy",
        Outcome::StaysInRails,
        "the engine computes a task's identity before it stores the task",
    ),
    ("engine.identity_strategy_class", Outcome::StaysInRails, "a Ruby class"),
    (
        "auth",
        Outcome::StaysInRails,
        "it guards the engine's web pages; in the database roles and policies decide",
    ),
    ("cache", Outcome::StaysInRails, "it is about Rails.cache"),
    ("database", Outcome::StaysInRails, "which database the engine connects to"),
    ("health", Outcome::StaysInRails, "it is about the engine's web pages"),
    ("telemetry", Outcome::StaysInRails, "events, logs and metrics are made by the engine's processes"),
];
const LEASE: &str = "readiness.lease_seconds says how long a worker may be silent";
const FILES: &str = "it is about files";

/// Sorts the options of a document that has the engine's sections.
///
/// # Errors
/// [`TaskerError::InvalidArgument`] for anything else than an object of objects, [`TaskerError::InvalidConfig`] for
/// options of ours with values that make no sense.
///
/// # Complexity
/// O(options).
pub fn import(document: &Value) -> Result<Import, TaskerError> {
    let wrong = |problem: &str| TaskerError::invalid("document", problem);
    let document = document.as_object().ok_or_else(|| wrong("must be a json object"))?;
    let mut import = Import::default();
    for (name, options) in document {
        let options =
            options.as_object().ok_or_else(|| wrong(&format!("must have a json object under \"{name}\"")))?;
        match Section::parse(name) {
            Ok(section) => {
                let patch = sort(&format!("{name}."), section.settings(), options, &mut import.options);
                let mut patch = check(section, &Value::Object(patch))?;
                choose_mode(section, &mut patch, &mut import.options);
                if !patch.is_empty() {
                    import.patches.push((section, patch));
                }
            }
            Err(_) => {
                _ = sort(&format!("{name}."), &[], options, &mut import.options);
            }
        }
    }
    Ok(import)
}

/// Tells of every option, and returns those that are ours.
fn sort(
    prefix: &str,
    settings: &[Setting],
    options: &Map<String, Value>,
    told: &mut Vec<Imported>,
) -> Map<String, Value> {
    let mut ours = Map::new();
    for (name, value) in options {
        let path = format!("{prefix}{name}");
        let setting = settings.iter().find(|setting| setting.name == name);
        match (setting.map(|setting| &setting.kind), value) {
            (Some(Kind::Group(settings)), Value::Object(options)) => {
                let group = sort(&format!("{path}."), settings, options, told);
                ours.insert(name.clone(), group.into());
            }
            (Some(_), value) => {
                told.push(Imported { detail: value.to_string(), path, outcome: Outcome::Set });
                ours.insert(name.clone(), value.clone());
            }
            (None, _) => told.push(elsewhere(path, name, settings)),
        }
    }
    ours
}

fn elsewhere(path: String, name: &str, settings: &[Setting]) -> Imported {
    let fits =
        |known: &str| path.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    match ELSEWHERE.iter().find(|(known, ..)| fits(known)) {
        Some((_, outcome, why)) => Imported { path, outcome: *outcome, detail: (*why).to_owned() },
        None => {
            let meant = nearest(name, settings.iter().map(|setting| setting.name));
            let detail = meant.map(|meant| format!("did you mean \"{meant}\"?")).unwrap_or_default();
            Imported { path, outcome: Outcome::Unknown, detail }
        }
    }
}

/// The engine's calculator, which reads these options, is our mode `progression`; its SQL functions, our default, read
/// none.
fn choose_mode(section: Section, patch: &mut Map<String, Value>, told: &mut Vec<Imported>) {
    let reads = |option: &str| patch.contains_key(option);
    if section == Section::Backoff
        && (reads("default_backoff_seconds") || reads("backoff_multiplier"))
        && !reads("mode")
    {
        patch.insert("mode".to_owned(), json!("progression"));
        let detail = "\"progression\": the rule of the engine's Ruby, which reads these options".to_owned();
        told.push(Imported { path: "backoff.mode".to_owned(), outcome: Outcome::Set, detail });
    }
}
