//! Writes what [`crate::core::testkit`] plans, as the engine would have written it: one INSERT for each table, with
//! foreign keys and the triggers of other owners at work.
//!
//! Suppresses only the triggers of tasker_core meanwhile: they follow tasks one by one, and write hints for steps that
//! they delete when the edges come. This code knows which steps are roots, and writes the side rows at the end with the
//! statements that the triggers would use.
//!
//! Skips checks if a superuser creates many tasks at once, on tables without other triggers, because the rows are right
//! by construction. Foreign keys are not checked, and the side rows of the steps are written without reading anything
//! again. Thousands are written page by page without indexes, which are built at the end.

pub mod past;
mod rows;
mod unindexed;

use crate::core::counts::CountedStep;
use crate::core::error::TaskerError;
use crate::core::state::StepState;
use crate::core::testkit::Blueprint;
use crate::pg::datum::export;
use crate::pg::queue::hints;
use crate::pg::spi::{self, Statement};
use crate::pg::sync::{counts, suppression};
use crate::pg::testkit::unindexed::UnindexedTables;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use serde_json::Value;
use std::collections::HashMap;

pub use crate::pg::testkit::past::StepPast;

/// The number of tasks that are written at a time, which bounds the memory that a large data set needs.
const TASKS_AT_ONCE: usize = 5_000;
/// The smallest number of tasks for which foreign keys are not checked: with fewer, planning again costs more than
/// foreign keys do, because a change of `session_replication_role` drops every plan.
const FEWEST_UNCHECKED: usize = 100;

/// The workflows whose names are stored, ready for the creation of tasks.
pub struct Templates<'a> {
    writer: &'a Writer<'a>,
    workflows: Vec<Template>,
}

struct Template {
    named_task: i32,
    named_steps: Vec<i32>,
    /// The ids of the named steps as an SQL array.
    named_steps_literal: String,
    /// The places of the steps without parents.
    roots: Vec<usize>,
    edges: Vec<(usize, usize)>,
}

/// The tasks that have been written.
#[derive(Default)]
pub struct WrittenTasks {
    pub tasks: Vec<i64>,
    /// The steps of all the tasks, one task after the other.
    pub steps: Vec<i64>,
}

/// The data for the side rows of written tasks and steps.
struct SideRowFacts {
    named_tasks: Vec<i32>,
    roots: Roots,
    /// The task of each step.
    owners: Vec<i64>,
    named: Vec<i32>,
    parents: Vec<Vec<i64>>,
}

impl SideRowFacts {
    /// Returns the arguments of `testkit/put_side_steps`.
    fn side_rows(&self, steps: Datum, now: Datum) -> [Datum; 5] {
        let parents: Vec<String> =
            self.parents.iter().map(|parents| array_literal(&ascending(parents))).collect();
        let (owners, named) = (spi::bigint_array(&self.owners), spi::integer_array(&self.named));
        [steps, owners, named, spi::text_array(&parents), now]
    }
}

/// The steps without parents, with the data of their hints.
#[derive(Default)]
struct Roots {
    steps: Vec<i64>,
    tasks: Vec<i64>,
    named_steps: Vec<i32>,
    named_tasks: Vec<i32>,
}

impl Roots {
    /// Returns the arguments of `testkit/put_hints`.
    fn hints(&self, now: Datum) -> [Datum; 5] {
        let (steps, tasks) = (spi::bigint_array(&self.steps), spi::bigint_array(&self.tasks));
        let (named_steps, named_tasks) =
            (spi::integer_array(&self.named_steps), spi::integer_array(&self.named_tasks));
        [steps, tasks, named_steps, named_tasks, now]
    }
}

/// Returns the ids in ascending order, as the side rows have them.
fn ascending(ids: &[i64]) -> Vec<i64> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids
}

fn array_literal(ids: &[impl ToString]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    format!("{{{}}}", ids.join(","))
}

