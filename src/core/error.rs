//! Every way in which the extension says no. `crate::pg::error` gives each its SQLSTATE.

use super::ids::{StepId, TaskId};
use super::template::Problem;

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
    /// Names and documents are read as UTF-8.
    #[error("tasker_core does not support databases with encoding \"{encoding}\"")]
    UnsupportedEncoding {
        /// As PostgreSQL calls it.
        encoding: String,
    },
    /// Some of the triggers that keep the side rows are missing or disabled.
    #[error("the Tasker installation in schema \"{schema}\" lacks triggers")]
    TriggersMissing {
        /// The schema of the Tasker tables.
        schema: String,
        /// A sentence for each table that lacks some.
        problems: Vec<String>,
    },
    /// Tables under the names of ours, or of the engine's, with columns of other types.
    #[error("the tables in schema \"{schema}\" are not those of tasker_core")]
    TablesAltered {
        /// The schema of the Tasker tables.
        schema: String,
    },
    /// Tables of the engine that an application has changed.
    #[error("tasker_core cannot work with the tables in schema \"{schema}\" as they are")]
    TablesUnfit {
        /// The schema of the Tasker tables.
        schema: String,
        /// A sentence for each fault.
        problems: Vec<String>,
    },
    /// The table of semantics 2.2 does not have it.
    #[error("cannot move step {step} from \"{from}\" to \"{to}\"")]
    IllegalStepTransition {
        /// Which step.
        step: StepId,
        /// The state that it is in.
        from: String,
        /// The state that it was to enter.
        to: String,
    },
    /// Likewise for a task.
    #[error("cannot move task {task} from \"{from}\" to \"{to}\"")]
    IllegalTaskTransition {
        /// Which task.
        task: TaskId,
        /// The state that it is in.
        from: String,
        /// The state that it was to enter.
        to: String,
    },
    /// A guard of semantics 2.3, or a rule of ours, forbids what the table permits.
    #[error("cannot {action}: {reason}")]
    NotPermitted {
        /// What was to be done: "move step 42 to \"in_progress\"".
        action: String,
        /// What is in the way.
        reason: String,
        /// What to do instead.
        hint: &'static str,
    },
    /// Somebody else holds the step now, or has ended its execution.
    #[error("the claim of workflow step {step} is lost: {reason}")]
    ClaimLost {
        /// Which step.
        step: StepId,
        /// What became of it.
        reason: String,
    },
    /// Another session has moved it since it was looked at.
    #[error("could not move {subject}: its state changed concurrently")]
    StateChanged {
        /// "workflow step 42" or "task 7".
        subject: String,
    },
    /// No such task, or none that the caller may see.
    #[error("task {0} does not exist")]
    TaskNotFound(TaskId),
    /// An argument is not what it should be.
    #[error("argument \"{argument}\" {problem}")]
    InvalidArgument {
        /// Its name in SQL.
        argument: &'static str,
        /// "must be greater than zero"
        problem: String,
    },
    /// Options that do not exist, or have values that make no sense.
    #[error("invalid configuration for section \"{section}\"")]
    InvalidConfig {
        /// Of which section.
        section: String,
        /// A sentence for each of them, beginning with the option.
        problems: Vec<String>,
    },
    /// Steps that cannot be added to a task as they are wanted.
    #[error("the steps cannot be added")]
    InvalidSteps {
        /// A sentence for each thing that is wrong.
        problems: Vec<String>,
    },
    /// A task template that makes no sense.
    #[error("the task template is not valid")]
    InvalidTemplate(Vec<Problem>),
    /// A task was asked for in a way that makes no sense, or with a context that its template does not allow.
    #[error("the task cannot be created as requested")]
    InvalidRequest(Vec<Problem>),
    /// No template of that name, or of that version.
    #[error("task template {template} is not registered")]
    TemplateNotFound {
        /// `"order" of namespace "shop", version "1.2.0"`
        template: String,
        /// What is registered instead, or may have been meant.
        hint: String,
    },
    /// A registered template that was changed by hand, past every check.
    #[error("the stored template {template} is not valid: {problem}")]
    StoredTemplate {
        /// Which.
        template: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An identity that another row has which the caller may not see. It says what an INSERT would.
    #[error("duplicate key value violates the uniqueness of tasker_tasks.identity_hash")]
    IdentityTaken,
    /// A setting for the whole installation, by a caller from whom row-level security hides a part of it.
    #[error("permission denied to {action}: row-level security applies to your role")]
    BindsHiddenRows {
        /// "set a limit"
        action: &'static str,
    },
    /// Options that were stored by hand, past every check.
    #[error("the stored configuration is not valid: {problem}")]
    StoredConfig {
        /// What is wrong with it.
        problem: String,
    },
    /// A document that cannot be read without changing it.
    #[error("a json document {0}")]
    UnreadableJson(String),
    /// A required argument is NULL.
    #[error("argument \"{0}\" must not be null")]
    NullArgument(&'static str),
    /// An edge from a step to itself.
    #[error("workflow step {0} cannot depend on itself")]
    SelfEdge(StepId),
    /// An edge between steps of two tasks.
    #[error("workflow step {to} cannot depend on workflow step {from} of another task")]
    CrossTaskEdge {
        /// The parent.
        from: StepId,
        /// The child.
        to: StepId,
        /// The tasks of the two, unless the caller may not see all tasks.
        tasks: Option<(TaskId, TaskId)>,
    },
    /// An edge that is stored already.
    #[error("edge from workflow step {from} to workflow step {to} already exists")]
    DuplicateEdge {
        /// The parent.
        from: StepId,
        /// The child.
        to: StepId,
    },
    /// An edge that makes these steps wait for each other, in this order.
    #[error("workflow dependencies contain a cycle")]
    Cycle(Vec<StepId>),
    /// What a statement's warnings of edges end with.
    #[error("{0} more edges or cycles of this statement are wrong")]
    MoreBadEdges(usize),
    /// A graph that is too large to be written down in one piece.
    #[error("task {task} has {found} {parts}, more than the {limit} that a document may have")]
    GraphTooLarge {
        /// Whose graph.
        task: TaskId,
        /// "steps" or "edges"
        parts: &'static str,
        /// How many it has.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// A trigger function was called by hand, or attached where it does not belong.
    #[error("{0}")]
    TriggerProtocol(String),
    /// A trigger of the application's has not let a transition of a step be stored.
    #[error("a trigger discarded the new transition of workflow step {0}")]
    TransitionDiscarded(StepId),
    /// Likewise of a task.
    #[error("a trigger discarded the new transition of task {0}")]
    TaskTransitionDiscarded(TaskId),
    /// A trigger or a rule of the application's kept rows of a table from being written.
    #[error("a trigger or rule discarded rows written to table \"{table}\"")]
    WriteDiscarded {
        /// Its name, without the schema.
        table: &'static str,
    },
    /// A table of a role that could do more through it than it may.
    #[error(
        "table \"{table}\" belongs to role \"{owner}\", whose rights do not include those of the installation's owner"
    )]
    ForeignOwner {
        /// Which table.
        table: String,
        /// Whose it is.
        owner: String,
    },
    /// A trigger that would run with more rights than the role that has made it.
    #[error(
        "trigger \"{trigger}\" of table \"{table}\" would run with the rights of the installation's owner"
    )]
    ForeignTrigger {
        /// Of which table.
        table: String,
        /// Which trigger.
        trigger: String,
        /// Whose function it calls.
        owner: String,
    },
    /// A trigger that might find temporary tables of the session instead of what it names.
    #[error(
        "trigger \"{trigger}\" of table \"{table}\" cannot run with the rights of the installation's owner in a session that has temporary tables"
    )]
    TemporarySchema {
        /// Of which table.
        table: String,
        /// Which trigger.
        trigger: String,
    },
    /// A snapshot older than the rows that a write depends on (REPEATABLE READ and above).
    #[error("could not serialize access due to a concurrent change of workflow step {0}")]
    StaleSnapshot(StepId),
}

impl TaskerError {
    /// An argument that is not what it should be.
    pub fn invalid(argument: &'static str, problem: impl Into<String>) -> Self {
        Self::InvalidArgument { argument, problem: problem.into() }
    }

    /// Whether it concerns the whole installation, so that nothing else of the same call can go on either.
    pub fn concerns_all(&self) -> bool {
        matches!(
            self,
            Self::TablesNotFound { .. }
                | Self::NotInstalled { .. }
                | Self::TablesAltered { .. }
                | Self::TablesUnfit { .. }
                | Self::TriggerProtocol(_)
                | Self::ForeignOwner { .. }
                | Self::ForeignTrigger { .. }
                | Self::TemporarySchema { .. }
        )
    }

    /// Whether it concerns one step alone, so that others of the same call can go on.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::StepNotFound(_) | Self::ClaimLost { .. } | Self::IllegalStepTransition { .. })
    }
}
