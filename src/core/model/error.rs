//! The errors of the extension. `src/pg/host/error.rs` maps each to its SQLSTATE.

use crate::core::ids::{StepId, TaskId};
use crate::core::problem::Problem;

/// An error, worded for a reader in psql.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskerError {
    /// The step does not exist, or the caller may not see it.
    #[error("workflow step {0} does not exist")]
    StepNotFound(StepId),
    /// A transition names a state that does not exist.
    #[error("unrecognized state \"{state}\" of workflow step {step}")]
    UnknownStepState {
        /// The step with the state.
        step: StepId,
        /// The stored state.
        state: String,
    },
    /// A transition names a state that does not exist.
    #[error("unrecognized state \"{state}\" of task {task}")]
    UnknownTaskState {
        /// The task with the state.
        task: TaskId,
        /// The stored state.
        state: String,
    },
    /// The caller's search_path has no Tasker tables.
    #[error("relation \"{table}\" does not exist in the search_path")]
    TablesNotFound {
        /// The table that marks an installation.
        table: &'static str,
    },
    /// The Tasker tables have no side tables.
    #[error("tasker_core is not installed in schema \"{schema}\"")]
    NotInstalled {
        /// The schema of the Tasker tables.
        schema: String,
    },
    /// A call was to wait for work in a transaction that does not see what others commit meanwhile.
    #[error("cannot wait for work in a transaction at isolation level repeatable read or serializable")]
    WaitInSnapshot,
    /// The database has another encoding than UTF8.
    #[error("tasker_core does not support databases with encoding \"{encoding}\"")]
    UnsupportedEncoding {
        /// The name of the encoding.
        encoding: String,
    },
    /// The installation has missing or disabled triggers.
    #[error("the Tasker installation in schema \"{schema}\" lacks triggers")]
    TriggersMissing {
        /// The schema of the Tasker tables.
        schema: String,
        /// A sentence for each table that lacks some.
        problems: Vec<String>,
    },
    /// Tables with the names of tasker_core's or the engine's tables have columns of other types.
    #[error("the tables in schema \"{schema}\" are not those of tasker_core")]
    TablesAltered {
        /// The schema of the Tasker tables.
        schema: String,
    },
    /// An application has changed tables of the engine in a way that does not work.
    #[error("tasker_core cannot work with the tables in schema \"{schema}\" as they are")]
    TablesUnfit {
        /// The schema of the Tasker tables.
        schema: String,
        /// A sentence for each problem.
        problems: Vec<String>,
    },
    /// The table of states does not permit this transition of a step.
    #[error("cannot move step {step} from \"{from}\" to \"{to}\"")]
    IllegalStepTransition {
        /// The step.
        step: StepId,
        /// The current state.
        from: String,
        /// The requested state.
        to: String,
    },
    /// The table of states does not permit this transition of a task.
    #[error("cannot move task {task} from \"{from}\" to \"{to}\"")]
    IllegalTaskTransition {
        /// The task.
        task: TaskId,
        /// The current state.
        from: String,
        /// The requested state.
        to: String,
    },
    /// A rule forbids a transition that the table of states permits.
    #[error("cannot {action}: {reason}")]
    NotPermitted {
        /// The refused action, for example "move step 42 to \"in_progress\"".
        action: String,
        /// The reason of the refusal.
        reason: String,
        /// The action that helps.
        hint: &'static str,
    },
    /// Another worker holds the step now, or its execution has ended.
    #[error("the claim of workflow step {step} is lost: {reason}")]
    ClaimLost {
        /// The step.
        step: StepId,
        /// The reason why the claim is lost.
        reason: String,
    },
    /// Another session has changed the state since it was read.
    #[error("could not move {subject}: its state changed concurrently")]
    StateChanged {
        /// "workflow step 42" or "task 7".
        subject: String,
    },
    /// The task does not exist, or the caller may not see it.
    #[error("task {0} does not exist")]
    TaskNotFound(TaskId),
    /// An argument has an invalid value.
    #[error("argument \"{argument}\" {problem}")]
    InvalidArgument {
        /// The name of the argument in SQL.
        argument: &'static str,
        /// "must be greater than zero"
        problem: String,
    },
    /// Options do not exist or have invalid values.
    #[error("invalid configuration for section \"{section}\"")]
    InvalidConfig {
        /// The section of the options.
        section: String,
        /// A sentence for each problem, beginning with the option.
        problems: Vec<String>,
    },
    /// Steps cannot be added to a task as requested.
    #[error("the steps cannot be added")]
    InvalidSteps {
        /// A sentence for each problem.
        problems: Vec<String>,
    },
    /// A task template is invalid.
    #[error("the task template is not valid")]
    InvalidTemplate(Vec<Problem>),
    /// A request for a task is invalid, or its context does not satisfy the template's schema.
    #[error("the task cannot be created as requested")]
    InvalidRequest(Vec<Problem>),
    /// The template, or this version of it, is not registered.
    #[error("task template {template} is not registered")]
    TemplateNotFound {
        /// `"order" of namespace "shop", version "1.2.0"`
        template: String,
        /// The templates that are registered, or a similar name.
        hint: String,
    },
    /// A stored template is not valid: another program has changed it.
    #[error("the stored template {template} is not valid: {problem}")]
    StoredTemplate {
        /// The template.
        template: String,
        /// The problem.
        problem: String,
    },
    /// A row that the caller may not see has the identity. The message is that of an INSERT.
    #[error("duplicate key value violates the uniqueness of tasker_tasks.identity_hash")]
    IdentityTaken,
    /// The caller changes a setting of the whole installation, but row-level security hides a part of it.
    #[error("permission denied to {action}: row-level security applies to your role")]
    BindsHiddenRows {
        /// "set a limit"
        action: &'static str,
    },
    /// Stored options are not valid: another program has written them.
    #[error("the stored configuration is not valid: {problem}")]
    StoredConfig {
        /// The problem.
        problem: String,
    },
    /// A document cannot be read without changing it.
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
    /// The last warning of a statement about edges, which counts the others.
    #[error("{0} more edges or cycles of this statement are wrong")]
    MoreBadEdges(usize),
    /// A graph is too large to be returned as one value.
    #[error("task {task} has {found} {parts}, more than the {limit} that a document may have")]
    GraphTooLarge {
        /// The task of the graph.
        task: TaskId,
        /// "steps" or "edges"
        parts: &'static str,
        /// The number that the graph has.
        found: usize,
        /// The allowed number.
        limit: usize,
    },
    /// A trigger function was called by hand, or attached to the wrong table.
    #[error("{0}")]
    TriggerProtocol(String),
    /// A trigger of the application has discarded a transition of a step.
    #[error("a trigger discarded the new transition of workflow step {0}")]
    TransitionDiscarded(StepId),
    /// A trigger of the application has discarded a transition of a task.
    #[error("a trigger discarded the new transition of task {0}")]
    TaskTransitionDiscarded(TaskId),
    /// A trigger or a rule of the application has discarded rows that were written to a table.
    #[error("a trigger or rule discarded rows written to table \"{table}\"")]
    WriteDiscarded {
        /// The name of the table, without the schema.
        table: &'static str,
    },
    /// A table belongs to a role that could gain rights through it.
    #[error(
        "table \"{table}\" belongs to role \"{owner}\", whose rights do not include those of the installation's owner"
    )]
    ForeignOwner {
        /// The table.
        table: String,
        /// The owner of the table.
        owner: String,
    },
    /// A trigger would run with more rights than the role that created it.
    #[error(
        "trigger \"{trigger}\" of table \"{table}\" would run with the rights of the installation's owner"
    )]
    ForeignTrigger {
        /// The table of the trigger.
        table: String,
        /// The trigger.
        trigger: String,
        /// The owner of the trigger's function.
        owner: String,
    },
    /// A trigger might find temporary tables of the session instead of the tables that it names.
    #[error(
        "trigger \"{trigger}\" of table \"{table}\" cannot run with the rights of the installation's owner in a session that has temporary tables"
    )]
    TemporarySchema {
        /// The table of the trigger.
        table: String,
        /// The trigger.
        trigger: String,
    },
    /// The installation has a layout without the tables that a call needs.
    #[error("the Tasker installation in schema \"{schema}\" has no event stream")]
    NoEventStream {
        /// The schema of the Tasker tables.
        schema: String,
    },
    /// No consumer of the event stream has this name.
    #[error("consumer \"{0}\" does not exist")]
    ConsumerNotFound(String),
    /// The consumer belongs to a role whose rights the caller does not have.
    #[error("consumer \"{consumer}\" belongs to role \"{role}\"")]
    ForeignConsumer {
        /// The consumer.
        consumer: String,
        /// The role that has subscribed.
        role: String,
    },
    /// No schedule has this name.
    #[error("schedule \"{0}\" does not exist")]
    ScheduleNotFound(String),
    /// The schedule belongs to a role whose rights the caller does not have.
    #[error("schedule \"{schedule}\" belongs to role \"{role}\"")]
    ForeignSchedule {
        /// The schedule.
        schedule: String,
        /// The role that has defined it.
        role: String,
    },
    /// The caller does not have the rights of a role for which it sets up a consumer.
    #[error("must be a member of role \"{0}\"")]
    NotOfRole(String),
    /// Events were removed before a consumer read them.
    #[error("events were removed before consumer \"{consumer}\" read them")]
    EventsMissed {
        /// The consumer.
        consumer: String,
        /// How many events, by the patterns of the consumer.
        missed: i64,
    },
    /// The events after a position are not all kept.
    #[error("the event at this position was removed")]
    EventRemoved,
    /// The snapshot is older than the rows that a write depends on (REPEATABLE READ and above).
    #[error("could not serialize access due to a concurrent change of workflow step {0}")]
    StaleSnapshot(StepId),
}

impl TaskerError {
    /// Makes the error for an invalid argument.
    pub fn invalid(argument: &'static str, problem: impl Into<String>) -> Self {
        Self::InvalidArgument { argument, problem: problem.into() }
    }

    /// Returns whether the error concerns the whole installation, so that the rest of the call cannot go on.
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

    /// Returns whether the error concerns a single step, so that the other steps of the call can go on.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::StepNotFound(_) | Self::ClaimLost { .. } | Self::IllegalStepTransition { .. })
    }
}
