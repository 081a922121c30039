//! Reads JSON documents without changing them, and limits their nesting.

use crate::core::error::TaskerError;
use serde_json::Value;

/// The deepest nesting of a document that the extension reads. Reading recurses, on the stack of the server. PostgreSQL
/// stores deeper documents, and the extension passes them on without reading them.
pub const DEEPEST: usize = 512;

/// The key by which `serde_json` marks a number that keeps all of its digits: an object with this key would be read as
/// a number.
const MARK: &str = "$serde_json::private::Number";

/// Reads a document, whose numbers keep all of their digits.
///
/// # Errors
/// [`TaskerError::UnreadableJson`] for one that is nested too deep.
///
/// # Complexity
/// O(length).
pub fn parse(text: &str) -> Result<Value, TaskerError> {
    let unreadable = |problem: String| TaskerError::UnreadableJson(problem);
    if depth(text) > DEEPEST {
        return Err(unreadable(format!("is nested more than {DEEPEST} levels deep")));
    }
    if text.contains(MARK) {
        return Err(unreadable(format!("has \"{MARK}\" in it")));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    serde::Deserialize::deserialize(&mut reader)
        .map_err(|problem: serde_json::Error| unreadable(format!("is not valid: {problem}")))
}

/// The nesting depth of objects and lists.
fn depth(text: &str) -> usize {
    let (mut open, mut deepest): (usize, usize) = (0, 0);
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'{' | b'[' if !is_text => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' if !is_text => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
