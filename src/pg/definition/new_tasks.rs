//! Defines the results of the creation of tasks, and the places of its requests.

use crate::core::ids::{NamedTaskId, TaskId};
use crate::core::template::{element, member};

/// The task of a request.
#[derive(Clone, Debug)]
pub struct NewTask {
    pub task: TaskId,
    pub named_task: NamedTaskId,
    pub identity_hash: String,
    /// True if the task was created for this request.
    pub is_new: bool,
}

/// The tasks of a call, and the work that is left for them.
#[derive(Clone, Debug)]
pub struct NewTasks {
    /// The tasks in the order of the requests.
    pub created: Vec<NewTask>,
    /// The steps that have rules.
    pub ruled: Vec<i64>,
    /// The tasks with steps that were left out: they may be over.
    pub bypassed: Vec<TaskId>,
}

/// The place of a request in its call, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestSource {
    /// A request in the arguments of a call.
    Arguments,
    /// A request in a list.
    List,
}

impl RequestSource {
    /// Returns the paths of the context and the options of a request.
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
