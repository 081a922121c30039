//! Reads the dependency graph of a task, as far as the caller may see it.

use crate::core::dag::{Dag, minimum_depths};
use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::readiness::{Assessment, Semantics, assess};
use crate::core::steps::{Parent, Step, Task};
use crate::core::time::Timestamp;
use crate::pg::host::actor::Actor;
use crate::pg::host::installation::Installation;
use crate::pg::reading::loader::{Reader, Workflows};
use crate::pg::spi::{self, LookUp, Snapshot};
use pgrx::pg_sys::{self, Oid};
use std::cell::RefCell;
use std::collections::HashMap;

/// The largest number of steps in a document, which take PostgreSQL about a tenth of a second.
const MOST_STEPS: usize = 20_000;
const MOST_EDGES: usize = 100_000;

/// A task, the steps of it that the caller may see, and how they depend on each other.
pub struct TaskGraph {
    workflows: Workflows,
    task: TaskId,
    /// The positions of the visible steps in the workflow, in the order of their ids.
    shown: Vec<usize>,
}

impl TaskGraph {
    /// Reads a task. A task that does not exist, or is hidden, has no steps.
    ///
    /// # Complexity
    /// O(steps + edges).
    pub fn read(reader: &Reader, task: TaskId) -> Result<Self, TaskerError> {
        let workflows = reader.workflows(&[task])?;
        let steps = workflows.steps.all();
        let shown = (0..steps.len()).filter(|&at| workflows.shows(&steps[at])).collect();
        Ok(Self { workflows, task, shown })
    }

    /// Reads a task that must exist.
    pub fn require(reader: &Reader, task: TaskId) -> Result<Self, TaskerError> {
        let graph = Self::read(reader, task)?;
        graph.task()?;
        Ok(graph)
    }

    /// Reads a task whose whole graph the caller will write out. It refuses a graph that is too large: PostgreSQL does
    /// not check for interrupts while it converts text to a document, so a cancellation would have to wait.
    pub fn require_writable(reader: &Reader, task: TaskId) -> Result<Self, TaskerError> {
        let graph = Self::require(reader, task)?;
        let parts =
            [("steps", graph.steps().len(), MOST_STEPS), ("edges", graph.edges().count(), MOST_EDGES)];
        match parts.into_iter().find(|(_, found, limit)| found > limit) {
            Some((parts, found, limit)) => Err(TaskerError::GraphTooLarge { task, parts, found, limit }),
            None => Ok(graph),
        }
    }

    /// Returns the task itself.
    pub fn task(&self) -> Result<&Task, TaskerError> {
        self.workflows.task(self.task).ok_or(TaskerError::TaskNotFound(self.task))
    }

    /// Leaves out the steps at these positions.
    pub fn without(mut self, left_out: &[bool]) -> Self {
        let mut left_out = left_out.iter();
        self.shown.retain(|_| !left_out.next().copied().unwrap_or_default());
        self
    }

    /// Returns whether row-level security hides steps of the task.
    pub fn hides_steps(&self) -> bool {
        self.shown.len() < self.workflows.steps.all().len()
    }

    /// Returns the step at a position in the graph.
    pub fn step(&self, at: usize) -> &Step {
        &self.workflows.steps.all()[self.shown[at]]
    }

    /// Returns all steps, in the order of their positions.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = &Step> {
        self.shown.iter().map(|&at| &self.workflows.steps.all()[at])
    }

    /// Returns the position of a step.
    pub fn place(&self, step: StepId) -> Option<usize> {
        let steps = self.workflows.steps.all();
        self.shown.binary_search_by_key(&step, |&at| steps[at].id).ok()
    }

    /// Returns the parents of the step at a position, one for each edge.
    pub fn parents(&self, at: usize) -> &[Parent] {
        self.workflows.steps.parents(self.shown[at])
    }

    /// Returns the edges between steps, as they are stored.
    pub fn edges(&self) -> impl Iterator<Item = (StepId, StepId)> + '_ {
        self.shown.iter().flat_map(|&at| {
            let to = self.workflows.steps.all()[at].id;
            self.workflows.steps.parents(at).iter().map(move |parent| (parent.id, to))
        })
    }

    /// Returns the position of the mapped step for each copy of one.
    pub fn mapped(&self) -> Vec<Option<usize>> {
        let all = self.workflows.steps.mapped();
        let place = |at: usize| self.place(self.workflows.steps.all()[at].id);
        self.shown.iter().map(|&at| all[at].and_then(place)).collect()
    }

    /// Builds the acyclic graph by which steps can be ordered.
    ///
    /// # Errors
    /// [`TaskerError::Cycle`]
    pub fn dag(&self) -> Result<Dag, TaskerError> {
        let ids: Vec<StepId> = self.steps().map(|step| step.id).collect();
        Dag::build(&ids, self.edges())
    }

    /// Returns the assessment of every step.
    pub fn assessments(&self, now: Timestamp) -> Vec<Assessment> {
        let workflows = &self.workflows;
        let all = assess(&workflows.steps, |step| workflows.gate(step), now, Semantics::Corrected);
        self.shown.iter().map(|&at| all[at]).collect()
    }

    /// Looks up the names of the steps.
    pub fn names(&self, reader: &Reader) -> Result<Vec<String>, TaskerError> {
        let mut names = HashMap::new();
        reader.each_name(self.steps().map(|step| step.named_step_id), |id, name| {
            names.insert(id, name.to_owned());
        })?;
        Ok(self.steps().map(|step| names.get(&step.named_step_id).cloned().unwrap_or_default()).collect())
    }
}

