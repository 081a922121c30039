//! The catalogue of events: every name that the engine declares (semantics 6.1), and those of the extension.
//!
//! The engine keeps no event; it publishes most of them in a Ruby process. The database records those that its tables
//! show. A client can publish the others.

use crate::core::state::StepState;
use serde_json::{Map, Value, json};

/// The program that records an event in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventSource {
    /// The database, whichever program writes the tables.
    Database,
    /// A client, by `tasker_publish_event()`: the tables do not show it.
    Client,
    /// No program: the engine declares the name and never publishes it. A client can.
    Nothing,
}

impl EventSource {
    /// The text that `tasker_event_types()` shows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Client => "client",
            Self::Nothing => "nothing",
        }
    }
}

/// An event that has a name in the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct EventType {
    /// The name, for example `step.completed`.
    pub name: &'static str,
    /// The program that records it.
    pub source: EventSource,
    /// What it means and what fires it.
    pub about: &'static str,
    /// The members of its payload, beside those of all events.
    fields: &'static [&'static [Field]],
}

/// A member of a payload: its name, its JSON type, its meaning.
type Field = (&'static str, &'static str, &'static str);

const ANY: &[Field] = &[
    ("event_type", "string", "the name of the event"),
    ("timestamp", "string", "when it happened (UTC, ISO 8601)"),
];
const OF_TASK: &[Field] = &[
    ("task_id", "integer", "the task"),
    ("task_name", "string", "the name of the task"),
    ("namespace", "string", "the namespace of the task"),
    ("version", "string", "the version of the task's template"),
];
const TASK_MOVE: &[Field] = &[
    ("from_state", "string", "the state before"),
    ("to_state", "string", "the new state"),
    ("started_at", "string", "when the task was created"),
    ("total_steps", "integer", "its steps at the time of reading"),
];
const TASK_START: &[Field] = &[("task_context", "any", "the context of the task")];
const TASK_END: &[Field] =
    &[("total_execution_duration", "number", "the seconds from the creation of the task to this event")];
const TASK_FAILURE: &[Field] =
    &[("error_steps", "array", "the names of the steps that are in error at the time of reading")];
const OF_STEP: &[Field] = &[
    ("task_id", "integer", "the task"),
    ("step_id", "integer", "the step"),
    ("step_name", "string", "the name of the step"),
];
const STEP_MOVE: &[Field] = &[
    ("from_state", "string", "the state before"),
    ("to_state", "string", "the new state"),
    ("attempt_number", "integer", "the number of the execution, from 1; before the first one, 1"),
    ("retry_limit", "integer", "how many executions the step may have"),
    ("started_at", "string", "when the execution began"),
    ("worker", "string", "the worker that had claimed it"),
];
const STEP_START: &[Field] = &[
    ("step_inputs", "any", "the inputs of the step"),
    ("step_dependencies", "array", "the names of its parents"),
];
const STEP_END: &[Field] = &[
    ("completed_at", "string", "when it was completed"),
    ("execution_duration", "number", "the seconds from the beginning of the execution to its end"),
    ("step_results", "any", "its results"),
];
const STEP_FAILURE: &[Field] = &[
    ("execution_duration", "number", "the seconds from the beginning of the execution to its failure"),
    ("error_message", "string", "the message of the error"),
    ("exception_class", "string", "the class of the error"),
    ("backtrace", "any", "where it happened"),
];
const STEP_RETRY: &[Field] = &[("previous_attempts", "integer", "the executions that have failed")];
const STEP_CANCEL: &[Field] = &[("cancellation_reason", "string", "why it was cancelled")];
const PAUSE: &[Field] = &[
    ("reason", "string", "the reason that the operator gave"),
    ("by", "string", "the login role of the operator"),
];
const SIGNAL: &[Field] = &[
    ("name", "string", "the name of the signal"),
    ("payload", "any", "its payload"),
    ("by", "string", "the login role of the sender"),
];
const VIABLE: &[Field] = &[
    ("task_id", "integer", "the task"),
    ("step_ids", "array", "the steps"),
    ("processing_mode", "string", "how they are executed"),
    ("step_count", "integer", "how many"),
];
const FINALIZATION: &[Field] = &[
    ("task_id", "integer", "the task"),
    ("processed_steps_count", "integer", "the steps of this round"),
    ("execution_status", "string", "as in tasker_task_context()"),
    ("health_status", "string", "as in tasker_task_context()"),
    ("completion_percentage", "number", "as in tasker_task_context()"),
];
const REENQUEUE: &[Field] = &[
    ("task_id", "integer", "the task"),
    ("task_name", "string", "its name"),
    ("reason", "string", "why it is enqueued again"),
    ("delay_seconds", "number", "after how long"),
];
const BATCH: &[Field] = &[
    ("task_id", "integer", "the task"),
    ("task_name", "string", "its name"),
    ("step_count", "integer", "how many steps"),
];
const BACKOFF: &[Field] =
    &[("backoff_seconds", "number", "the wait"), ("backoff_type", "string", "who asked for it")];

const fn database(name: &'static str, about: &'static str, fields: &'static [&'static [Field]]) -> EventType {
    EventType { name, source: EventSource::Database, about, fields }
}

