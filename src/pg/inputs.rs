//! What the handlers of claimed steps need: names, inputs, the context of the task, and what the parents have left behind.

use super::claims::{Claim, distinct};
use super::spi::{self, LookUp, Row, Statement};
use super::writer::Writer;
use crate::core::error::TaskerError;
use crate::core::ids::NamedStepId;
use pgrx::pg_sys::Datum;
use std::collections::{HashMap, HashSet};

/// Values of the current memory; `None` for NULL.
#[derive(Default)]
pub struct Inputs {
    pub name: Option<Datum>,
    pub task_name: Option<Datum>,
    pub inputs: Option<Datum>,
    pub context: Option<Datum>,
    /// `None`: they are more than a `jsonb` value can hold.
    pub parent_results: Option<Datum>,
}

/// What a step was given, and what it has left behind.
struct StepPart {
    named_step: NamedStepId,
    inputs: Option<Datum>,
    results: Option<Datum>,
    /// What these take as a member of an object.
    size: usize,
    /// Whether they are so large that they are only read once it is known that the step that wants them can have them.
    is_put_off: bool,
}

/// A name and what belongs to it; `None` for null.
type Member = (Datum, Option<Datum>);

/// The names of steps are no longer in bytes.
const LONGEST_NAME: usize = 128 * 4;

/// Results of this size are read at once, and not when it is known how large those of all parents are.
const READ_AT_ONCE: usize = 1 << 20;

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
                let [name, task_name, inputs, context] = [1, 2, 3, 4].map(|column| kept(row, column));
                found.insert(row.i64(0), Inputs { name, task_name, inputs, context, parent_results: None });
            })?;
            for (step, results) in self.visible_results(&ids)? {
                if let Some(inputs) = found.get_mut(&step) {
                    inputs.parent_results = spi::json_object(&results);
                }
            }
            return Ok(found);
        }
        let parents: HashSet<i64> = claims.iter().flat_map(|claim| &claim.parents).copied().collect();
        let mut steps = self.step_parts(&distinct(ids.iter().chain(&parents).copied()), &parents)?;
        let size = |parents: &[i64]| -> usize {
            parents.iter().filter_map(|parent| steps.get(parent)).map(|part| part.size).sum()
        };
        let (fitting, too_large): (Vec<&Claim>, Vec<&Claim>) =
            claims.iter().partition(|claim| size(&claim.parents) <= spi::LARGEST_OBJECT);
        let too_large: HashSet<i64> = too_large.into_iter().map(|claim| claim.step.id.0).collect();
        self.read_put_off(&mut steps, &fitting)?;
        let names = self.reader().names(steps.values().map(|part| part.named_step))?;
        let tasks = self.task_parts(&distinct(claims.iter().map(|claim| claim.step.task_id.0)))?;
        for Claim { step, parents, .. } in claims {
            if too_large.contains(&step.id.0) {
                found.insert(step.id.0, Inputs::default());
                continue;
            }
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
                parent_results: spi::json_object(&results),
            };
            found.insert(step.id.0, inputs);
        }
        Ok(found)
    }

    /// What the caller may see of the results of the parents of these steps, of those that can have them: an entry for each
    /// such step.
    fn visible_results(&self, steps: &[i64]) -> Result<HashMap<i64, Vec<Member>>, TaskerError> {
        let mut sizes: HashMap<i64, usize> = steps.iter().map(|step| (*step, 0)).collect();
        self.rails(Statement::ResultsOfParents, &[spi::bigint_array(steps)], |row| {
            *sizes.entry(row.i64(0)).or_default() += spi::member_size(row.value(1), row.value(2));
        })?;
        sizes.retain(|_, size| *size <= spi::LARGEST_OBJECT);
        let mut results: HashMap<i64, Vec<Member>> = sizes.keys().map(|step| (*step, Vec::new())).collect();
        if sizes.values().all(|size| *size == 0) {
            return Ok(results);
        }
        let fitting: Vec<i64> = sizes.into_keys().collect();
        self.rails(Statement::ResultsOfParents, &[spi::bigint_array(&fitting)], |row| {
            if let (Some(name), Some(of_step)) = (kept(row, 1), results.get_mut(&row.i64(0))) {
                of_step.push((name, kept(row, 2)));
            }
        })?;
        Ok(results)
    }

    fn step_parts(
        &self,
        steps: &[i64],
        parents: &HashSet<i64>,
    ) -> Result<HashMap<i64, StepPart>, TaskerError> {
        let mut parts = HashMap::with_capacity(steps.len());
        self.session.look_up(LookUp::InputsOfSteps, steps, |row| {
            let (id, named_step) = (row.i64(0), NamedStepId(row.i32(1)));
            let size = spi::member_size(None, row.value(3)) + LONGEST_NAME;
            let is_put_off = size > READ_AT_ONCE;
            let results = if parents.contains(&id) && !is_put_off { kept(row, 3) } else { None };
            parts.insert(id, StepPart { named_step, inputs: kept(row, 2), results, size, is_put_off });
            Ok(())
        })?;
        Ok(parts)
    }

    /// Reads the large results of the parents of claims that can have them.
    fn read_put_off(&self, steps: &mut HashMap<i64, StepPart>, claims: &[&Claim]) -> Result<(), TaskerError> {
        let parents = claims.iter().flat_map(|claim| &claim.parents).copied();
        let put_off = parents.filter(|parent| steps.get(parent).is_some_and(|part| part.is_put_off));
        let put_off = distinct(put_off);
        if put_off.is_empty() {
            return Ok(());
        }
        self.session.look_up(LookUp::InputsOfSteps, &put_off, |row| {
            if let Some(part) = steps.get_mut(&row.i64(0)) {
                part.results = kept(row, 3);
            }
            Ok(())
        })
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