impl<'a> Templates<'a> {
    /// Stores those names of workflows, tasks and steps that are not stored yet.
    pub fn define(
        writer: &'a Writer<'a>,
        namespace: &str,
        workflows: &[(&str, Blueprint)],
    ) -> Result<Self, TaskerError> {
        let (namespace, now) = (export::text(namespace), spi::timestamp(writer.now));
        writer.rails(Statement::PutTestNamespace, &[namespace, now], |_| {})?;
        writer.rails(Statement::PutTestSystem, &[now], |_| {})?;
        let task_names = distinct(workflows.iter().map(|(name, _)| *name));
        let arguments = [spi::text_array(&task_names), namespace];
        writer.rails(Statement::PutTestNamedTasks, &[arguments[0], namespace, now], |_| {})?;
        let named_tasks = ids_by_name(writer, Statement::TestNamedTasks, &arguments)?;
        let steps = workflows.iter().flat_map(|(_, workflow)| workflow.steps.iter());
        let step_names = spi::text_array(&distinct(steps.map(|step| step.name.as_ref())));
        writer.rails(Statement::PutTestNamedSteps, &[step_names, now], |_| {})?;
        let named_steps = ids_by_name(writer, Statement::TestNamedSteps, &[step_names])?;
        let id = |ids: &HashMap<String, i32>, name: &str| ids.get(name).copied().unwrap_or_default();
        let template = |(name, workflow): &(&str, Blueprint)| {
            let named_steps: Vec<i32> =
                workflow.steps.iter().map(|step| id(&named_steps, &step.name)).collect();
            Template {
                named_task: id(&named_tasks, name),
                named_steps_literal: array_literal(&named_steps),
                named_steps,
                roots: workflow.roots().collect(),
                edges: workflow.edges().collect(),
            }
        };
        let templates = Self { writer, workflows: workflows.iter().map(template).collect() };
        templates.put_pairs()?;
        Ok(templates)
    }