const fn client(name: &'static str, about: &'static str, fields: &'static [&'static [Field]]) -> EventType {
    EventType { name, source: EventSource::Client, about, fields }
}

const fn nothing(name: &'static str, about: &'static str) -> EventType {
    EventType { name, source: EventSource::Nothing, about, fields: &[] }
}

const REGISTRY: &str = "the engine's registries of Ruby classes";
const TELEMETRY: &str = "the engine's export of metrics";
const TESTS: &str = "the engine's own tests";

/// All events with a name, by category.
pub const EVENT_TYPES: &[EventType] = &[
    database("task.created", "a task is stored", &[OF_TASK, TASK_START]),
    database("task.initialize_requested", "a task becomes pending", &[OF_TASK, TASK_MOVE]),
    database(
        "task.start_requested",
        "a task becomes in_progress: work on it begins",
        &[OF_TASK, TASK_MOVE, TASK_START],
    ),
    database("task.completed", "a task becomes complete", &[OF_TASK, TASK_MOVE, TASK_END]),
    database("task.failed", "a task becomes error", &[OF_TASK, TASK_MOVE, TASK_END, TASK_FAILURE]),
    database(
        "task.retry_requested",
        "a task goes from error to pending; the engine publishes task.initialize_requested for it",
        &[OF_TASK, TASK_MOVE],
    ),
    database("task.cancelled", "a task becomes cancelled", &[OF_TASK, TASK_MOVE, TASK_END]),
    database("task.resolved_manually", "a task becomes resolved_manually", &[OF_TASK, TASK_MOVE, TASK_END]),
    database("task.paused", "tasker_pause_task()", &[OF_TASK, PAUSE]),
    database("task.resumed", "tasker_resume_task()", &[OF_TASK, PAUSE]),
    client("task.before_transition", "the engine's state machine, before it writes", &[OF_TASK, TASK_MOVE]),
    database("step.initialize_requested", "a step becomes pending", &[OF_STEP, STEP_MOVE]),
    database(
        "step.execution_requested",
        "a step becomes in_progress: a worker executes it",
        &[OF_STEP, STEP_MOVE, STEP_START],
    ),
    client("step.before_handle", "a worker, before it calls its handler", &[OF_STEP]),
    nothing("step.handle", "the engine declares it; a worker may publish it while its handler runs"),
    database("step.completed", "a step becomes complete", &[OF_STEP, STEP_MOVE, STEP_END]),
    database("step.failed", "a step becomes error", &[OF_STEP, STEP_MOVE, STEP_FAILURE]),
    database(
        "step.released",
        "a worker returns a step that it has claimed: tasker_release_step()",
        &[OF_STEP, STEP_MOVE],
    ),
    database(
        "step.retry_requested",
        "a step goes from error to pending; the engine publishes step.initialize_requested for it",
        &[OF_STEP, STEP_MOVE, STEP_RETRY],
    ),
    database("step.cancelled", "a step becomes cancelled", &[OF_STEP, STEP_MOVE, STEP_CANCEL]),
    database(
        "step.resolved_manually",
        "a step becomes resolved_manually: an operator or a rule has ended it",
        &[OF_STEP, STEP_MOVE],
    ),
    nothing("step.before_transition", "the engine declares it"),
    database("signal.received", "the first tasker_signal() of a name to a task", &[OF_TASK, SIGNAL]),
    client("workflow.task_started", "the engine's coordinator begins to work on a task", &[OF_TASK]),
    nothing("workflow.task_completed", "the engine declares it; use task.completed"),
    nothing("workflow.task_failed", "the engine declares it; use task.failed"),
    nothing("workflow.step_completed", "the engine declares it; use step.completed"),
    nothing("workflow.step_failed", "the engine declares it; use step.failed"),
    client(
        "workflow.viable_steps_discovered",
        "the engine's coordinator has found steps to execute",
        &[VIABLE],
    ),
    client("workflow.no_viable_steps", "the engine's coordinator has found none", &[OF_TASK]),
    nothing("workflow.orchestration_requested", "the engine declares it"),
    client("workflow.task_finalization_started", "the engine's finalizer begins", &[FINALIZATION]),
    client("workflow.task_finalization_completed", "the engine's finalizer ends", &[FINALIZATION]),
    client("workflow.task_reenqueue_started", "the engine enqueues a task again", &[REENQUEUE]),
    client("workflow.task_reenqueue_requested", "the engine has enqueued a task again", &[REENQUEUE]),
    client("workflow.task_reenqueue_failed", "the engine could not enqueue a task again", &[REENQUEUE]),
    client("workflow.task_reenqueue_delayed", "the engine enqueues a task again after a delay", &[REENQUEUE]),
    nothing("workflow.task_state_unclear", "the engine declares it"),
    nothing("workflow.step_execution_failed", "the engine declares it; use step.failed"),
    nothing("workflow.viable_steps_batch_ready", "the engine declares it"),
    client("workflow.steps_execution_started", "the engine's executor begins a batch", &[BATCH]),
    client("workflow.steps_execution_completed", "the engine's executor ends a batch", &[BATCH]),
    nothing("observability.task.handle", "the engine declares it"),
    client("observability.task.enqueue", "the engine puts a task into its queue", &[OF_TASK]),
    nothing("observability.task.finalize", "the engine declares it"),
    nothing("observability.step.handle", "the engine declares it"),
    nothing("observability.step.find_viable", "the engine declares it"),
    client("observability.step.backoff", "a handler asks for a wait", &[OF_STEP, BACKOFF]),
    nothing("observability.step.skip", "the engine declares it; use step.resolved_manually"),
    nothing("observability.step.max_retries_reached", "the engine declares it; use step.failed"),
    client("handler.registered", REGISTRY, &[]),
    client("handler.unregistered", REGISTRY, &[]),
    client("handler.validation_failed", REGISTRY, &[]),
    client("plugin.registered", REGISTRY, &[]),
    client("plugin.unregistered", REGISTRY, &[]),
    client("plugin.validation_failed", REGISTRY, &[]),
    client("subscriber.registered", REGISTRY, &[]),
    client("subscriber.unregistered", REGISTRY, &[]),
    client("subscriber.validation_failed", REGISTRY, &[]),
    client("registry.sync_requested", REGISTRY, &[]),
    client("registry.health_check", REGISTRY, &[]),
    client("registry.stats_collected", REGISTRY, &[]),
    client("registry.cross_discovery", REGISTRY, &[]),
    client("registry.coordination_complete", REGISTRY, &[]),
    client("tasker.telemetry.cache_synced", TELEMETRY, &[]),
    client("tasker.telemetry.export_requested", TELEMETRY, &[]),
    client("tasker.telemetry.export_completed", TELEMETRY, &[]),
    client("tasker.telemetry.export_failed", TELEMETRY, &[]),
    client("tasker.telemetry.plugin_registered", TELEMETRY, &[]),
    client("tasker.telemetry.plugin_unregistered", TELEMETRY, &[]),
    client("database.query_executed", TELEMETRY, &[]),
    client("dependency.resolved", TELEMETRY, &[]),
    client("batch.step_execution", TELEMETRY, &[]),
    client("memory.spike_detected", TELEMETRY, &[]),
    client("performance.slow_operation", TELEMETRY, &[]),
    client("test.event", TESTS, &[]),
    client("slow.event", TESTS, &[]),
    client("custom.event", TESTS, &[]),
    client("Test.Event", TESTS, &[]),
];

