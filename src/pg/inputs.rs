//! What the handlers of claimed steps need: names, inputs, the context of the task, and what the parents have left behind.

use super::claims::{Claim, distinct};
use super::spi::{self, LookUp, Row, Statement};
use super::writer::Writer;
use crate::core::error::TaskerError;
use crate::core::ids::NamedStepId;
use pgrx::pg_sys::Datum;
use std::collections::HashMap;

/// Values of the current memory; `None` for NULL.
pub struct Inputs {
    pub name: Option<Datum>,
    pub task_name: Option<Datum>,
    pub inputs: Option<Datum>,
    pub context: Option<Datum>,
    pub parent_results: Option<Datum>,
}

/// What a step was given, and what it has left behind.
struct StepPart {
    named_step: NamedStepId,
    inputs: Option<Datum>,
    results: Option<Datum>,
}

/// The part of its task.
struct TaskPart {
    name: Option<Datum>,
    context: Option<Datum>,
}

impl Writer<'_> {
    /// What the handlers of these steps need, by their ids.
    ///
    /// # Complexity
    /// O(log n) for each step and each parent.
    pub fn inputs_of(&self, claims: &[Claim]) -> Result<HashMap<i64, Inputs>, TaskerError> {
        let ids: Vec<i64> = claims.iter().map(|claim| claim.step.id.0).collect();
        let mut found = HashMap::with_capacity(ids.len());
        if self.reader().is_filtered() {
            self.rails(Statement::ClaimedSteps, &[spi::bigint_array(&ids)], |row| {
                let [name, task_name, inputs, context, parent_results] =
                    [1, 2, 3, 4, 5].map(|column| kept(row, column));
                found.insert(row.i64(0), Inputs { name, task_name, inputs, context, parent_results });
            })?;
            return Ok(found);
        }
        let parents = claims.iter().flat_map(|claim| &claim.parents);
        let steps = self.step_parts(&distinct(ids.iter().chain(parents).copied()))?;
        let names = self.reader().names(steps.values().map(|part| part.named_step))?;
        let tasks = self.task_parts(&distinct(claims.iter().map(|claim| claim.step.task_id.0)))?;
        for Claim { step, parents, .. } in claims {
            let task = tasks.get(&step.task_id.0);
            let results: Vec<(Datum, Option<Datum>)> = parents
                .iter()
                .filter_map(|parent| steps.get(parent))
                .filter_map(|parent| Some((names.get(parent.named_step)?, parent.results)))
                .collect();
            let inputs = Inputs {
                name: names.get(step.named_step_id),
                task_name: task.and_then(|task| task.name),
                inputs: steps.get(&step.id.0).and_then(|step| step.inputs),
                context: task.and_then(|task| task.context),
                parent_results: Some(spi::json_object(&results)),
            };
            found.insert(step.id.0, inputs);
        }
        Ok(found)
    }

    fn step_parts(&self, steps: &[i64]) -> Result<HashMap<i64, StepPart>, TaskerError> {
        let mut parts = HashMap::with_capacity(steps.len());
        self.session.look_up(LookUp::InputsOfSteps, steps, |row| {
            let named_step = NamedStepId(row.i32(1));
            parts.insert(row.i64(0), StepPart { named_step, inputs: kept(row, 2), results: kept(row, 3) });
            Ok(())
        })?;
        Ok(parts)
    }

    fn task_parts(&self, tasks: &[i64]) -> Result<HashMap<i64, TaskPart>, TaskerError> {
        let mut contexts = HashMap::with_capacity(tasks.len());
        self.session.look_up(LookUp::InputsOfTasks, tasks, |row| {
            contexts.insert(row.i64(0), (i64::from(row.i32(1)), kept(row, 2)));
            Ok(())
        })?;
        let mut names = HashMap::new();
        for named_task in distinct(contexts.values().map(|(named_task, _)| *named_task)) {
            self.session.look_up(LookUp::NamesOfTasks, &[named_task], |row| {
                names.insert(named_task, kept(row, 0));
                Ok(())
            })?;
        }
        let part = |(task, (named_task, context))| {
            (task, TaskPart { name: names.get(&named_task).copied().flatten(), context })
        };
        Ok(contexts.into_iter().map(part).collect())
    }
}

/// A column of variable length, for longer than the row.
fn kept(row: &Row, column: usize) -> Option<Datum> {
    row.value(column).map(spi::kept)
}