    fn put_pairs(&self) -> Result<(), TaskerError> {
        let pairs = |template: &'_ Template| -> Vec<(i32, i32)> {
            template.named_steps.iter().map(|step| (template.named_task, *step)).collect()
        };
        let mut pairs: Vec<(i32, i32)> = self.workflows.iter().flat_map(pairs).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let (tasks, steps): (Vec<i32>, Vec<i32>) = pairs.into_iter().unzip();
        let (tasks, steps) = (spi::integer_array(&tasks), spi::integer_array(&steps));
        let now = spi::timestamp(self.writer.now);
        self.writer.rails(Statement::PutTestTemplateSteps, &[tasks, steps, now], |_| {})
    }

    /// Creates a task for each pair of the place of a workflow and a context.
    ///
    /// # Complexity
    /// O(steps + edges).
    pub fn create(&self, tasks: &[(usize, Value)]) -> Result<WrittenTasks, TaskerError> {
        let mut created = WrittenTasks::default();
        let role = if tasks.len() < FEWEST_UNCHECKED { None } else { self.role_when_alone()? };
        let mut unindexed = None;
        if role.is_some() {
            unindexed = UnindexedTables::begin(self.writer, self.steps_of(tasks))?;
            // Drops every plan as well, those with indexes that have been left among them.
            self.set_replication_role("replica")?;
        }
        for tasks in tasks.chunks(TASKS_AT_ONCE) {
            let (first_task, first_step) = (created.tasks.len(), created.steps.len());
            let written = suppression::without_following_inserts(self.writer.session.schema(), || {
                self.create_some(tasks, unindexed.is_some(), &mut created)
            })?;
            let session = self.writer.session;
            let steps = spi::bigint_array(&created.steps[first_step..]);
            let tasks = spi::bigint_array(&created.tasks[first_task..]);
            if role.is_some() {
                let now = spi::timestamp(self.writer.now);
                let named_tasks = spi::integer_array(&written.named_tasks);
                session.write(Statement::PutTestSideTasks, &[tasks, named_tasks, now]);
                if unindexed.is_none() || !self.put_side_steps(&created.steps[first_step..], &written) {
                    session.write(Statement::PutTestSideSteps, &written.side_rows(steps, now));
                }
                session.write(Statement::PutTestHints, &written.roots.hints(now));
            } else {
                session.write(Statement::PutTasks, &[tasks]);
                session.write(Statement::PutSteps, &[steps]);
                hints::hint_steps(session, &written.roots.steps)?;
            }
        }
        if let Some(unindexed) = unindexed {
            unindexed.build(self.writer)?;
        }
        // If an error prevents this, the end of the transaction restores the role.
        if let Some(role) = role {
            self.set_replication_role(&role)?;
        }
        Ok(created)
    }

    /// Returns the number of steps of these tasks.
    fn steps_of(&self, tasks: &[(usize, Value)]) -> usize {
        let templates = tasks.iter().filter_map(|(workflow, _)| self.workflows.get(*workflow));
        templates.map(|template| template.named_steps.len()).sum()
    }

    /// Returns `session_replication_role`, if the caller may set it and there are no triggers that it would turn off.
    fn role_when_alone(&self) -> Result<Option<String>, TaskerError> {
        let mut role = None;
        let schema = spi::bigint(self.writer.session.schema().to_u32().into());
        self.writer.rails(Statement::IsAlone, &[schema], |row| {
            role = row.bool(0).then(|| row.text(1, str::to_owned));
        })?;
        Ok(role)
    }

    fn set_replication_role(&self, role: &str) -> Result<(), TaskerError> {
        self.writer.rails(Statement::SetReplicationRole, &[export::text(role)], |_| {})
    }

    /// Writes side rows of steps page by page; returns `false` if that is impossible.
    fn put_side_steps(&self, steps: &[i64], written: &SideRowFacts) -> bool {
        if !rows::put_side_steps(self.writer, steps, written) {
            return false;
        }
        let step = CountedStep {
            state: StepState::Pending,
            has_transition: false,
            attempts: Some(0),
            retry_limit: Some(3),
            retryable: true,
            was_attempted: false,
            processed: false,
        };
        counts::steps_appear(self.writer.session.schema(), &step, steps.len());
        true
    }

    /// Creates tasks without side rows; page by page if there are no indexes.
    fn create_some(
        &self,
        tasks: &[(usize, Value)],
        by_pages: bool,
        created: &mut WrittenTasks,
    ) -> Result<SideRowFacts, TaskerError> {
        let templates: Vec<&Template> =
            tasks.iter().filter_map(|(workflow, _)| self.workflows.get(*workflow)).collect();
        let named_tasks: Vec<i32> = templates.iter().map(|template| template.named_task).collect();
        let contexts: Vec<String> = tasks.iter().map(|(_, context)| context.to_string()).collect();
        let (first_task, first_step) = (created.tasks.len(), created.steps.len());
        let arguments = [spi::integer_array(&named_tasks), spi::text_array(&contexts)];
        self.put(Statement::PutTestTasks, arguments, &mut created.tasks)?;

        let (mut owners, mut named) = (Vec::new(), Vec::new());
        for (template, task) in templates.iter().zip(&created.tasks[first_task..]) {
            owners.extend(template.named_steps.iter().map(|_| *task));
            named.extend_from_slice(&template.named_steps);
        }
        self.put_steps(tasks, by_pages, created, first_task)?;

        let (mut roots, mut parents, mut children) = (Roots::default(), Vec::new(), Vec::new());
        let mut parents_of_steps = vec![Vec::new(); owners.len()];
        let mut steps = &created.steps[first_step..];
        let mut first = 0;
        for (template, task) in templates.into_iter().zip(&created.tasks[first_task..]) {
            let (own, others) = steps.split_at(template.named_steps.len().min(steps.len()));
            for root in &template.roots {
                roots.steps.extend(own.get(*root));
                roots.tasks.push(*task);
                roots.named_steps.extend(template.named_steps.get(*root));
                roots.named_tasks.push(template.named_task);
            }
            for (parent, child) in &template.edges {
                parents.extend(own.get(*parent));
                children.extend(own.get(*child));
                parents_of_steps[first + child].extend(own.get(*parent).copied());
            }
            steps = others;
            first += own.len();
        }
        let arguments = [spi::bigint_array(&parents), spi::bigint_array(&children)];
        if !by_pages || !rows::put_edges(self.writer, &parents, &children)? {
            self.put(Statement::PutTestEdges, arguments, &mut Vec::new())?;
        }
        Ok(SideRowFacts { named_tasks, roots, owners, named, parents: parents_of_steps })
    }

    /// Writes the steps of the tasks that have been created from `first_task` on.
    fn put_steps(
        &self,
        tasks: &[(usize, Value)],
        by_pages: bool,
        created: &mut WrittenTasks,
        first_task: usize,
    ) -> Result<(), TaskerError> {
        let ids = &created.tasks[first_task..];
        let wanted = ids.iter().zip(tasks).filter_map(|(id, (workflow, context))| {
            self.workflows.get(*workflow).map(|template| (*id, template, context))
        });
        let wanted: Vec<_> = wanted.collect();
        let steps = if by_pages { rows::put_steps(self.writer, &wanted)? } else { None };
        if let Some(steps) = steps {
            created.steps.extend(steps);
            return Ok(());
        }
        let named_steps: Vec<String> =
            wanted.iter().map(|(_, template, _)| template.named_steps_literal.clone()).collect();
        let arguments = [spi::bigint_array(ids), spi::text_array(&named_steps)];
        self.put(Statement::PutTestSteps, arguments, &mut created.steps)
    }

    fn put(&self, statement: Statement, rows: [Datum; 2], ids: &mut Vec<i64>) -> Result<(), TaskerError> {
        let arguments = [rows[0], rows[1], spi::timestamp(self.writer.now)];
        self.writer.rails(statement, &arguments, |row| ids.push(row.i64(0)))
    }
}

/// Returns each name once, in the order of their first appearance.
fn distinct<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}

fn ids_by_name(
    writer: &Writer,
    statement: Statement,
    arguments: &[Datum],
) -> Result<HashMap<String, i32>, TaskerError> {
    let mut ids = HashMap::new();
    writer.rails(statement, arguments, |row| {
        ids.insert(row.text(0, str::to_owned), row.i32(1));
    })?;
    Ok(ids)
}