/// Reads only the graph of a task, as far as the caller may see it. It costs half as much as [`TaskGraph::read`].
pub fn dag_of(reader: &Reader, task: TaskId) -> Result<Dag, TaskerError> {
    if reader.installation.row_security_applies() {
        return TaskGraph::read(reader, task)?.dag();
    }
    let (mut steps, mut edges) = (Vec::new(), Vec::new());
    reader.session.look_up(LookUp::ParentsInTasks, &[task.0], |row| {
        let step = StepId(row.i64(0));
        steps.push(step);
        row.i64_array(1, |parents| edges.extend(parents.iter().map(|parent| (StepId(*parent), step))));
        Ok(())
    })?;
    // They usually come in order, and then this costs next to nothing.
    steps.sort_unstable();
    Dag::build(&steps, edges)
}

/// The depths of one task's steps. They are valid until something is committed or written.
struct KnownDepths {
    schema: Oid,
    task: i64,
    /// The role that asked. Row-level security may hide steps from other roles.
    caller: Oid,
    seen: DatabaseState,
    depths: HashMap<i64, Option<u32>>,
}

/// The snapshot and the counters that distinguish one state of the database from another.
#[derive(PartialEq)]
struct DatabaseState {
    xmin: u32,
    xmax: u32,
    command: u32,
    completed: u64,
}

thread_local! {
    /// The depths that were computed last. A query for the steps of a task asks for one step after the other.
    static DEPTHS: RefCell<Option<KnownDepths>> = const { RefCell::new(None) };
}

/// Returns the length of the shortest path from a root to a step, `None` if there is no path. The caller must have
/// checked privileges.
///
/// # Complexity
/// O(steps + edges) of the task, once for all its steps.
pub fn minimum_depth(installation: Installation, task: i64, step: i64) -> Result<Option<u32>, TaskerError> {
    let seen = DatabaseState::now();
    let known = DEPTHS.with_borrow(|known| {
        let known = known.as_ref()?;
        let is_same = known.schema == installation.schema
            && known.task == task
            && known.caller == installation.caller()
            && known.seen == seen;
        is_same.then(|| known.depths.get(&step).copied().flatten())
    });
    if let Some(depth) = known {
        return Ok(depth);
    }
    let depths: HashMap<i64, Option<u32>> = installation.as_owner(|| {
        spi::connected(installation, Snapshot::Callers, |session| {
            let reader = Reader { installation, session, actor: Actor::Owner };
            let workflows = reader.workflows(&[TaskId(task)])?;
            let steps = &workflows.steps;
            let ids: Vec<StepId> = steps.all().iter().map(|step| step.id).collect();
            let edges = (0..ids.len()).flat_map(|at| {
                let to = ids[at];
                steps.parents(at).iter().map(move |parent| (parent.id, to))
            });
            let depths = minimum_depths(&ids, edges);
            let shown = steps.all().iter().zip(depths).filter(|(step, _)| workflows.shows(step));
            Ok::<_, TaskerError>(shown.map(|(step, depth)| (step.id.0, depth)).collect())
        })
    })?;
    let depth = depths.get(&step).copied().flatten();
    let (schema, caller) = (installation.schema, installation.caller());
    DEPTHS.set(Some(KnownDepths { schema, task, caller, seen, depths }));
    Ok(depth)
}

impl DatabaseState {
    fn now() -> Self {
        // SAFETY: a query is running, so there is an active snapshot, and no code changes it.
        unsafe {
            let snapshot = &*pg_sys::GetActiveSnapshot();
            Self {
                xmin: snapshot.xmin.into_inner(),
                xmax: snapshot.xmax.into_inner(),
                command: snapshot.curcid,
                completed: snapshot.snapXactCompletionCount,
            }
        }
    }
}
