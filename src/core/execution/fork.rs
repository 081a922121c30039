//! Decides which steps of a task run again in its fork: a new task with the same graph.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::problem::{Problem, Problems};
use crate::core::state::StepState;
use crate::core::template::FORK_OPTIONS;
use crate::core::time::Timestamp;
use crate::core::time_limits;
use crate::core::wording::{described, question};
use serde::Serialize;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// What the transitions of copied steps name as their cause.
pub const CAUSE: &str = "fork_task";

/// The highest number of steps that a message names.
const NAMED: usize = 10;

/// The treatment of the subtasks of copied steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subtasks {
    /// The copied step keeps its link to the subtask of the old task.
    #[default]
    Reuse,
    /// The subtask is copied, too.
    Fork,
}

/// The options of a fork. SQL reads the others, which only fill columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForkOptions {
    /// The new context; `None`: that of the old task.
    pub context: Option<Value>,
    /// Forks of one task with the same key are the same.
    pub identity_key: Option<String>,
    /// The priority; `None`: that of the old task.
    pub priority: Option<i32>,
    /// The treatment of the subtasks of copied steps.
    pub subtasks: Subtasks,
    /// The seconds after which the fork must have ended.
    pub deadline_seconds: Option<i32>,
    /// What happens if it has not.
    pub on_deadline: Option<String>,
}

impl ForkOptions {
    /// Reads the options of a call.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn parse(options: &Value) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        match options {
            Value::Object(object) => FORK_OPTIONS.check("options", object, &mut problems),
            other => problems.add("options", || format!("must be a json object, not {}", described(other))),
        }
        let problems = problems.into_list();
        if !problems.is_empty() {
            return Err(problems);
        }
        let text = |name: &str| options[name].as_str().map(str::to_owned);
        Ok(Self {
            context: Some(&options["context"]).filter(|context| context.is_object()).cloned(),
            identity_key: text("identity_key"),
            priority: options["priority"].as_i64().and_then(|it| i32::try_from(it).ok()),
            subtasks: match options["subtasks"].as_str() {
                Some("fork") => Subtasks::Fork,
                _ => Subtasks::Reuse,
            },
            deadline_seconds: time_limits::seconds(&options["deadline_seconds"]),
            on_deadline: text("on_deadline"),
        })
    }
}

/// The origin of a fork.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForkedFrom {
    /// The old task.
    pub task_id: TaskId,
    /// Whether that task is gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_deleted: bool,
    /// The step of that task from which it runs again; `null`: what had not ended well.
    pub from_step_id: Option<StepId>,
    /// The time of the fork.
    pub at: Option<Timestamp>,
    /// The login role that forked it.
    pub by: String,
    /// The number of its steps that are copies.
    pub copied_steps: usize,
}

/// The tasks from which a task comes, and those that come from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lineage {
    /// The origin; absent if the task is no fork.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<ForkedFrom>,
    /// The forks; absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forks: Vec<TaskId>,
}

/// A step of the task that is forked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForkedStep {
    /// The id of the step.
    pub id: StepId,
    /// The state of the step.
    pub state: StepState,
    /// Whether the request for the task left it out: then it stays left out.
    pub is_bypassed: bool,
}

/// A step that a caller can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedStep {
    /// The id of the step.
    pub id: StepId,
    /// The name of the step.
    pub name: String,
    /// Whether it is a copy of a mapped step: the name means the mapped step.
    pub is_copy: bool,
}

/// Finds the step that a caller names: by its name, or by its id if no step has this name.
///
/// # Errors
/// [`TaskerError::InvalidArgument`] if no step has the name or id, or several have the name.
pub fn find_step(task: TaskId, wanted: &str, steps: &[NamedStep]) -> Result<StepId, TaskerError> {
    let is_meant = |step: &&NamedStep| !step.is_copy && step.name == wanted;
    let named: Vec<StepId> = steps.iter().filter(is_meant).map(|step| step.id).collect();
    match named[..] {
        [only] => return Ok(only),
        [] => {}
        _ => {
            let ids: Vec<String> = named.iter().take(NAMED).map(ToString::to_string).collect();
            let more = if named.len() > NAMED { ", …" } else { "" };
            let problem = format!(
                "stands for several steps of task {task}: name one by its id ({}{more})",
                ids.join(", ")
            );
            return Err(TaskerError::invalid("from_step", problem));
        }
    }
    let id = wanted.parse().ok().map(StepId);
    match steps.iter().find(|step| Some(step.id) == id) {
        Some(step) => Ok(step.id),
        None => {
            let similar = question(wanted, steps.iter().map(|step| step.name.as_str()));
            Err(TaskerError::invalid("from_step", format!("names no step of task {task}{similar}")))
        }
    }
}

/// Decides for each step whether its fork is copied with its end, or runs again. A step runs again if it is `from`, if
/// it has not ended well, or if it depends on a step that runs again.
///
/// # Complexity
/// O(V + E)
pub fn copied_steps(
    steps: &[ForkedStep],
    edges: impl Iterator<Item = (StepId, StepId)>,
    from: Option<StepId>,
) -> Vec<bool> {
    let places: HashMap<StepId, usize> = steps.iter().enumerate().map(|(at, step)| (step.id, at)).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (parent, child) in edges {
        if let (Some(&parent), Some(&child)) = (places.get(&parent), places.get(&child)) {
            children[parent].push(child);
        }
    }
    let runs_again = |step: &ForkedStep| Some(step.id) == from || !step.state.satisfies_children();
    let mut copied: Vec<bool> = steps.iter().map(|step| !runs_again(step)).collect();
    let mut next: Vec<usize> = (0..steps.len()).filter(|&at| !copied[at]).collect();
    while let Some(at) = next.pop() {
        for &child in &children[at] {
            if copied[child] && !steps[child].is_bypassed {
                copied[child] = false;
                next.push(child);
            }
        }
    }
    copied
}

/// Decides which steps a fork leaves out: the copies of a mapped step whose parents run again, because the list may become
/// another one. The mapped step then gets new copies. `mapped` has the position of the mapped step of each copy.
///
/// # Complexity
/// O(V + E)
pub fn left_out_copies(
    steps: &[ForkedStep],
    edges: impl Iterator<Item = (StepId, StepId)>,
    copied: &[bool],
    mapped: &[Option<usize>],
) -> Vec<bool> {
    let places: HashMap<StepId, usize> = steps.iter().enumerate().map(|(at, step)| (step.id, at)).collect();
    let mut repeats = vec![false; steps.len()];
    for (parent, child) in edges {
        if let (Some(&parent), Some(&child)) = (places.get(&parent), places.get(&child)) {
            repeats[child] |= !copied[parent];
        }
    }
    let kept: HashSet<usize> = mapped
        .iter()
        .zip(&repeats)
        .filter(|(_, repeats)| !**repeats)
        .filter_map(|(mapped, _)| *mapped)
        .collect();
    mapped.iter().map(|mapped| mapped.is_some_and(|mapped| !kept.contains(&mapped))).collect()
}
