//! Adds steps to a task that runs.
//!
//! The named steps are locked in the order of their ids, then the task. So two sessions that add to one task take
//! turns, and no session claims a step that is about to wait for more, or ends the task meanwhile.

use crate::core::error::TaskerError;
use crate::core::expansion::{EdgeEnd, ExistingStep, Expansion, expand, touched};
use crate::core::ids::{StepId, TaskId};
use crate::core::rules::{Rule, Wait};
use crate::core::state::StepState;
use crate::pg::datum::export;
use crate::pg::definition::rules::{RuleStore, path_problems};
use crate::pg::execution::finalization::Finalization;
use crate::pg::host::installed_columns::ColumnUse;
use crate::pg::queue::times;
use crate::pg::reading::graph::TaskGraph;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::Writer;
use serde_json::{Value, json};
use std::collections::HashMap;

/// A requested step, which is new or was there before.
pub struct StepAddition {
    pub name: String,
    pub id: StepId,
    pub is_new: bool,
}

/// The addition of steps to tasks.
pub struct TaskExpansion<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> TaskExpansion<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Adds the requested steps that are not there yet, and returns all requested steps.
    ///
    /// # Complexity
    /// O(steps + edges) of the task.
    pub fn add_steps(&self, task: TaskId, wanted: &Value) -> Result<Vec<StepAddition>, TaskerError> {
        self.writer.installation.require_columns(ColumnUse::Create)?;
        self.writer.installation.require_columns(ColumnUse::Register)?;
        let (known, edges) = self.known_steps(task)?;
        let named: Vec<i64> = touched(&known, &edges, wanted).into_iter().map(|step| step.0).collect();
        self.writer.lock_steps(&named)?;
        let state = self.writer.lock_task(task)?;
        if state.is_closed() {
            return Err(TaskerError::NotPermitted {
                action: format!("add steps to task {task}"),
                reason: format!("it is {state}"),
                hint: "Add steps while the task runs, for example in the step that needs them.",
            });
        }
        // Reads again, in a snapshot that no other session can change any more.
        let (known, edges) = self.known_steps(task)?;
        let expansion = checked(expand(&known, &edges, wanted), wanted)?;
        self.require_waited_tasks(&expansion)?;
        self.refuse_circles(task, &expansion)?;
        let ids = self.put_steps(task, &expansion)?;
        self.put_new_edges(&expansion, &ids)?;
        let rules = expansion.rules.iter().filter_map(|(at, rule)| Some((*ids.get(*at)?, rule)));
        let rules: Vec<(StepId, &Rule)> = rules.collect();
        RuleStore::of(self.writer).put_rules(&rules);
        let ruled: Vec<i64> = rules.iter().map(|(step, _)| step.0).collect();
        let limited = expansion.steps.iter().zip(&ids).filter(|(step, _)| step.times.is_limited());
        let limited: Vec<_> = limited.map(|(step, id)| (*id, task, step.times)).collect();
        times::put(self.writer.session, &limited)?;
        times::note_ready(self.writer.session, &limited.iter().map(|(id, ..)| id.0).collect::<Vec<_>>())?;
        Finalization::of(self.writer).decide(&ruled)?;
        let new = expansion.steps.into_iter().zip(ids);
        let new = new.map(|(step, id)| StepAddition { name: step.name, id, is_new: true });
        let present =
            expansion.present.into_iter().map(|(name, id)| StepAddition { name, id, is_new: false });
        let mut added: Vec<StepAddition> = new.chain(present).collect();
        added.sort_unstable_by_key(|step| step.id);
        Ok(added)
    }

    /// Checks that each task that a new step waits for exists, and that the caller may see it.
    fn require_waited_tasks(&self, expansion: &Expansion) -> Result<(), TaskerError> {
        let waited = expansion.rules.iter().filter_map(|(_, rule)| match rule.wait {
            Some(Wait::Task(task)) => Some(task.0),
            _ => None,
        });
        let waited: Vec<i64> = waited.collect();
        if waited.is_empty() {
            return Ok(());
        }
        let visible = self.writer.rails_ids(Statement::VisibleTasks, &waited)?;
        match waited.iter().find(|task| !visible.contains(task)) {
            Some(task) => Err(TaskerError::TaskNotFound(TaskId(*task))),
            None => Ok(()),
        }
    }

    /// Refuses new steps that wait for a task which waits for this one, directly or through others: neither task would
    /// end.
    fn refuse_circles(&self, task: TaskId, expansion: &Expansion) -> Result<(), TaskerError> {
        let waits: Vec<(usize, i64)> = expansion
            .rules
            .iter()
            .filter_map(|(at, rule)| match rule.wait {
                Some(Wait::Task(waited)) => Some((*at, waited.0)),
                _ => None,
            })
            .collect();
        if waits.is_empty() {
            return Ok(());
        }
        let waited: Vec<i64> = waits.iter().map(|(_, waited)| *waited).collect();
        let mut circular = Vec::new();
        let arguments = [spi::bigint(task.0), spi::bigint_array(&waited)];
        self.writer
            .session
            .write_returning(Statement::WaitsForTask, &arguments, |row| circular.push(row.i64(0)))?;
        let problems = waits.iter().filter(|(_, waited)| circular.contains(waited)).map(|(at, waited)| {
            let name = expansion.steps.get(*at).map_or("", |step| step.name.as_str());
            let why = if *waited == task.0 {
                "a task cannot wait for itself".to_owned()
            } else {
                format!("task {waited} waits for task {task}: neither would end")
            };
            format!("{name}.wait.task: {why}")
        });
        match problems.collect::<Vec<String>>() {
            none if none.is_empty() => Ok(()),
            problems => Err(TaskerError::InvalidSteps { problems }),
        }
    }

    /// Returns the steps of a task with their names, and its edges.
    fn known_steps(&self, task: TaskId) -> Result<(Vec<ExistingStep>, Vec<(StepId, StepId)>), TaskerError> {
        let graph = TaskGraph::require(&self.writer.reader(), task)?;
        let mut names = HashMap::new();
        self.writer.reader().each_name(graph.steps().map(|step| step.named_step_id), |id, name| {
            names.insert(id, name.to_owned());
        })?;
        let known = graph.steps().map(|step| ExistingStep {
            id: step.id,
            name: names.get(&step.named_step_id).cloned().unwrap_or_default(),
            is_untouched: step.state == StepState::Pending && !step.in_process,
            has_rule: step.has_rule,
        });
        Ok((known.collect(), graph.edges().collect()))
    }

    fn put_steps(&self, task: TaskId, expansion: &Expansion) -> Result<Vec<StepId>, TaskerError> {
        if expansion.steps.is_empty() {
            return Ok(Vec::new());
        }
        let steps = expansion.steps.iter().enumerate().map(|(place, step)| {
            json!({
                "place": place,
                "name": step.name,
                "system": step.dependent_system,
                "description": step.description,
                "inputs": step.inputs,
                "retryable": step.retryable,
                "retry_limit": step.retry_limit,
                "skippable": step.skippable,
            })
        });
        let (steps, now) =
            (export::text(&Value::Array(steps.collect()).to_string()), spi::timestamp(self.writer.now));
        for statement in [Statement::PutSystems, Statement::PutNamedSteps] {
            self.writer.rails(statement, &[steps, now], |_| {})?;
        }
        let mut ids = HashMap::new();
        self.writer.rails(Statement::PutNewSteps, &[spi::bigint(task.0), steps, now], |row| {
            ids.insert(row.text(1, str::to_owned), StepId(row.i64(0)));
        })?;
        let found = expansion.steps.iter().map(|step| ids.get(&step.name).copied());
        // Names that another session has just stored, and that our snapshot does not show.
        found
            .collect::<Option<_>>()
            .ok_or_else(|| TaskerError::StateChanged { subject: format!("task {task}") })
    }

    fn put_new_edges(&self, expansion: &Expansion, ids: &[StepId]) -> Result<(), TaskerError> {
        let id = |end: EdgeEnd| match end {
            EdgeEnd::Known(id) => Some(id.0),
            EdgeEnd::New(at) => ids.get(at).map(|id| id.0),
        };
        let (parents, children): (Vec<i64>, Vec<i64>) =
            expansion.edges.iter().filter_map(|(from, to)| id(*from).zip(id(*to))).unzip();
        if parents.is_empty() {
            return Ok(());
        }
        self.writer.put_edges(&parents, &children)
    }
}

/// Adds the problems that PostgreSQL's parser finds in the predicates.
fn checked(expansion: Result<Expansion, TaskerError>, wanted: &Value) -> Result<Expansion, TaskerError> {
    let steps = wanted.as_array().into_iter().flatten();
    let found = steps.flat_map(|step| {
        let name = step["name"].as_str().unwrap_or_default();
        path_problems(step).map(move |(field, problem)| format!("{name}.{field}: {problem}"))
    });
    let found: Vec<String> = found.collect();
    match expansion {
        Err(TaskerError::InvalidSteps { mut problems }) => {
            problems.extend(found);
            Err(TaskerError::InvalidSteps { problems })
        }
        Ok(_) if !found.is_empty() => Err(TaskerError::InvalidSteps { problems: found }),
        expansion => expansion,
    }
}
