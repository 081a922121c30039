//! Creates tasks: one statement for each table, however many tasks.
//!
//! The Rails tables are written as the caller. The unique index on `identity_hash` decides which session creates the
//! task of an identity: a second session waits for the first transaction to end, and gets its task.

use crate::core::error::TaskerError;
use crate::core::ids::{NamedTaskId, StepId, TaskId};
use crate::core::state::StepState;
use crate::core::template::{IdentityRule, Problems, TaskRequest, hold_until, member};
use crate::pg::datum::export;
use crate::pg::definition::new_tasks::{NewTask, NewTasks, RequestSource};
use crate::pg::definition::rules::RuleStore;
use crate::pg::definition::templates::PreparedTemplate;
use crate::pg::host::acl::{role_name, session_user};
use crate::pg::host::actor::Actor;
use crate::pg::host::installed_columns::ColumnUse;
use crate::pg::queue::times;
use crate::pg::reading::config::ConfiguredTimes;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::step_columns::StepColumns;
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// The templates that requests name.
struct Catalog {
    prepared: Vec<PreparedTemplate>,
    /// The place of the template of each request.
    of_request: Vec<usize>,
}

impl Catalog {
    fn of(&self, request: usize) -> &PreparedTemplate {
        &self.prepared[self.of_request[request]]
    }
}

