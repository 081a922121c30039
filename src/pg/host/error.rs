//! Gives every refusal its SQLSTATE, its detail and its hint.

use crate::core::error::TaskerError;
use crate::core::state::{StepState, TaskState};
use pgrx::PgSqlErrorCode::{self, *};
use pgrx::pg_sys::panic::ErrorReport;

impl From<TaskerError> for ErrorReport {
    #[track_caller]
    fn from(error: TaskerError) -> Self {
        let report = ErrorReport::new(sqlstate(&error), error.to_string(), "tasker_core");
        let report = match detail(&error) {
            Some(detail) => report.set_detail(detail),
            None => report,
        };
        match hint(&error) {
            Some(hint) => report.set_hint(hint),
            None => report,
        }
    }
}

/// Returns the SQLSTATE of a refusal.
pub fn sqlstate(error: &TaskerError) -> PgSqlErrorCode {
    match error {
        TaskerError::StepNotFound(_)
        | TaskerError::TaskNotFound(_)
        | TaskerError::ConsumerNotFound(_)
        | TaskerError::ScheduleNotFound(_)
        | TaskerError::TemplateNotFound { .. } => ERRCODE_NO_DATA_FOUND,
        TaskerError::IllegalStepTransition { .. }
        | TaskerError::IllegalTaskTransition { .. }
        | TaskerError::NotPermitted { .. } => ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
        TaskerError::ClaimLost { .. } | TaskerError::StateChanged { .. } => ERRCODE_T_R_SERIALIZATION_FAILURE,
        TaskerError::InvalidArgument { .. }
        | TaskerError::InvalidConfig { .. }
        | TaskerError::InvalidSteps { .. }
        | TaskerError::InvalidTemplate(_)
        | TaskerError::InvalidRequest(_)
        | TaskerError::UnreadableJson(_) => ERRCODE_INVALID_PARAMETER_VALUE,
        TaskerError::UnknownStepState { .. }
        | TaskerError::UnknownTaskState { .. }
        | TaskerError::StoredConfig { .. }
        | TaskerError::StoredTemplate { .. } => ERRCODE_DATA_CORRUPTED,
        TaskerError::IdentityTaken => ERRCODE_UNIQUE_VIOLATION,
        TaskerError::BindsHiddenRows { .. }
        | TaskerError::ForeignConsumer { .. }
        | TaskerError::ForeignSchedule { .. }
        | TaskerError::NotOfRole(_) => ERRCODE_INSUFFICIENT_PRIVILEGE,
        TaskerError::TablesNotFound { .. } => ERRCODE_UNDEFINED_TABLE,
        TaskerError::NotInstalled { .. }
        | TaskerError::NoEventStream { .. }
        | TaskerError::EventsMissed { .. }
        | TaskerError::EventRemoved
        | TaskerError::TriggersMissing { .. }
        | TaskerError::TablesAltered { .. }
        | TaskerError::TablesUnfit { .. } => ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
        TaskerError::UnsupportedEncoding { .. } | TaskerError::WaitInSnapshot => {
            ERRCODE_FEATURE_NOT_SUPPORTED
        }
        TaskerError::TransitionDiscarded(_)
        | TaskerError::TaskTransitionDiscarded(_)
        | TaskerError::WriteDiscarded { .. } => ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION,
        TaskerError::NullArgument(_) => ERRCODE_NULL_VALUE_NOT_ALLOWED,
        TaskerError::TriggerProtocol(_) => ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
        TaskerError::StaleSnapshot(_) => ERRCODE_T_R_SERIALIZATION_FAILURE,
        TaskerError::SelfEdge(_) | TaskerError::CrossTaskEdge { .. } => ERRCODE_CHECK_VIOLATION,
        TaskerError::DuplicateEdge { .. } => ERRCODE_UNIQUE_VIOLATION,
        TaskerError::Cycle(_) => ERRCODE_INVALID_RECURSION,
        TaskerError::ForeignOwner { .. }
        | TaskerError::ForeignTrigger { .. }
        | TaskerError::TemporarySchema { .. } => ERRCODE_INSUFFICIENT_PRIVILEGE,
        TaskerError::MoreBadEdges(_) => ERRCODE_WARNING,
        TaskerError::GraphTooLarge { .. } => ERRCODE_PROGRAM_LIMIT_EXCEEDED,
    }
}

