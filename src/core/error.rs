//! Every way in which the extension says no. `crate::pg::error` gives each its SQLSTATE.

use super::ids::{StepId, TaskId};

/// A refusal, worded for the user who reads it in psql.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskerError {
    /// No such step, or none that the caller may see.
    #[error("workflow step {0} does not exist")]
    StepNotFound(StepId),
    /// A transition names a state that does not exist.
    #[error("unrecognized state \"{state}\" of workflow step {step}")]
    UnknownStepState {
        /// Whose state it is.
        step: StepId,
        /// What is stored.
        state: String,
    },
    /// A transition names a state that does not exist.
    #[error("unrecognized state \"{state}\" of task {task}")]
    UnknownTaskState {
        /// Whose state it is.
        task: TaskId,
        /// What is stored.
        state: String,
    },
    /// No Tasker tables on the caller's search_path.
    #[error("relation \"{table}\" does not exist in the search_path")]
    TablesNotFound {
        /// The table that marks an installation.
        table: &'static str,
    },
    /// Tasker tables without the extension's side tables.
    #[error("tasker_core is not installed in schema \"{schema}\"")]
    NotInstalled {
        /// The schema of the Tasker tables.
        schema: String,
    },
    /// Tables under the names of ours, or of the engine's, with columns of other types.
    #[error("the tables in schema \"{schema}\" are not those of tasker_core")]
    TablesAltered {
        /// The schema of the Tasker tables.
        schema: String,
    },
    /// A required argument is NULL.
    #[error("argument \"{0}\" must not be null")]
    NullArgument(&'static str),
    /// A trigger function was called by hand, or attached where it does not belong.
    #[error("{0}")]
    TriggerProtocol(String),
    /// A snapshot older than the rows that a write depends on (REPEATABLE READ and above).
    #[error("could not serialize access due to a concurrent change of workflow step {0}")]
    StaleSnapshot(StepId),
}
