//! Whether options make sense: everything that is wrong with them, said at once.

use super::Section;
use super::options::{Kind, Setting};
use crate::core::error::TaskerError;
use crate::core::wording::{described, nearest};
use serde_json::{Map, Value};

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
    let mut problems = Vec::new();
    find_problems("", section.settings(), patch, &mut problems);
    if problems.is_empty() {
        Ok(patch.clone())
    } else {
        Err(TaskerError::InvalidConfig { section: section.as_str(), problems })
    }
}

fn find_problems(prefix: &str, settings: &[Setting], patch: &Map<String, Value>, problems: &mut Vec<String>) {
    for (name, value) in patch {
        let path = format!("{prefix}{name}");
        let Some(setting) = settings.iter().find(|setting| setting.name == name) else {
            let meant = nearest(name, settings.iter().map(|setting| setting.name));
            let question = meant.map(|meant| format!("; did you mean \"{meant}\"?"));
            problems.push(format!("{path}: there is no such option{}", question.unwrap_or_default()));
            continue;
        };
        match (&setting.kind, value) {
            (_, Value::Null) => {}
            (Kind::Group(settings), Value::Object(patch)) => {
                find_problems(&format!("{path}."), settings, patch, problems);
            }
            (kind, value) if !fits(kind, value) => {
                problems.push(format!("{path}: must be {}, not {}", wanted(kind), described(value)));
            }
            _ => {}
        }
    }
}

fn fits(kind: &Kind, value: &Value) -> bool {
    let is_whole = |value: &Value, least: i64, most: i64| {
        value.as_i64().is_some_and(|number| (least..=most).contains(&number))
    };
    match *kind {
        Kind::Boolean => value.is_boolean(),
        Kind::Integer(least, most) => is_whole(value, least, most),
        Kind::Number(least, most) => value.as_f64().is_some_and(|number| (least..=most).contains(&number)),
        Kind::Choice(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Kind::Integers(least, most) => value.as_array().is_some_and(|numbers| {
            !numbers.is_empty() && numbers.iter().all(|number| is_whole(number, least, most))
        }),
        Kind::Group(_) => false,
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
        Kind::Group(_) => "a json object".to_owned(),
    }
}
