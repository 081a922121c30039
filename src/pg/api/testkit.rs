//! The test kit: `tasker_testkit_pattern` to `tasker_testkit_dataset`. All functions refuse unless
//! `tasker_core.testkit` is on.

use crate::core::error::TaskerError;
use crate::core::state::{StepState, TaskState};
use crate::core::testkit::{
    Blueprint, DataSet, Distribution, Pattern, RandomShape, TaskSource, default_attempts,
};
use crate::core::time::{Duration, Timestamp};
use crate::core::wording::one_of;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::settings;
use crate::pg::spi;
use crate::pg::testkit::past::Past;
use crate::pg::testkit::{StepPast, Templates};
use crate::pg::writing::writer::{Writer, write};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use serde_json::{Map, Value, json};

/// A random workflow has so many steps at most.
const MOST_STEPS: i32 = 100_000;
/// A state is so old at most.
const HIGHEST_AGE: Duration = Duration::seconds(1_000 * 365 * 86_400);

export! {
    /// `tasker_testkit_pattern(text)`
    tasker_testkit_pattern, pg_finfo_tasker_testkit_pattern => pattern;
    /// `tasker_testkit_task(text, jsonb, text)`
    tasker_testkit_task, pg_finfo_tasker_testkit_task => task;
    /// `tasker_testkit_random_task(integer, bigint, text, jsonb, text)`
    tasker_testkit_random_task, pg_finfo_tasker_testkit_random_task => random_task;
    /// `tasker_testkit_set_step(bigint, text, integer, interval, jsonb, integer)`
    tasker_testkit_set_step, pg_finfo_tasker_testkit_set_step => set_step;
    /// `tasker_testkit_set_task(bigint, text, interval)`
    tasker_testkit_set_task, pg_finfo_tasker_testkit_set_task => set_task;
    /// `tasker_testkit_dataset(integer, jsonb, bigint, text)`
    tasker_testkit_dataset, pg_finfo_tasker_testkit_dataset => dataset;
}

fn pattern(call: &Call) -> Result<Datum, ErrorReport> {
    settings::require_testkit()?;
    let blueprint = pattern_argument(call)?.blueprint();
    let mut rows = call.rows()?;
    for step in &blueprint.steps {
        let parents = spi::text_array(&blueprint.parent_names(step));
        rows.push([Some(export::text(&step.name)), Some(parents)])?;
    }
    rows.done()
}

fn task(call: &Call) -> Result<Datum, ErrorReport> {
    settings::require_testkit()?;
    let pattern = pattern_argument(call)?;
    let (context, namespace) = (context_argument(call, 1)?, text_argument(call, 2, "namespace")?);
    write(|writer| {
        let workflow = pattern.blueprint();
        let templates = Templates::define(writer, &namespace, &[(pattern.as_str(), workflow.clone())])?;
        let created = templates.create(&[(0, context.clone().into())])?;
        let task = created.tasks.first().copied();
        for (name, child) in pattern.children() {
            let at = workflow.steps.iter().position(|step| step.name == *name);
            let step = at.and_then(|at| created.steps.get(at));
            let mut context = context.clone();
            context.insert("parent_task_id".to_owned(), json!(task));
            context.insert("parent_step_id".to_owned(), json!(step));
            let templates = Templates::define(writer, &namespace, &[(child.as_str(), child.blueprint())])?;
            templates.create(&[(0, context.into())])?;
        }
        Ok(task.map_or_else(|| call.null(), Datum::from))
    })
}

fn random_task(call: &Call) -> Result<Datum, ErrorReport> {
    settings::require_testkit()?;
    let steps = call.integer(0).ok_or(TaskerError::NullArgument("steps"))?;
    if !(0..=MOST_STEPS).contains(&steps) {
        return Err(TaskerError::invalid("steps", format!("must be between 0 and {MOST_STEPS}")).into());
    }
    let seed = seed_argument(call, 1)?;
    let shape = text_argument(call, 2, "shape")?;
    let shape = RandomShape::parse(&shape)
        .ok_or_else(|| TaskerError::invalid("shape", one_of(&RandomShape::ALL.map(RandomShape::as_str))))?;
    let (context, namespace) = (context_argument(call, 3)?, text_argument(call, 4, "namespace")?);
    write(|writer| {
        let workflow = shape.blueprint(steps.unsigned_abs() as usize, seed.cast_unsigned());
        let templates = Templates::define(writer, &namespace, &[(TaskSource::Random.as_str(), workflow)])?;
        let created = templates.create(&[(0, context.into())])?;
        Ok(created.tasks.first().map_or_else(|| call.null(), |task| Datum::from(*task)))
    })
}

