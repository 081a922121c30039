//! Writes messages about invalid input.

use crate::core::error::TaskerError;
use serde_json::Value;

/// The least similarity of a name that is suggested.
const LEAST_SIMILARITY: f64 = 0.7;

/// Describes a value in a few words.
pub fn described(value: &Value) -> String {
    const SHOWN: usize = 40;
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The longest name in bytes for which a suggestion is searched: comparing names takes time in proportion to their
/// length.
const LONGEST_NAME: usize = 1024;

/// The known name that is most similar to an unknown one, if it is similar enough.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .filter(|_| name.len() <= LONGEST_NAME)
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

/// Asks whether an unknown name means a similar one; `None` if no known name is similar.
pub fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|meant| format!("did you mean \"{meant}\"?"))
}

/// The suggestion as the end of a message, after a semicolon; empty if no known name is similar.
pub fn question<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    suggestion(name, known).map_or_else(String::new, |question| format!("; {question}"))
}

/// Lists the names that an argument can have.
pub fn one_of(names: &[&str]) -> String {
    format!("must be one of {}", names.join(", "))
}

/// Rejects a text that is none of the names: with a suggestion, or with the list if no name is similar.
pub fn none_of(text: &str, names: &[&str]) -> String {
    match suggestion(text, names.iter().copied()) {
        Some(question) => format!("must not be \"{text}\"; {question}"),
        None => one_of(names),
    }
}

/// The value whose name the text is.
///
/// # Errors
/// [`TaskerError::InvalidArgument`] with the list of names.
pub fn parse_name<T: Copy>(
    argument: &'static str,
    text: &str,
    values: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, TaskerError> {
    values.iter().copied().find(|value| name(*value) == text).ok_or_else(|| {
        let names: Vec<&str> = values.iter().map(|value| name(*value)).collect();
        TaskerError::invalid(argument, one_of(&names))
    })
}
