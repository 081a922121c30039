//! Problems of a document, each with its path.

use serde_json::Value;
use std::fmt;

/// The highest number of problems that are listed; the others are only counted.
const LISTED: usize = 100;

/// A problem of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The place: an SQL/JSON path such as `$.step_templates[2].name`.
    pub path: String,
    /// The message, for example "must be true or false, not 7".
    pub message: String,
}

impl Problem {
    /// Creates a problem at a path.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// The problems that were found so far.
#[derive(Debug, Default)]
pub struct Problems {
    listed: Vec<Problem>,
    others: usize,
}

impl Problems {
    /// Adds a problem. The message is made only if it is going to be read: a suggestion costs.
    pub fn add(&mut self, path: impl Into<String>, message: impl FnOnce() -> String) {
        if self.listed.len() < LISTED {
            self.listed.push(Problem::new(path, message()));
        } else {
            self.others += 1;
        }
    }

    /// Returns whether no problem was found so far.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// All problems; the last line counts those that are not listed.
    pub fn into_list(mut self) -> Vec<Problem> {
        if self.others > 0 {
            self.listed.push(Problem::new("$", format!("{} more problems", self.others)));
        }
        self.listed
    }
}

/// The path of a member of an object.
pub fn member(path: &str, name: &str) -> String {
    let starts_well = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    if starts_well && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        format!("{path}.{name}")
    } else {
        format!("{path}.{}", Value::from(name))
    }
}

/// The path of an element of an array.
pub fn element(path: &str, at: usize) -> String {
    format!("{path}[{at}]")
}
