//! What an execution leaves behind.

use serde_json::{Map, Value, json};

/// What the engine keeps of a failure in `results`: the message, the class and the backtrace (semantics 2.7). Workers
/// name them in different ways; a bare text is the message. Whatever else they say is kept as they say it.
pub fn error_results(error: Value) -> Value {
    let mut fields = match error {
        Value::Object(fields) => fields,
        Value::String(message) => Map::from_iter([("error".to_owned(), message.into())]),
        other => Map::from_iter([("error".to_owned(), other.to_string().into())]),
    };
    for (ours, theirs) in [("error", "message"), ("error_class", "class")] {
        if !fields.contains_key(ours)
            && let Some(value) = fields.remove(theirs)
        {
            fields.insert(ours.to_owned(), value);
        }
    }
    fields.entry("error").or_insert_with(|| "unknown error".into());
    Value::Object(fields)
}

/// Why results are not handed over.
pub const TOO_LARGE: &str = "larger than the 256 MB that a jsonb value can hold";

/// What a step leaves behind that cannot be given the results of its parents. It is not tried again before a person has made
/// them smaller.
pub fn too_large_results() -> Value {
    json!({ "error": format!("the results of its parents are {TOO_LARGE}"), "error_class": "parent_results_too_large" })
}