impl EventType {
    /// The event of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        EVENT_TYPES.iter().find(|event| event.name == name)
    }

    /// The category: the name up to its last dot.
    pub fn category(&self) -> &'static str {
        category_of(self.name)
    }

    /// The JSON Schema of its payload (2020-12). Any other member may be there.
    pub fn payload_schema(&self) -> Value {
        let fields = [ANY].into_iter().chain(self.fields.iter().copied()).flatten();
        let properties: Map<String, Value> = fields
            .map(|(name, of_type, about)| {
                let schema = match *of_type {
                    "any" => json!({ "description": about }),
                    of_type => json!({ "type": [of_type, "null"], "description": about }),
                };
                ((*name).to_owned(), schema)
            })
            .collect();
        json!({ "type": "object", "properties": properties })
    }
}

/// The category of a name: all before its last dot.
pub fn category_of(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(category, _)| category)
}

/// The longest name of an event.
const LONGEST_NAME: usize = 127;

/// Checks the name of an event that a client publishes. Returns what is wrong with it.
pub fn check_published(name: &str) -> Result<(), String> {
    if EventType::find(name).is_some_and(|event| event.source == EventSource::Database) {
        return Err(format!("must not be \"{name}\", which the database records itself"));
    }
    let is_word = |word: &str| {
        word.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match name.len() <= LONGEST_NAME && name.contains('.') && name.split('.').all(is_word) {
        true => Ok(()),
        false => Err(format!(
            "must be words of letters, digits and underscores with dots between them, such as billing.paid, of at most {LONGEST_NAME} bytes"
        )),
    }
}

/// What the metadata of the transitions of a release give as their cause.
pub const RELEASE: &str = "release_step";

/// The event of a transition of a step.
pub fn of_step(from: Option<StepState>, to: StepState, is_release: bool) -> &'static str {
    if is_release { StepState::event_of_release(to) } else { StepState::event(from, to) }
}