fn set_step(call: &Call) -> Result<Datum, ErrorReport> {
    settings::require_testkit()?;
    let step = values::step_argument(call)?;
    let state = text_argument(call, 1, "state")?;
    let state = StepState::parse(&state)
        .ok_or_else(|| TaskerError::invalid("state", one_of(&StepState::ALL.map(StepState::as_str))))?;
    let attempts = call.integer(2).unwrap_or(default_attempts(state));
    let (results, requested_wait) = (call.datum(4), call.integer(5));
    write(|writer| {
        let since = since_argument(call, 3, writer)?;
        Past::of(writer)
            .set_step_past(step, &StepPast { state, attempts, since, results, requested_wait })?;
        Ok(Datum::from(0))
    })
}

fn set_task(call: &Call) -> Result<Datum, ErrorReport> {
    settings::require_testkit()?;
    let task = values::task_argument(call)?;
    let state = text_argument(call, 1, "state")?;
    let state = TaskState::parse(&state)
        .ok_or_else(|| TaskerError::invalid("state", one_of(&TaskState::ALL.map(TaskState::as_str))))?;
    write(|writer| {
        Past::of(writer).set_task_past(task, state, since_argument(call, 2, writer)?)?;
        Ok(Datum::from(0))
    })
}

fn dataset(call: &Call) -> Result<Datum, ErrorReport> {
    settings::require_testkit()?;
    let tasks = call.integer(0).ok_or(TaskerError::NullArgument("tasks"))?;
    let tasks = usize::try_from(tasks).map_err(|_| TaskerError::invalid("tasks", "must not be negative"))?;
    let distribution = call
        .json(1)?
        .map_or_else(|| Ok(Distribution::of_engine()), |document| Distribution::parse(&document))?;
    let (seed, namespace) = (seed_argument(call, 2)?, text_argument(call, 3, "namespace")?);
    let set = DataSet::plan(tasks, &distribution, seed.cast_unsigned());
    write(|writer| {
        let workflows: Vec<(&str, Blueprint)> =
            set.workflows.iter().map(|(source, workflow)| (source.as_str(), workflow.clone())).collect();
        let templates = Templates::define(writer, &namespace, &workflows)?;
        let batch = format!("dataset_{seed}");
        let wanted = set.tasks.iter().enumerate().map(|(number, &workflow)| {
            let source = workflows.get(workflow).map(|(name, _)| *name);
            (workflow, json!({ "workflow_type": source, "batch_id": batch, "task_index": number }))
        });
        templates.create(&wanted.collect::<Vec<_>>())?;
        let mut rows = call.rows()?;
        for made in set.counts() {
            rows.push([
                Some(export::text(made.source.as_str())),
                (made.tasks as i64).into_datum(),
                (made.steps as i64).into_datum(),
                (made.edges as i64).into_datum(),
            ])?;
        }
        rows.done()
    })
}

fn pattern_argument(call: &Call) -> Result<Pattern, TaskerError> {
    let name = text_argument(call, 0, "pattern")?;
    Pattern::parse(&name)
        .ok_or_else(|| TaskerError::invalid("pattern", one_of(&Pattern::ALL.map(Pattern::as_str))))
}

fn text_argument(call: &Call, argument: usize, name: &'static str) -> Result<String, TaskerError> {
    call.text(argument).ok_or(TaskerError::NullArgument(name))
}

fn seed_argument(call: &Call, argument: usize) -> Result<i64, TaskerError> {
    call.bigint(argument).ok_or(TaskerError::NullArgument("seed"))
}

fn context_argument(call: &Call, argument: usize) -> Result<Map<String, Value>, TaskerError> {
    match call.json(argument)? {
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(TaskerError::invalid("context", "must be an object")),
        None => Err(TaskerError::NullArgument("context")),
    }
}

/// The time at which a state of the given age began.
fn since_argument(call: &Call, argument: usize, writer: &Writer) -> Result<Timestamp, TaskerError> {
    let age = call.interval(argument).ok_or(TaskerError::NullArgument("age"))?;
    if !(Duration::seconds(0)..=HIGHEST_AGE).contains(&age) {
        return Err(TaskerError::invalid("age", "must be between zero and a thousand years"));
    }
    Ok(writer.now.plus(Duration::microseconds(-age.to_microseconds())))
}
