//! The wording of messages about invalid input.

use serde_json::Value;

/// The least similarity of a name that is suggested.
const LEAST_SIMILARITY: f64 = 0.7;

/// A value in few words.
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

/// The known name that is most similar, if it is similar enough.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .filter(|_| name.len() <= LONGEST_NAME)
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

/// The question after it, with its semicolon; empty when nothing is like it.
pub fn question<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |meant| format!("; did you mean \"{meant}\"?"))
}
