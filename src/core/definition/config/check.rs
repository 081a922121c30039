//! Checks options, and reports all problems at once.

use super::Section;
use super::elsewhere::fate;
use super::options::{LONGEST_TEXT, OptionType, Setting};
use crate::core::error::TaskerError;
use crate::core::event_pattern::EventPattern;
use crate::core::wording::{described, question};
use serde_json::{Map, Value};

/// Checks a patch of a section, in which `null` removes an option.
///
/// # Errors
/// [`TaskerError::InvalidConfig`] with a line for each problem.
pub fn check(section: Section, patch: &Value) -> Result<Map<String, Value>, TaskerError> {
    let patch = object(patch)?;
    let mut problems = Vec::new();
    find_problems(section, "", section.settings(), patch, &mut problems);
    if problems.is_empty() {
        Ok(patch.clone())
    } else {
        Err(TaskerError::InvalidConfig { section: section.as_str().to_owned(), problems })
    }
}

/// Checks that the options are an object.
pub fn object(patch: &Value) -> Result<&Map<String, Value>, TaskerError> {
    patch.as_object().ok_or_else(|| {
        TaskerError::invalid("options", format!("must be a json object, not {}", described(patch)))
    })
}

fn find_problems(
    section: Section,
    prefix: &str,
    settings: &[Setting],
    patch: &Map<String, Value>,
    problems: &mut Vec<String>,
) {
    for (name, value) in patch {
        let path = format!("{prefix}{name}");
        let Some(setting) = settings.iter().find(|setting| setting.name == name) else {
            problems.push(match fate(section.as_str(), &path) {
                Some((outcome, why)) => format!("{path}: {}: {why}", outcome.as_str()),
                None => format!(
                    "{path}: there is no such option{}",
                    question(name, settings.iter().map(|setting| setting.name))
                ),
            });
            continue;
        };
        match (&setting.kind, value) {
            (_, Value::Null) => {}
            (OptionType::Group(settings), Value::Object(patch)) => {
                find_problems(section, &format!("{path}."), settings, patch, problems);
            }
            (kind, value) if !fits(kind, value) => {
                problems.push(format!("{path}: must be {}, not {}", wanted(kind), described(value)));
            }
            _ => {}
        }
    }
}

fn fits(kind: &OptionType, value: &Value) -> bool {
    let is_whole = |value: &Value, least: i64, most: i64| {
        value.as_i64().is_some_and(|number| (least..=most).contains(&number))
    };
    match *kind {
        OptionType::Boolean => value.is_boolean(),
        OptionType::Integer(least, most) => is_whole(value, least, most),
        OptionType::Number(least, most) => {
            value.as_f64().is_some_and(|number| (least..=most).contains(&number))
        }
        OptionType::Choice(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        OptionType::Integers(least, most) => value.as_array().is_some_and(|numbers| {
            !numbers.is_empty() && numbers.iter().all(|number| is_whole(number, least, most))
        }),
        OptionType::Text => is_text(value),
        OptionType::Texts => value
            .as_array()
            .is_some_and(|texts| texts.iter().all(|text| is_text(text) && text.as_str() != Some(""))),
        OptionType::Patterns => {
            let is_pattern =
                |text: &Value| text.as_str().is_some_and(|text| text.parse::<EventPattern>().is_ok());
            value.as_array().is_some_and(|texts| texts.iter().all(is_pattern))
        }
        OptionType::Group(_) => false,
    }
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.chars().count() <= LONGEST_TEXT)
}

fn wanted(kind: &OptionType) -> String {
    match kind {
        OptionType::Boolean => "true or false".to_owned(),
        OptionType::Integer(least, most) => format!("a whole number from {least} to {most}"),
        OptionType::Number(least, most) => format!("a number from {least} to {most}"),
        OptionType::Choice(words) => format!("one of {}", words.join(", ")),
        OptionType::Integers(least, most) => {
            format!("a list of at least one whole number from {least} to {most}")
        }
        OptionType::Text => format!("a text of at most {LONGEST_TEXT} characters"),
        OptionType::Texts => format!("a list of texts of 1 to {LONGEST_TEXT} characters"),
        OptionType::Patterns => "a list of patterns of events, such as step.*".to_owned(),
        OptionType::Group(_) => "a json object".to_owned(),
    }
}
