//! The key of the context by which the tasks of a fair queue take turns.

use super::{ConfigScope, Section};
use crate::core::error::TaskerError;
use serde_json::{Map, Value};

/// The option of the section `execution` that names the key.
pub const OPTION: &str = "fair_by";

/// The largest number of names in a path.
const DEEPEST: usize = 10;

/// Returns whether these options let tasks take turns, so that the installation needs fair queues.
pub fn is_set(section: Section, options: &Map<String, Value>) -> bool {
    let path = options.get(OPTION).and_then(Value::as_array);
    section == Section::Execution && path.is_some_and(|path| !path.is_empty())
}

/// Checks where the key is set: only what all tasks of a name have in common decides about their queue.
///
/// # Errors
/// [`TaskerError::InvalidConfig`] for another scope, and for a path that is too long.
pub fn check(section: Section, scope: &ConfigScope, options: &Map<String, Value>) -> Result<(), TaskerError> {
    let Some(path) = options.get(OPTION).filter(|_| section == Section::Execution) else { return Ok(()) };
    let problem = match scope {
        ConfigScope::StepName(_) | ConfigScope::Task(_) => {
            "can be set globally, for a namespace or for the name of a task".to_owned()
        }
        _ if path.as_array().is_some_and(|path| path.len() > DEEPEST) => {
            format!("must have at most {DEEPEST} names")
        }
        _ => return Ok(()),
    };
    let problems = vec![format!("{OPTION}: {problem}")];
    Err(TaskerError::InvalidConfig { section: section.as_str().to_owned(), problems })
}

/// Writes a path as the text of an array of PostgreSQL.
pub fn as_array(path: &[String]) -> String {
    let quoted = path.iter().map(|name| {
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    });
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}
