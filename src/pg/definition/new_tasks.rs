//! What the creation of tasks answers, and where its requests come from.

use crate::core::ids::{NamedTaskId, TaskId};
use crate::core::template::{element, member};

/// What a request has led to.
#[derive(Clone, Debug)]
pub struct NewTask {
    pub task: TaskId,
    pub named_task: NamedTaskId,
    pub identity_hash: String,
    /// Whether the task was made for this request.
    pub is_new: bool,
}

/// What was created, and what is left to be done about it.
#[derive(Clone, Debug)]
pub struct NewTasks {
    /// In the order of the requests.
    pub created: Vec<NewTask>,
    /// The steps that have rules.
    pub ruled: Vec<i64>,
    /// The tasks some of whose steps were left out: they may be over.
    pub bypassed: Vec<TaskId>,
}

/// The place of a request in its call, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestSource {
    /// In the arguments of a call.
    Arguments,
    /// In a list.
    List,
}

impl RequestSource {
    /// The paths of the context and the options of a request.
    pub fn paths(self, at: usize) -> (String, String) {
        match self {
            Self::Arguments => ("context".to_owned(), "options".to_owned()),
            Self::List => {
                let path = element("$", at);
                (member(&path, "context"), member(&path, "options"))
            }
        }
    }
}