/// The creation of tasks from templates.
pub struct Creation<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Creation<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Creates the requested tasks; `contexts` are those of the requests as PostgreSQL has them. It evaluates no rules
    /// and ends no task. The caller does this later, because a task that a step creates may itself create tasks.
    ///
    /// # Errors
    /// [`TaskerError::InvalidRequest`] with all problems of all requests; then no task is created.
    ///
    /// # Complexity
    /// O(steps + edges) of the new tasks.
    pub fn create_tasks_alone(
        &self,
        requests: &[TaskRequest],
        contexts: &[Datum],
        source: RequestSource,
    ) -> Result<NewTasks, TaskerError> {
        self.writer.installation.require_columns(ColumnUse::Create)?;
        let catalog = self.catalog(requests)?;
        check(requests, &catalog, &self.parents(requests)?, source)?;
        let created = self.create_tasks(requests, contexts, &catalog)?;
        let new: Vec<usize> = (0..created.len()).filter(|&at| created[at].is_new).collect();
        let (mut ruled, mut bypassed) = (Vec::new(), Vec::new());
        if !new.is_empty() {
            self.set_priorities(requests, &created, &new);
            self.set_parents(requests, &created, &new);
            let steps = self.create_steps(requests, &created, &new, &catalog)?;
            self.create_edges(&created, &new, &catalog, &steps)?;
            ruled = self.create_rules(&created, &new, &catalog, &steps);
            self.limit_times(requests, &created, &new, &catalog, &steps)?;
            bypassed = self.bypass(requests, &created, &new, &catalog, &steps)?;
        }
        Ok(NewTasks { created, ruled, bypassed })
    }

    fn catalog(&self, requests: &[TaskRequest]) -> Result<Catalog, TaskerError> {
        let reader = self.writer.reader();
        let mut places = HashMap::new();
        let mut catalog = Catalog { prepared: Vec::new(), of_request: Vec::with_capacity(requests.len()) };
        for request in requests {
            let key = (&request.namespace, &request.name, &request.version);
            let place = match places.get(&key) {
                Some(place) => *place,
                None => {
                    let version = request.version.as_deref();
                    catalog.prepared.push(reader.prepared(&request.namespace, &request.name, version)?);
                    places.insert(key, catalog.prepared.len() - 1);
                    catalog.prepared.len() - 1
                }
            };
            catalog.of_request.push(place);
        }
        Ok(catalog)
    }

    /// Returns those of the requested parent tasks that the caller may see.
    fn parents(&self, requests: &[TaskRequest]) -> Result<HashSet<TaskId>, TaskerError> {
        let asked = requests.iter().filter_map(|request| request.options.parent_task);
        let asked: HashSet<i64> = asked.map(|parent| parent.0).collect();
        let mut known = HashSet::new();
        if !asked.is_empty() {
            let asked: Vec<i64> = asked.into_iter().collect();
            self.writer.rails(Statement::VisibleTasks, &[spi::bigint_array(&asked)], |row| {
                known.insert(TaskId(row.i64(0)));
            })?;
        }
        Ok(known)
    }

    fn create_tasks(
        &self,
        requests: &[TaskRequest],
        contexts: &[Datum],
        catalog: &Catalog,
    ) -> Result<Vec<NewTask>, TaskerError> {
        // An identity must not reveal the tasks of another tenant.
        let is_filtered =
            self.writer.actor == Actor::Caller && self.writer.installation.row_security_applies();
        let role = is_filtered.then(|| role_name(self.writer.installation.caller()));
        let asked = requests.iter().enumerate().map(|(at, request)| {
            let (options, prepared) = (&request.options, catalog.of(at));
            json!({
                "ordinal": at,
                "named_task_id": prepared.named_task,
                "namespace": request.namespace,
                "name": request.name,
                "version": prepared.template.version,
                "requested_at": options.requested_at.unwrap_or(self.writer.now),
                "initiator": options.initiator,
                "source_system": options.source_system,
                "reason": options.reason,
                "bypass_steps": options.bypass_steps,
                "tags": options.tags,
                "identity": options.identity.as_str(),
                "identity_key": match &options.identity {
                    IdentityRule::Key(key) => Some(key),
                    IdentityRule::None | IdentityRule::Hash => None,
                },
                "role": role,
            })
        });
        let asked = export::text(&asked.collect::<Value>().to_string());
        let mut found: Vec<(Option<TaskId>, String)> = Vec::with_capacity(requests.len());
        let arguments = [
            asked,
            spi::json_array(&contexts.iter().copied().map(Some).collect::<Vec<_>>()),
            spi::timestamp(self.writer.now),
        ];
        self.writer.rails(Statement::CreateTasks, &arguments, |row| {
            let task = row.value(1).map(|_| TaskId(row.i64(1)));
            found.push((task, row.text(2, str::to_owned)));
        })?;
        let missing: Vec<String> =
            found.iter().filter(|(task, _)| task.is_none()).map(|(_, hash)| hash.clone()).collect();
        let known = self.tasks_of(&missing)?;
        let mut seen = HashSet::new();
        let created = found.into_iter().enumerate().map(|(at, (task, identity_hash))| match task {
            Some(task) => Ok(NewTask {
                task,
                named_task: catalog.of(at).named_task,
                identity_hash,
                is_new: seen.insert(task),
            }),
            None => match known.get(&identity_hash) {
                Some(&(task, named_task)) => Ok(NewTask { task, named_task, identity_hash, is_new: false }),
                None if matches!(requests[at].options.identity, IdentityRule::None) => {
                    Err(TaskerError::WriteDiscarded { table: "tasker_tasks" })
                }
                None => Err(TaskerError::IdentityTaken),
            },
        });
        created.collect()
    }

    /// Returns the tasks that have these identities already.
    fn tasks_of(&self, hashes: &[String]) -> Result<HashMap<String, (TaskId, NamedTaskId)>, TaskerError> {
        let mut known = HashMap::new();
        if !hashes.is_empty() {
            self.writer.rails(Statement::TasksOfIdentities, &[spi::text_array(hashes)], |row| {
                let task = (TaskId(row.i64(1)), NamedTaskId(row.i32(2)));
                known.insert(row.text(0, str::to_owned), task);
            })?;
        }
        Ok(known)
    }

    /// Stores the priorities of new tasks. This precedes the steps, because the rank of their hints depends on the
    /// priority.
    fn set_priorities(&self, requests: &[TaskRequest], created: &[NewTask], new: &[usize]) {
        let urgent = new.iter().filter(|&&at| requests[at].options.priority != 0);
        let (tasks, priorities): (Vec<i64>, Vec<i32>) =
            urgent.map(|&at| (created[at].task.0, requests[at].options.priority)).unzip();
        if !tasks.is_empty() {
            let arguments = [spi::bigint_array(&tasks), spi::integer_array(&priorities)];
            self.writer.session.write(Statement::SetPriorities, &arguments);
        }
    }

    fn set_parents(&self, requests: &[TaskRequest], created: &[NewTask], new: &[usize]) {
        let child =
            |&at: &usize| requests[at].options.parent_task.map(|parent| (created[at].task.0, parent.0));
        let (tasks, parents): (Vec<i64>, Vec<i64>) = new.iter().filter_map(child).unzip();
        if !tasks.is_empty() {
            let arguments = [spi::bigint_array(&tasks), spi::bigint_array(&parents)];
            self.writer.session.write(Statement::SetParents, &arguments);
        }
    }

    /// Creates the steps of the new tasks, and returns them by task and named step.
    fn create_steps(
        &self,
        requests: &[TaskRequest],
        created: &[NewTask],
        new: &[usize],
        catalog: &Catalog,
    ) -> Result<HashMap<(i64, i32), i64>, TaskerError> {
        let tasks = new.iter().map(|&at| {
            let hold =
                requests[at].options.start_at.and_then(|start_at| hold_until(start_at, self.writer.now));
            json!({
                "ordinal": at,
                "task_id": created[at].task,
                "template": catalog.of_request[at],
                "held_since": hold.map(|(since, _)| since),
                "held_seconds": hold.map(|(_, seconds)| seconds),
                "holds_all": !requests[at].options.bypass_steps.is_empty(),
            })
        });
        let tasks = export::text(&tasks.collect::<Value>().to_string());
        let steps = catalog.prepared.iter().enumerate().flat_map(|(number, prepared)| {
            let places = prepared.dag.topological_order().iter().enumerate();
            places.map(move |(place, &at)| {
                let step = &prepared.template.step_templates[at];
                json!({
                    "template": number,
                    "place": place,
                    "named_step_id": prepared.named_steps[at],
                    "retryable": step.default_retryable,
                    "retry_limit": step.default_retry_limit,
                    "skippable": step.skippable,
                    "is_root": step.depends_on_steps.is_empty(),
                })
            })
        });
        let steps = export::text(&steps.collect::<Value>().to_string());
        let (mut made, mut written) = (HashMap::new(), 0);
        self.writer.rails(
            Statement::CreateSteps,
            &[tasks, steps, spi::timestamp(self.writer.now)],
            |row| {
                made.insert((row.i64(1), row.i32(2)), row.i64(0));
                written += 1;
            },
        )?;
        let wanted: usize = new.iter().map(|&at| catalog.of(at).dag.topological_order().len()).sum();
        if written < wanted {
            return Err(TaskerError::WriteDiscarded { table: "tasker_workflow_steps" });
        }
        Ok(made)
    }

    /// Creates all edges at once, in the order of the steps, so that the edge guard reads nothing.
    fn create_edges(
        &self,
        created: &[NewTask],
        new: &[usize],
        catalog: &Catalog,
        steps: &HashMap<(i64, i32), i64>,
    ) -> Result<(), TaskerError> {
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for &at in new {
            let (task, prepared) = (created[at].task.0, catalog.of(at));
            let step = |place: usize| steps.get(&(task, prepared.named_steps[place].0)).copied();
            for &child in prepared.dag.topological_order() {
                for parent in prepared.dag.parents(child) {
                    if let Some((parent, child)) = step(parent).zip(step(child)) {
                        from.push(parent);
                        to.push(child);
                    }
                }
            }
        }
        if from.is_empty() {
            return Ok(());
        }
        self.writer.put_edges(&from, &to)
    }

    /// Stores the rules of the new steps, and returns the steps that have rules.
    fn create_rules(
        &self,
        created: &[NewTask],
        new: &[usize],
        catalog: &Catalog,
        steps: &HashMap<(i64, i32), i64>,
    ) -> Vec<i64> {
        let mut rules = Vec::new();
        for &at in new {
            let (task, prepared) = (created[at].task.0, catalog.of(at));
            for (place, rule) in &prepared.rules {
                let step = steps.get(&(task, prepared.named_steps[*place].0));
                rules.extend(step.map(|step| (StepId(*step), rule)));
            }
        }
        RuleStore::of(self.writer).put_rules(&rules);
        rules.iter().map(|(step, _)| step.0).collect()
    }

    /// Stores the time limits of the new steps, and the deadlines of the new tasks.
    fn limit_times(
        &self,
        requests: &[TaskRequest],
        created: &[NewTask],
        new: &[usize],
        catalog: &Catalog,
        steps: &HashMap<(i64, i32), i64>,
    ) -> Result<(), TaskerError> {
        let (mut limited, mut roots, mut deadlines) = (Vec::new(), Vec::new(), Vec::new());
        let limits_all = ConfiguredTimes::read(self.writer.session)?.limit_starts();
        for &at in new {
            let (task, prepared) = (created[at].task, catalog.of(at));
            for (step, named_step) in prepared.template.step_templates.iter().zip(&prepared.named_steps) {
                let (id, is_limited) = (steps.get(&(task.0, named_step.0)), step.times().is_limited());
                limited.extend(id.filter(|_| is_limited).map(|id| (StepId(*id), task, step.times())));
                let may_start = step.depends_on_steps.is_empty() && (is_limited || limits_all);
                roots.extend(id.filter(|_| may_start));
            }
            let options = &requests[at].options;
            let begin = options.start_at.map_or(self.writer.now, |start_at| start_at.max(self.writer.now));
            deadlines.extend(options.deadline(&prepared.template).map(|deadline| (task, begin, deadline)));
        }
        times::put(self.writer.session, &limited)?;
        times::note_ready(self.writer.session, &roots)?;
        times::put_deadlines(self.writer.session, &deadlines)
    }

    /// Leaves out the steps named in `bypass_steps`, as `tasker_skip_step` does (semantics R20). Returns the tasks in
    /// which steps were left out.
    fn bypass(
        &self,
        requests: &[TaskRequest],
        created: &[NewTask],
        new: &[usize],
        catalog: &Catalog,
        steps: &HashMap<(i64, i32), i64>,
    ) -> Result<Vec<TaskId>, TaskerError> {
        let metadata = json!({
            "triggered_by": "create_task", "resolved_by": session_user(), "reason": "bypass_steps", "skipped": true
        });
        let mut moves = Vec::new();
        let mut tasks = Vec::new();
        for &at in new.iter().filter(|&&at| !requests[at].options.bypass_steps.is_empty()) {
            let (task, prepared) = (created[at].task, catalog.of(at));
            let unwanted: HashSet<&str> =
                requests[at].options.bypass_steps.iter().map(String::as_str).collect();
            let places = prepared.template.step_templates.iter().zip(&prepared.named_steps);
            let places = places.filter(|(step, _)| unwanted.contains(step.name.as_str()));
            let ids = places.filter_map(|(_, named_step)| steps.get(&(task.0, named_step.0)));
            moves.extend(ids.map(|id| (StepId(*id), metadata.clone())));
            tasks.push(task);
        }
        if moves.is_empty() {
            return Ok(Vec::new());
        }
        moves.sort_unstable_by_key(|(step, _)| *step);
        for (step, _) in &moves {
            StepColumns::of(self.writer).resolve(*step, None)?;
        }
        StepMoves::of(self.writer).move_steps(&moves, StepState::Pending, StepState::ResolvedManually)?;
        Ok(tasks)
    }
}

fn check(
    requests: &[TaskRequest],
    catalog: &Catalog,
    parents: &HashSet<TaskId>,
    source: RequestSource,
) -> Result<(), TaskerError> {
    let mut problems = Problems::default();
    for (at, request) in requests.iter().enumerate() {
        let (context, options) = source.paths(at);
        let prepared = catalog.of(at);
        request.check((&context, &options), &prepared.template, prepared.schema.as_ref(), &mut problems);
        if let Some(parent) = request.options.parent_task.filter(|parent| !parents.contains(parent)) {
            problems
                .add(member(&options, "parent_task_id"), || TaskerError::TaskNotFound(parent).to_string());
        }
    }
    match problems.into_list() {
        none if none.is_empty() => Ok(()),
        problems => Err(TaskerError::InvalidRequest(problems)),
    }
}
