//! Reads the options of schedules: their own, and those of the tasks that they create.

use super::fields::{self, time};
use super::request::{IdentityRule, Options, TaskRequest};
use crate::core::problem::{Problem, Problems, member};
use crate::core::time::Timestamp;
use serde_json::{Map, Value, json};

/// The options that are not for the task.
const OWN: [&str; 4] = ["start_at", "end_at", "jitter_seconds", "context_key"];

/// The system that a task of a schedule comes from, unless the options name another one.
const SOURCE: &str = "tasker_schedule";

/// The options of a schedule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduleOptions {
    /// The first time at which it may be due.
    pub starts_at: Option<Timestamp>,
    /// The last time at which it may be due.
    pub ends_at: Option<Timestamp>,
    /// By how much a run may be later than planned.
    pub jitter_seconds: i32,
    /// The key of the context under which a task finds its run.
    pub context_key: Option<String>,
    /// The options of the tasks.
    of_tasks: Map<String, Value>,
}

/// The run of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledRun<'a> {
    /// The name of the schedule.
    pub schedule: &'a str,
    /// Its number.
    pub id: i64,
    /// The planned time; for a run that was triggered, the time of the call.
    pub planned_at: Timestamp,
    /// Whether it was triggered, outside of the plan.
    pub is_triggered: bool,
}

impl ScheduleOptions {
    /// Reads the options.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn parse(path: &str, options: &Value) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let Value::Object(options) = options else {
            return Err(vec![Problem::new(path, "must be a json object")]);
        };
        fields::check(path, fields::SCHEDULE_OPTIONS, options, &mut problems);
        let instant = |name: &str| options.get(name).and_then(Value::as_str).and_then(time);
        let (starts_at, ends_at) = (instant("start_at"), instant("end_at"));
        if starts_at.zip(ends_at).is_some_and(|(start, end)| end < start) {
            problems.add(member(path, "end_at"), || "must not be before start_at".to_owned());
        }
        let problems = problems.into_list();
        if !problems.is_empty() {
            return Err(problems);
        }
        let jitter =
            options.get("jitter_seconds").and_then(Value::as_i64).and_then(|it| i32::try_from(it).ok());
        let of_tasks = options.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
        Ok(Self {
            starts_at,
            ends_at,
            jitter_seconds: jitter.unwrap_or(0),
            context_key: options.get("context_key").and_then(Value::as_str).map(str::to_owned),
            of_tasks: of_tasks.map(|(name, value)| (name.clone(), value.clone())).collect(),
        })
    }

    /// Returns the options of the task of a run. The planned time is a part of its identity, so that it exists once.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn of_run(&self, run: &ScheduledRun) -> Result<Options, Vec<Problem>> {
        let mut options = TaskRequest::parse_options("options", &Value::Object(self.of_tasks.clone()))?;
        let is_set = |name| self.of_tasks.get(name).is_some_and(Value::is_string);
        if !is_set("source_system") {
            options.source_system = SOURCE.to_owned();
        }
        if !is_set("initiator") {
            options.initiator = if run.is_triggered { "trigger" } else { "schedule" }.to_owned();
        }
        if !is_set("reason") {
            options.reason = run.schedule.to_owned();
        }
        options.requested_at = Some(run.planned_at);
        if !run.is_triggered {
            let key = format!("{SOURCE} {} {}", run.id, run.planned_at.to_rfc3339());
            options.identity = IdentityRule::Key(key);
        }
        Ok(options)
    }

    /// Returns the context of the task of a run; `None`: it is that of the schedule.
    pub fn context_of(&self, run: &ScheduledRun, context: &Value) -> Option<Value> {
        let mut context = context.as_object()?.clone();
        let told = json!({
            "schedule": run.schedule,
            "planned_at": run.planned_at.to_rfc3339(),
            "triggered": run.is_triggered,
        });
        context.insert(self.context_key.clone()?, told);
        Some(Value::Object(context))
    }
}