fn detail(error: &TaskerError) -> Option<String> {
    match error {
        TaskerError::InvalidConfig { problems, .. }
        | TaskerError::InvalidSteps { problems }
        | TaskerError::TriggersMissing { problems, .. }
        | TaskerError::TablesUnfit { problems, .. } => Some(problems.join("\n")),
        TaskerError::InvalidTemplate(problems) | TaskerError::InvalidRequest(problems) => {
            Some(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
        TaskerError::Cycle(steps) => {
            let round: Vec<String> = steps.iter().chain(steps.first()).map(ToString::to_string).collect();
            Some(round.join(" -> "))
        }
        TaskerError::CrossTaskEdge { from, to, tasks: Some(tasks) } => {
            Some(format!("Step {from} belongs to task {}, step {to} to task {}.", tasks.0, tasks.1))
        }
        TaskerError::EventsMissed { missed, .. } => {
            Some(format!("The number of removed events is {missed}."))
        }
        TaskerError::ForeignTrigger { owner, .. } => Some(format!(
            "Its function belongs to role \"{owner}\", or a role without the owner's rights may attach triggers to the table."
        )),
        _ => None,
    }
}

fn hint(error: &TaskerError) -> Option<String> {
    match error {
        TaskerError::UnknownStepState { .. } | TaskerError::UnknownTaskState { .. } => Some(
            "The states are pending, in_progress, complete, error, cancelled and resolved_manually. \
             tasker_doctor() lists every row that has another one."
                .to_owned(),
        ),
        TaskerError::TablesNotFound { .. } => Some(
            "Set search_path to the schema of the Tasker tables, or create them with tasker_install()."
                .to_owned(),
        ),
        TaskerError::NotInstalled { schema } => {
            Some(format!("Run SELECT * FROM tasker_install('{}').", schema.replace('\'', "''")))
        }
        TaskerError::NoEventStream { schema } => {
            Some(format!(
                "Run SELECT * FROM tasker_install('{}'): it brings the installation to the layout of this version.",
                schema.replace('\'', "''")
            ))
        }
        TaskerError::ConsumerNotFound(_) => Some("Create it with tasker_subscribe().".to_owned()),
        TaskerError::ForeignConsumer { role, .. } => {
            Some(format!("A member of role \"{role}\" can use it. Choose another name for your own consumer."))
        }
        TaskerError::ScheduleNotFound(_) => Some("Define it with tasker_schedule().".to_owned()),
        TaskerError::ForeignSchedule { role, .. } => {
            Some(format!("A member of role \"{role}\" can change it. Choose another name for your own schedule."))
        }
        TaskerError::NotOfRole(_) => Some("Subscribe as a member of the role, or as a superuser.".to_owned()),
        TaskerError::EventsMissed { .. } => Some(
            "Call tasker_subscribe() with the patterns of the consumer and start_at => 'oldest'. To keep events longer, raise the option \
             retention_hours of section events."
                .to_owned(),
        ),
        TaskerError::EventRemoved => {
            Some("Events after it may be gone, too. Start at 'oldest' to get those that are left.".to_owned())
        }
        TaskerError::UnsupportedEncoding { .. } => {
            Some("Create a database with ENCODING 'UTF8', and restore a dump of this one into it.".to_owned())
        }
        TaskerError::WaitInSnapshot => {
            Some("Call it at isolation level read committed, or without the argument wait.".to_owned())
        }
        TaskerError::TriggersMissing { schema, .. } => Some(format!(
            "Run SELECT * FROM tasker_install('{}'): it restores the triggers and the side rows.",
            schema.replace('\'', "''")
        )),
        TaskerError::TablesUnfit { schema, .. } => {
            let schema = schema.replace('\'', "''");
            Some(format!(
                "Undo the change, or give a column of your own a default, then run SELECT * FROM tasker_install('{schema}'). \
                 tasker_doctor('{schema}') lists the commands."
            ))
        }
        TaskerError::TablesAltered { schema } => Some(format!(
            "Run SELECT * FROM tasker_doctor('{}') to see what is wrong.",
            schema.replace('\'', "''")
        )),
        TaskerError::IllegalStepTransition { from, .. } => {
            StepState::parse(from).map(StepState::describe_targets)
        }
        TaskerError::IllegalTaskTransition { from, .. } => {
            TaskState::parse(from).map(TaskState::describe_targets)
        }
        TaskerError::ClaimLost { .. } => Some(
            "Stop this execution: the step is no longer yours, and its results are not stored.".to_owned(),
        ),
        TaskerError::NotPermitted { hint, .. } => Some((*hint).to_owned()),
        TaskerError::BindsHiddenRows { .. } => Some(
            "It would apply to tasks that you may not see. Ask a role that sees all of them, for example the owner of the tables."
                .to_owned(),
        ),
        TaskerError::GraphTooLarge { .. } => Some(
            "tasker_task_svg() draws the graph by level; tasker_dependency_levels() and the table of edges contain all of it."
                .to_owned(),
        ),
        TaskerError::InvalidTemplate(_) => {
            Some("tasker_validate_template() lists the same problems, one in each row.".to_owned())
        }
        TaskerError::TemplateNotFound { hint, .. } => Some(hint.clone()),
        TaskerError::StoredTemplate { .. } => {
            Some("Register the template again with tasker_register_task().".to_owned())
        }
        TaskerError::StoredConfig { .. } => Some(
            "Set the option again with tasker_set_config(), or register its section with tasker_register_config_section()."
                .to_owned(),
        ),
        TaskerError::InvalidConfig { section, .. } => {
            Some(format!("tasker_config('{section}') lists the options."))
        }
        TaskerError::ForeignOwner { .. } => {
            Some("Make one role the owner of all tables of the installation; tasker_doctor() lists tables of other owners.".to_owned())
        }
        TaskerError::ForeignTrigger { .. } => Some(
            "Make the owner of the table the owner of the function, or drop the trigger; tasker_doctor() lists such triggers."
                .to_owned(),
        ),
        TaskerError::TemporarySchema { .. } => Some(
            "Call it from another session, or let the background worker run tasker_maintain().".to_owned(),
        ),
        TaskerError::TransitionDiscarded(_) | TaskerError::TaskTransitionDiscarded(_) => {
            Some("A BEFORE trigger of a transition table must return the row.".to_owned())
        }
        TaskerError::WriteDiscarded { .. } => {
            Some("A BEFORE trigger must return NEW (OLD for DELETE), and there must be no INSTEAD rule.".to_owned())
        }
        TaskerError::StepNotFound(_)
        | TaskerError::TaskNotFound(_)
        | TaskerError::StateChanged { .. }
        | TaskerError::InvalidArgument { .. }
        | TaskerError::InvalidSteps { .. }
        | TaskerError::InvalidRequest(_)
        | TaskerError::IdentityTaken
        | TaskerError::UnreadableJson(_)
        | TaskerError::NullArgument(_)
        | TaskerError::TriggerProtocol(_)
        | TaskerError::StaleSnapshot(_)
        | TaskerError::Cycle(_)
        | TaskerError::SelfEdge(_)
        | TaskerError::CrossTaskEdge { .. }
        | TaskerError::DuplicateEdge { .. }
        | TaskerError::MoreBadEdges(_) => None,
    }
}
