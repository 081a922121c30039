//! Completes executions: one, or many at once.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId, distinct};
use crate::core::rules::RuleState;
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::pg::execution::executions::{ExecutionState, Executions, account};
use crate::pg::execution::finalization::Finalization;
use crate::pg::execution::leases::{Lease, Token};
use crate::pg::execution::rules::decisions::Decisions;
use crate::pg::queue::children::Children;
use crate::pg::queue::hints;
use crate::pg::reading::loader::Workflows;
use crate::pg::spi::LookUp;
use crate::pg::writing::step_columns::StepColumns;
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// An execution that its holder completes.
struct RunningExecution {
    step: Step,
    lease: Option<Lease>,
    results: Option<Datum>,
}

/// A request of a worker to complete an execution.
pub struct CompletionRequest {
    pub step: StepId,
    pub token: Option<Token>,
    /// A `jsonb` value, or `None` to leave what is stored.
    pub results: Option<Datum>,
}

/// The consequences of a completion.
pub struct Completion {
    pub ready: Vec<i64>,
    pub task: TaskId,
    pub task_state: TaskState,
    pub is_repeated: bool,
}

/// Executions that are completed.
pub struct Completions<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Completions<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Completes an execution. `results`: a `jsonb` value, or `None` to leave what is stored.
    ///
    /// # Complexity
    /// O(children + their parents); where no child becomes ready, O(steps + edges) of the task.
    pub fn complete(
        &self,
        id: StepId,
        results: Option<Datum>,
        token: Option<Token>,
    ) -> Result<Completion, TaskerError> {
        let locked = self.writer.lock_step(id)?;
        let lease = self.writer.reader().lease(id)?;
        let ended = match Executions::of(self.writer).standing(locked, lease, token, StepState::Complete)? {
            ExecutionState::Running { locked, lease } => RunningExecution { step: locked, lease, results },
            ExecutionState::Ended { step, .. } => return self.completed_before(&step),
        };
        self.complete_running(&[ended])?.pop().ok_or(TaskerError::StepNotFound(id))
    }

    /// Completes executions of steps of any tasks in one pass, each as [`Self::complete`] does. An execution that
    /// cannot be completed is refused alone. The answers are in the order of the requests, which must be for different
    /// steps.
    ///
    /// # Complexity
    /// The sum of the costs of [`Self::complete`], but each statement is run once for all.
    pub fn complete_many(
        &self,
        requests: Vec<CompletionRequest>,
    ) -> Result<Vec<Result<Completion, TaskerError>>, TaskerError> {
        let ids: Vec<i64> = requests.iter().map(|request| request.step.0).collect();
        let mut locked: HashMap<StepId, Step> =
            self.writer.lock_steps(&ids)?.into_iter().map(|step| (step.id, step)).collect();
        let mut leases = self.writer.reader().leases(&ids)?;
        let mut standings = Vec::with_capacity(ids.len());
        let mut running = Vec::new();
        for request in requests {
            let standing = match locked.remove(&request.step) {
                Some(step) => Executions::of(self.writer).standing(
                    step,
                    leases.remove(&request.step),
                    request.token,
                    StepState::Complete,
                ),
                None => Err(TaskerError::StepNotFound(request.step)),
            };
            standings.push(standing.map(|standing| match standing {
                ExecutionState::Running { locked, lease } => {
                    running.push(RunningExecution { step: locked, lease, results: request.results });
                    None
                }
                ExecutionState::Ended { step, .. } => Some(step),
            }));
        }
        let mut completed = self.complete_running(&running)?.into_iter();
        let answers = standings.into_iter().zip(ids).map(|(standing, id)| match standing {
            Ok(None) => completed.next().ok_or(TaskerError::StepNotFound(StepId(id))),
            Ok(Some(step)) => self.completed_before(&step),
            Err(error) => Err(error),
        });
        Ok(answers.collect())
    }

    /// Completes executions that have not ended yet, of steps that are locked.
    fn complete_running(&self, ended: &[RunningExecution]) -> Result<Vec<Completion>, TaskerError> {
        if ended.is_empty() {
            return Ok(Vec::new());
        }
        let (ids, results): (Vec<i64>, Vec<_>) =
            ended.iter().map(|ended| (ended.step.id.0, ended.results)).unzip();
        let attempts: Vec<i32> = ended.iter().map(|ended| ended.step.next_attempt()).collect();
        StepColumns::of(self.writer).complete(&ids, &results, &attempts)?;
        let moves: Vec<(StepId, Value)> =
            ended.iter().map(|ended| (ended.step.id, self.completion_metadata(ended))).collect();
        StepMoves::of(self.writer).enter_steps(&moves, StepState::InProgress, StepState::Complete)?;
        hints::end_executions(self.writer.session, &ids)?;
        let edges = self.edges_from(&ids)?;
        let children = self.below(&edges)?;
        Children::known(&ids, &edges, &children).hint(self.writer.session)?;
        let mut ready = self.decided_children(edges, &children)?;
        let mut states = BTreeMap::new();
        for (task, of_task) in by_task(ended) {
            let is_hidden = of_task
                .iter()
                .any(|ended| Executions::of(self.writer).is_hidden(ended.lease.as_ref(), &ended.step));
            let goes_on = of_task.iter().any(|ended| ready.contains_key(&ended.step.id))
                || (!is_hidden && self.has_copies_to_run(task, &children)?);
            let state = match children.task(task) {
                Some(found) if goes_on => found.state,
                None if goes_on => self.writer.task_state(task)?,
                _ => Finalization::of(self.writer).review(task, is_hidden)?.state,
            };
            states.insert(task, state);
        }
        let completed = ended.iter().map(|RunningExecution { step, .. }| {
            let task_state = states.get(&step.task_id).copied().unwrap_or(TaskState::InProgress);
            let ready = ready.remove(&step.id).unwrap_or_default();
            Completion { ready, task: step.task_id, task_state, is_repeated: false }
        });
        Ok(completed.collect())
    }

    /// Returns whether one of the children is a mapped step whose last copy runs, or is ready to. The task goes on then,
    /// and the end of that copy reviews it. So the copies do not all look at the whole task when they end.
    fn has_copies_to_run(&self, task: TaskId, children: &Workflows) -> Result<bool, TaskerError> {
        let mapped = children.steps.all().iter().filter(|step| step.task_id == task).filter(|step| {
            step.state == StepState::Pending
                && children.steps.rule(step).is_some_and(RuleState::needs_all_copies)
        });
        let last: Vec<i64> =
            mapped.filter_map(|step| children.steps.parents_of(step).last()).map(|last| last.id.0).collect();
        if last.is_empty() {
            return Ok(false);
        }
        let last = self.writer.reader().candidates(&last)?;
        let is_running = last.steps.all().iter().any(|step| step.state == StepState::InProgress);
        Ok(is_running || !last.ready_steps(self.writer.now).is_empty())
    }

    fn completed_before(&self, step: &Step) -> Result<Completion, TaskerError> {
        let ready = self.ready_children(&[step.id.0])?.remove(&step.id).unwrap_or_default();
        let task_state = self.writer.task_state(step.task_id)?;
        Ok(Completion { ready, task: step.task_id, task_state, is_repeated: true })
    }

    /// Returns the metadata of a completed execution for the history.
    fn completion_metadata(&self, ended: &RunningExecution) -> Value {
        let mut metadata = account(ended.lease.as_ref(), "complete_step", ended.step.next_attempt());
        if let Some(since) = ended.step.state_since {
            let microseconds = self.writer.now.to_postgres().saturating_sub(since.to_postgres());
            metadata.insert("execution_duration".to_owned(), (microseconds as f64 / 1e6).into());
        }
        metadata.into()
    }

    /// Returns the ready children of each of the steps.
    fn ready_children(&self, parents: &[i64]) -> Result<HashMap<StepId, Vec<i64>>, TaskerError> {
        let edges = self.edges_from(parents)?;
        Ok(ready_among(&edges, &self.below(&edges)?.ready_steps(self.writer.now)))
    }

    /// Evaluates the rules among the children, and then returns the ready children of each of the steps, by edges that
    /// have been read. A child that ends by its rule may make its own children ready; these are returned with the
    /// original parents.
    fn decided_children(
        &self,
        mut edges: BTreeSet<(i64, i64)>,
        children: &Workflows,
    ) -> Result<HashMap<StepId, Vec<i64>>, TaskerError> {
        // A mapped step whose last copy has not ended surely waits.
        let waits = |step: &Step| {
            let last = children.steps.parents_of(step).last();
            children.steps.rule(step).is_some_and(RuleState::needs_all_copies)
                && last.is_some_and(|last| !last.state.satisfies_children())
        };
        let ruled = children.steps.all().iter().filter(|step| step.has_rule && !waits(step));
        let ruled: Vec<i64> = ruled.map(|step| step.id.0).collect();
        if ruled.is_empty() {
            return Ok(ready_among(&edges, &children.ready_steps(self.writer.now)));
        }
        let decided = Decisions::of(self.writer).decide(&ruled)?;
        Finalization::of(self.writer).review_bypassed(&decided)?;
        if !decided.copies.is_empty() {
            // They are children too.
            edges = self.edges_from(&distinct(edges.iter().map(|(parent, _)| *parent)))?;
        }
        let ended: HashSet<i64> = decided.ended.into_iter().collect();
        // A step that has ended by its rule may be the parent of another that has.
        let mut next: Vec<(i64, i64)> = edges.iter().copied().collect();
        while let Some((parent, child)) = next.pop() {
            if ended.contains(&child) {
                let below = self.edges_from(&[child])?.into_iter().map(|(_, below)| (parent, below));
                next.extend(below.filter(|edge| edges.insert(*edge)));
            }
        }
        Ok(ready_among(&edges, &self.below(&edges)?.ready_steps(self.writer.now)))
    }

    /// Returns the edges from steps: parent, child.
    fn edges_from(&self, parents: &[i64]) -> Result<BTreeSet<(i64, i64)>, TaskerError> {
        let mut edges = BTreeSet::new();
        self.writer.session.look_up(LookUp::EdgesFromSteps, parents, |row| {
            edges.insert((row.i64(0), row.i64(1)));
            Ok(())
        })?;
        Ok(edges)
    }

    /// Returns the children at the ends of these edges.
    fn below(&self, edges: &BTreeSet<(i64, i64)>) -> Result<Workflows, TaskerError> {
        self.writer.reader().candidates(&distinct(edges.iter().map(|(_, child)| *child)))
    }
}

/// Returns the ready children of each parent.
fn ready_among(edges: &BTreeSet<(i64, i64)>, ready: &[i64]) -> HashMap<StepId, Vec<i64>> {
    let ready: HashSet<i64> = ready.iter().copied().collect();
    let mut found: HashMap<StepId, Vec<i64>> = HashMap::new();
    for (parent, child) in edges.iter().filter(|(_, child)| ready.contains(child)) {
        found.entry(StepId(*parent)).or_default().push(*child);
    }
    found
}

fn by_task(ended: &[RunningExecution]) -> BTreeMap<TaskId, Vec<&RunningExecution>> {
    let mut tasks: BTreeMap<TaskId, Vec<&RunningExecution>> = BTreeMap::new();
    for ended in ended {
        tasks.entry(ended.step.task_id).or_default().push(ended);
    }
    tasks
}
