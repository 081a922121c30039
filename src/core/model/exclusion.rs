//! Reads `exclude`, the steps that a claim leaves to other workers.

use crate::core::error::TaskerError;
use serde_json::Value;

/// The members that an exclusion may have, in the order of [`Exclusion`].
const MEMBERS: [&str; 4] = ["namespaces", "task_names", "step_names", "dependent_systems"];

/// The names of the steps that a claim skips; `None`: no names of that kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exclusion {
    /// The namespaces of tasks to leave out.
    pub namespaces: Option<Vec<String>>,
    /// The names of tasks to leave out.
    pub task_names: Option<Vec<String>>,
    /// The names of steps to leave out.
    pub step_names: Option<Vec<String>>,
    /// The dependent systems of steps to leave out.
    pub dependent_systems: Option<Vec<String>>,
}

impl Exclusion {
    /// Reads an exclusion from an object of lists of names; a list that is null counts as missing.
    ///
    /// # Errors
    /// [`TaskerError::InvalidArgument`] for any other document.
    pub fn parse(document: &Value) -> Result<Self, TaskerError> {
        let wrong = || {
            let members = MEMBERS.join(", ");
            TaskerError::invalid("exclude", format!("must be an object of lists of names: {members}"))
        };
        let members = document.as_object().ok_or_else(wrong)?;
        if members.keys().any(|member| !MEMBERS.contains(&member.as_str())) {
            return Err(wrong());
        }
        let names = |member: &str| match members.get(member) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(names)) => {
                let names = names.iter().map(|name| name.as_str().map(str::to_owned));
                names.collect::<Option<Vec<String>>>().map(Some).ok_or_else(wrong)
            }
            Some(_) => Err(wrong()),
        };
        let [namespaces, task_names, step_names, dependent_systems] = MEMBERS;
        Ok(Self {
            namespaces: names(namespaces)?,
            task_names: names(task_names)?,
            step_names: names(step_names)?,
            dependent_systems: names(dependent_systems)?,
        })
    }
}
