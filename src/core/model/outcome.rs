//! The results of an execution.

use serde_json::{Map, Value, json};

/// The results of a failure, as the engine stores them: message, class and backtrace. Workers use
/// different keys for these; a bare text is the message. All other keys are kept.
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

/// The reason why results are not passed on.
pub const TOO_LARGE: &str = "larger than the 256 MB that a jsonb value can hold";

/// The results of a step that cannot get the results of its parents. It is not retried before an operator has made them
/// smaller.
pub fn too_large_results() -> Value {
    json!({ "error": format!("the results of its parents are {TOO_LARGE}"), "error_class": "parent_results_too_large" })
}
