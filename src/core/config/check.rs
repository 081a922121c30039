//! Whether options make sense: everything that is wrong with them, said at once.

use super::Section;
use super::options::{Kind, Setting};
use crate::core::error::TaskerError;
use serde_json::{Map, Value};

/// How unlike a name may be that somebody is asked about.
const LEAST_SIMILARITY: f64 = 0.7;

/// Checks a patch of a section, in which `null` gives an option up.
///
/// # Errors
/// [`TaskerError::InvalidConfig`] with a line for each problem.
pub fn check(section: Section, patch: &Value) -> Result<Map<String, Value>, TaskerError> {
    let Value::Object(patch) = patch else {
        return Err(TaskerError::InvalidArgument {
            argument: "options",
            problem: format!("must be a json object, not {}", described(patch)),
        });
    };
    let problems: Vec<String> =
        patch.iter().filter_map(|(name, value)| problem(section, name, value)).collect();
    if problems.is_empty() {
        Ok(patch.clone())
    } else {
        Err(TaskerError::InvalidConfig { section: section.as_str(), problems })
    }
}

fn problem(section: Section, name: &str, value: &Value) -> Option<String> {
    let settings = section.settings();
    let Some(setting) = settings.iter().find(|setting| setting.name == name) else {
        let meant = nearest(name, settings.iter().map(|setting| setting.name));
        return Some(match meant {
            Some(meant) => format!("{name}: there is no such option; did you mean \"{meant}\"?"),
            None => format!("{name}: there is no such option"),
        });
    };
    if value.is_null() || fits(setting, value) {
        return None;
    }
    Some(format!("{name}: must be {}, not {}", wanted(&setting.kind), described(value)))
}

fn fits(setting: &Setting, value: &Value) -> bool {
    let is_whole = |value: &Value, least: i64, most: i64| {
        value.as_i64().is_some_and(|number| (least..=most).contains(&number))
    };
    match setting.kind {
        Kind::Boolean => value.is_boolean(),
        Kind::Integer(least, most) => is_whole(value, least, most),
        Kind::Number(least, most) => value.as_f64().is_some_and(|number| (least..=most).contains(&number)),
        Kind::Choice(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Kind::Integers(least, most) => value.as_array().is_some_and(|numbers| {
            !numbers.is_empty() && numbers.iter().all(|number| is_whole(number, least, most))
        }),
    }
}

fn wanted(kind: &Kind) -> String {
    match kind {
        Kind::Boolean => "true or false".to_owned(),
        Kind::Integer(least, most) => format!("a whole number from {least} to {most}"),
        Kind::Number(least, most) => format!("a number from {least} to {most}"),
        Kind::Choice(words) => format!("one of {}", words.join(", ")),
        Kind::Integers(least, most) => {
            format!("a list of at least one whole number from {least} to {most}")
        }
    }
}

/// A value in few words.
fn described(value: &Value) -> String {
    const SHOWN: usize = 40;
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The name that somebody may have meant.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}
