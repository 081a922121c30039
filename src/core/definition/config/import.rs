//! Imports the engine's own configuration: decides which of its options exist here, and says why the others
//! stay in Rails.

use super::elsewhere::{ImportOutcome, fate};
use super::options::{OptionType, Setting};
use super::{Section, check};
use crate::core::error::TaskerError;
use crate::core::wording::suggestion;
use serde_json::{Map, Value, json};

/// One option of the imported document.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportLine {
    /// `backoff.reenqueue_delays.processing`
    pub path: String,
    /// The outcome of the option.
    pub outcome: ImportOutcome,
    /// The value, the new name, or the reason.
    pub detail: String,
}

/// The result of an import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    /// The options to set, by section.
    pub patches: Vec<(Section, Map<String, Value>)>,
    /// The options to set in registered sections.
    pub registered: Vec<(String, Map<String, Value>)>,
    /// Every option of the document.
    pub options: Vec<ImportLine>,
}

/// Sorts the options of a document that has the engine's sections and registered sections.
///
/// # Errors
/// [`TaskerError::InvalidArgument`] for anything else than an object of objects, [`TaskerError::InvalidConfig`] for
/// options with invalid values.
///
/// # Complexity
/// O(options).
pub fn import(document: &Value, is_registered: impl Fn(&str) -> bool) -> Result<Import, TaskerError> {
    let wrong = |problem: &str| TaskerError::invalid("document", problem);
    let document = document.as_object().ok_or_else(|| wrong("must be a json object"))?;
    let mut import = Import::default();
    for (name, options) in document {
        let options =
            options.as_object().ok_or_else(|| wrong(&format!("must have a json object under \"{name}\"")))?;
        match Section::find(name) {
            Some(section) => {
                let patch = sort(name, "", section.settings(), options, &mut import.options);
                let mut patch = check(section, &Value::Object(patch))?;
                choose_mode(section, &mut patch, &mut import.options);
                if !patch.is_empty() {
                    import.patches.push((section, patch));
                }
            }
            None if is_registered(name) => {
                let told = options.iter().map(|(option, value)| ImportLine {
                    path: format!("{name}.{option}"),
                    outcome: ImportOutcome::Set,
                    detail: value.to_string(),
                });
                import.options.extend(told);
                import.registered.push((name.clone(), options.clone()));
            }
            None => {
                _ = sort(name, "", &[], options, &mut import.options);
            }
        }
    }
    Ok(import)
}

/// Records the outcome of every option of a section, or of a group in it, and returns the options that exist here.
fn sort(
    section: &str,
    prefix: &str,
    settings: &[Setting],
    options: &Map<String, Value>,
    told: &mut Vec<ImportLine>,
) -> Map<String, Value> {
    let mut ours = Map::new();
    for (name, value) in options {
        let option = format!("{prefix}{name}");
        let setting = settings.iter().find(|setting| setting.name == name);
        match (setting.map(|setting| &setting.kind), value) {
            (Some(OptionType::Group(settings)), Value::Object(options)) => {
                let group = sort(section, &format!("{option}."), settings, options, told);
                ours.insert(name.clone(), group.into());
            }
            (Some(_), value) => {
                let path = format!("{section}.{option}");
                told.push(ImportLine { detail: value.to_string(), path, outcome: ImportOutcome::Set });
                ours.insert(name.clone(), value.clone());
            }
            (None, _) => {
                let (outcome, detail) = match fate(section, &option) {
                    Some((outcome, why)) => (outcome, why.to_owned()),
                    None => {
                        let meant = suggestion(name, settings.iter().map(|setting| setting.name));
                        (ImportOutcome::Unknown, meant.unwrap_or_default())
                    }
                };
                told.push(ImportLine { path: format!("{section}.{option}"), outcome, detail });
            }
        }
    }
    ours
}

/// Sets the mode `progression` if the document has options that only this mode reads. The engine's Ruby code reads
/// them; its SQL functions, the default mode here, do not.
fn choose_mode(section: Section, patch: &mut Map<String, Value>, told: &mut Vec<ImportLine>) {
    let reads = |option: &str| patch.contains_key(option);
    if section == Section::Backoff
        && (reads("default_backoff_seconds") || reads("backoff_multiplier"))
        && !reads("mode")
    {
        patch.insert("mode".to_owned(), json!("progression"));
        let detail = "\"progression\": the rule of the engine's Ruby, which reads these options".to_owned();
        told.push(ImportLine { path: "backoff.mode".to_owned(), outcome: ImportOutcome::Set, detail });
    }
}
