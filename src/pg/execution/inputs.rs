//! Reads what the handlers of claimed steps need: the names and settings of the handler, the inputs, the context of the
//! task, and the results of the parents.

use crate::core::error::TaskerError;
use crate::core::ids::{NamedStepId, distinct};
use crate::core::rules::INPUT;
use crate::pg::datum::export;
use crate::pg::execution::claims::requests::Claim;
use crate::pg::spi::{self, LookUp, Row, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use std::collections::{HashMap, HashSet};

/// The data that the handler of one step needs: values in the current memory context; `None` for NULL.
#[derive(Default)]
pub struct Inputs {
    pub handler: Handler,
    pub priority: i32,
    pub inputs: Option<Datum>,
    pub context: Option<Datum>,
    /// The results of the parents; `None` if together they are larger than a `jsonb` value can be.
    pub parent_results: Option<Datum>,
}

/// The handler that a step is for. A field is `None` if there is no such name, or if the template does not set it.
#[derive(Clone, Copy, Default)]
pub struct Handler {
    pub namespace: Option<Datum>,
    pub task_name: Option<Datum>,
    pub version: Option<Datum>,
    pub step_name: Option<Datum>,
    pub class: Option<Datum>,
    pub config: Option<Datum>,
}

/// The handlers of the steps of one kind of task, that is, of one named task.
struct TaskKind {
    /// The part of the handler that is the same for all steps.
    of_task: Handler,
    /// The templates of its steps, by their names; empty if no template is stored.
    templates: HashMap<String, spi::JsonObject>,
}

impl TaskKind {
    fn new(
        namespace: Option<Datum>,
        name: Option<Datum>,
        version: Option<Datum>,
        template: Option<Datum>,
    ) -> Self {
        let template = template.and_then(spi::JsonObject::of);
        let steps = template.into_iter().flat_map(|template| template.objects("step_templates"));
        let by_name = |step: spi::JsonObject| Some((step.text("name", str::to_owned)?, step));
        let of_task = Handler { namespace, task_name: name, version, ..Handler::default() };
        Self { of_task, templates: steps.filter_map(by_name).collect() }
    }

    fn handler(&self, step_name: Option<Datum>) -> Handler {
        let template = step_name.and_then(|name| spi::with_text(name, |name| self.templates.get(name)));
        Handler {
            step_name,
            class: template.and_then(|template| template.text("handler_class", export::text)),
            config: template.and_then(|template| template.member("handler_config")),
            ..self.of_task
        }
    }
}

/// The inputs and the results of a step.
struct StepPart {
    named_step: NamedStepId,
    inputs: Option<Datum>,
    results: Option<Datum>,
    /// An upper bound for the size of the results as a member of an object.
    size: usize,
    /// True if the results are large: they are read only if the results of all parents together fit into a `jsonb`
    /// value.
    is_put_off: bool,
}

/// A name and what belongs to it; `None` for null.
type Member = (Datum, Option<Datum>);

/// The largest size of a step name in bytes.
const LONGEST_NAME: usize = 128 * 4;

/// The size up to which results are read at once. Larger results are read when the size of the results of all parents
/// is known.
const READ_AT_ONCE: usize = 1 << 20;

/// The named task and the context of a task.
struct TaskPart {
    named_task: i64,
    context: Option<Datum>,
}

/// The data that workers need about the steps that they have claimed.
pub struct ClaimInputs<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> ClaimInputs<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Returns what the handlers of these steps need, by the ids of the steps.
    ///
    /// # Complexity
    /// O(log n) for each step and each parent, and the steps of the template of each kind of task among them.
    pub fn inputs_of(&self, claims: &[Claim]) -> Result<HashMap<i64, Inputs>, TaskerError> {
        let mut ids: Vec<i64> = claims.iter().map(|claim| claim.step.id.0).collect();
        let mut found = HashMap::with_capacity(ids.len());
        let task_ids = distinct(claims.iter().map(|claim| claim.step.task_id.0));
        let priorities = self.priorities(&task_ids)?;
        let has_copies = claims.iter().any(|claim| claim.parents.len() == 1)
            && !self.writer.session.is_surely_empty(LookUp::Rules);
        if self.writer.reader().is_filtered() {
            let mut kinds = HashMap::new();
            self.writer.rails(Statement::ClaimedSteps, &[spi::bigint_array(&ids)], |row| {
                let [step_name, inputs, context] = [3, 4, 5].map(|column| kept(row, column));
                let kind = kinds.entry(row.i32(2)).or_insert_with(|| {
                    let [name, version, template, namespace] = [6, 7, 8, 9].map(|column| kept(row, column));
                    TaskKind::new(namespace, name, version, template)
                });
                let priority = priorities.get(&row.i64(1)).copied().unwrap_or_default();
                let handler = kind.handler(step_name);
                found.insert(row.i64(0), Inputs { handler, priority, inputs, context, parent_results: None });
            })?;
            let copies = match has_copies {
                true => self.copies_among(claims, |step| found.get(&step)?.inputs)?,
                false => HashSet::new(),
            };
            for copy in &copies {
                if let Some(inputs) = found.get_mut(copy) {
                    inputs.parent_results = spi::json_object(&[]);
                }
            }
            ids.retain(|step| !copies.contains(step));
            for (step, results) in self.visible_results(&ids)? {
                if let Some(inputs) = found.get_mut(&step) {
                    inputs.parent_results = spi::json_object(&results);
                }
            }
            return Ok(found);
        }
        let parents: HashSet<i64> = claims.iter().flat_map(|claim| &claim.parents).copied().collect();
        let mut steps = self.step_parts(&distinct(ids.iter().chain(&parents).copied()), &parents)?;
        let copies = match has_copies {
            true => self.copies_among(claims, |step| steps.get(&step)?.inputs)?,
            false => HashSet::new(),
        };
        let size = |parents: &[i64]| -> usize {
            parents.iter().filter_map(|parent| steps.get(parent)).map(|part| part.size).sum()
        };
        let (fitting, too_large): (Vec<&Claim>, Vec<&Claim>) =
            claims.iter().partition(|claim| size(&claim.parents) <= spi::LARGEST_OBJECT);
        let too_large: HashSet<i64> = too_large.into_iter().map(|claim| claim.step.id.0).collect();
        self.read_deferred_inputs(&mut steps, &fitting)?;
        let names = self.writer.reader().names(steps.values().map(|part| part.named_step))?;
        let tasks = self.task_parts(&task_ids)?;
        let kinds = self.kinds(tasks.values().map(|task| task.named_task))?;
        for Claim { step, parents, .. } in claims {
            if too_large.contains(&step.id.0) {
                found.insert(step.id.0, Inputs::default());
                continue;
            }
            let task = tasks.get(&step.task_id.0);
            let is_copy = copies.contains(&step.id.0);
            let results: Vec<(Datum, Option<Datum>)> = parents
                .iter()
                .filter(|_| !is_copy)
                .filter_map(|parent| steps.get(parent))
                .filter_map(|parent| Some((names.get(parent.named_step)?, parent.results)))
                .collect();
            let kind = task.and_then(|task| kinds.get(&task.named_task));
            let step_name = names.get(step.named_step_id);
            let inputs = Inputs {
                handler: kind.map_or_else(Handler::default, |kind| kind.handler(step_name)),
                priority: priorities.get(&step.task_id.0).copied().unwrap_or_default(),
                inputs: steps.get(&step.id.0).and_then(|step| step.inputs),
                context: task.and_then(|task| task.context),
                parent_results: spi::json_object(&results),
            };
            found.insert(step.id.0, inputs);
        }
        Ok(found)
    }

    /// Returns those of the claimed steps that are copies of mapped steps. They do not get the results of their parent,
    /// because the whole list would be repeated for each element.
    fn copies_among(
        &self,
        claims: &[Claim],
        inputs_of: impl Fn(i64) -> Option<Datum>,
    ) -> Result<HashSet<i64>, TaskerError> {
        let mut names = HashMap::new();
        for claim in claims.iter().filter(|claim| claim.parents.len() == 1) {
            // Other steps may have an element in their inputs too: those of a task that a copy has created.
            if inputs_of(claim.step.id.0).is_some_and(has_element) {
                names.insert(claim.step.id.0, claim.step.named_step_id.0);
            }
        }
        let steps: Vec<i64> = names.keys().copied().collect();
        let mut edges = Vec::new();
        self.writer.session.look_up(LookUp::EdgesFromSteps, &steps, |row| {
            edges.push((row.i64(0), row.i64(1)));
            Ok(())
        })?;
        let mut mapped = HashMap::new();
        let children = distinct(edges.iter().map(|(_, child)| *child));
        self.writer.session.look_up(LookUp::HintedSteps, &children, |row| {
            if row.bool(3) {
                mapped.insert(row.i64(0), row.i32(2));
            }
            Ok(())
        })?;
        let is_copy = |(step, child): &&(i64, i64)| match (names.get(step), mapped.get(child)) {
            (Some(name), Some(mapped)) => name == mapped,
            _ => false,
        };
        Ok(edges.iter().filter(is_copy).map(|(step, _)| *step).collect())
    }

    /// Returns those results of the parents of these steps that the caller may see. There is an entry for each step
    /// whose parents' results fit into a `jsonb` value.
    fn visible_results(&self, steps: &[i64]) -> Result<HashMap<i64, Vec<Member>>, TaskerError> {
        let mut sizes: HashMap<i64, usize> = steps.iter().map(|step| (*step, 0)).collect();
        self.writer.rails(Statement::ResultsOfParents, &[spi::bigint_array(steps)], |row| {
            *sizes.entry(row.i64(0)).or_default() += spi::member_size(row.value(1), row.value(2));
        })?;
        sizes.retain(|_, size| *size <= spi::LARGEST_OBJECT);
        let mut results: HashMap<i64, Vec<Member>> = sizes.keys().map(|step| (*step, Vec::new())).collect();
        if sizes.values().all(|size| *size == 0) {
            return Ok(results);
        }
        let fitting: Vec<i64> = sizes.into_keys().collect();
        self.writer.rails(Statement::ResultsOfParents, &[spi::bigint_array(&fitting)], |row| {
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
        self.writer.session.look_up(LookUp::InputsOfSteps, steps, |row| {
            let (id, named_step) = (row.i64(0), NamedStepId(row.i32(1)));
            let size = spi::member_size(None, row.value(3)) + LONGEST_NAME;
            let is_put_off = size > READ_AT_ONCE;
            let results = if parents.contains(&id) && !is_put_off { kept(row, 3) } else { None };
            parts.insert(id, StepPart { named_step, inputs: kept(row, 2), results, size, is_put_off });
            Ok(())
        })?;
        Ok(parts)
    }

    /// Reads the large results of the parents of claims for which they fit.
    fn read_deferred_inputs(
        &self,
        steps: &mut HashMap<i64, StepPart>,
        claims: &[&Claim],
    ) -> Result<(), TaskerError> {
        let parents = claims.iter().flat_map(|claim| &claim.parents).copied();
        let put_off = parents.filter(|parent| steps.get(parent).is_some_and(|part| part.is_put_off));
        let put_off = distinct(put_off);
        if put_off.is_empty() {
            return Ok(());
        }
        self.writer.session.look_up(LookUp::InputsOfSteps, &put_off, |row| {
            if let Some(part) = steps.get_mut(&row.i64(0)) {
                part.results = kept(row, 3);
            }
            Ok(())
        })
    }

    fn task_parts(&self, tasks: &[i64]) -> Result<HashMap<i64, TaskPart>, TaskerError> {
        let mut parts = HashMap::with_capacity(tasks.len());
        self.writer.session.look_up(LookUp::InputsOfTasks, tasks, |row| {
            parts.insert(row.i64(0), TaskPart { named_task: row.i32(1).into(), context: kept(row, 2) });
            Ok(())
        })?;
        Ok(parts)
    }

    fn priorities(&self, tasks: &[i64]) -> Result<HashMap<i64, i32>, TaskerError> {
        let mut priorities = HashMap::with_capacity(tasks.len());
        self.writer.session.look_up(LookUp::RanksOfTasks, tasks, |row| {
            priorities.insert(row.i64(0), row.i32(2));
            Ok(())
        })?;
        Ok(priorities)
    }

    /// Returns kinds of tasks by the ids of their named tasks.
    fn kinds(&self, named_tasks: impl Iterator<Item = i64>) -> Result<HashMap<i64, TaskKind>, TaskerError> {
        let mut kinds = HashMap::new();
        for named_task in distinct(named_tasks) {
            let (mut columns, mut namespace_id, mut namespace) = ([None; 3], None, None);
            self.writer.session.look_up(LookUp::NamesOfTasks, &[named_task], |row| {
                columns = [0, 2, 3].map(|column| kept(row, column));
                namespace_id = row.value(1).map(|_| row.i64(1));
                Ok(())
            })?;
            self.writer.session.look_up(LookUp::Namespaces, namespace_id.as_slice(), |row| {
                namespace = kept(row, 0);
                Ok(())
            })?;
            let [name, version, template] = columns;
            kinds.insert(named_task, TaskKind::new(namespace, name, version, template));
        }
        Ok(kinds)
    }
}

/// Returns whether the inputs of a step have an element of a list.
fn has_element(inputs: Datum) -> bool {
    let element = spi::JsonObject::of(inputs).and_then(|inputs| inputs.member(INPUT));
    let element = element.and_then(spi::JsonObject::of);
    element.is_some_and(|element| ["index", "count"].iter().all(|name| element.integer(name).is_some()))
}

/// Returns a copy of a column of variable length, which outlives the row.
fn kept(row: &Row, column: usize) -> Option<Datum> {
    row.value(column).map(spi::kept)
}
