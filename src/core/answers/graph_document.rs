//! Writes the document that `tasker_task_graph` returns: nodes and links, in the form that graph libraries
//! read.

use crate::core::dag::Dag;
use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::readiness::{Assessment, Reason};
use crate::core::steps::{Step, Task};
use crate::core::time::Timestamp;
use serde::Serialize;

/// A task's graph in the node-link form (NetworkX, D3, sigma.js).
#[derive(Debug, Serialize)]
pub struct GraphDocument {
    directed: bool,
    multigraph: bool,
    graph: GraphPart,
    nodes: Vec<NodePart>,
    edges: Vec<EdgePart>,
}

#[derive(Debug, Serialize)]
struct GraphPart {
    task_id: TaskId,
    state: &'static str,
    paused: bool,
    total_steps: usize,
    /// The number of levels; `null` if there is a cycle.
    total_levels: Option<usize>,
    max_parallel_steps: Option<usize>,
    root_step_ids: Vec<StepId>,
    leaf_step_ids: Vec<StepId>,
    /// Steps that every path goes through.
    single_points_of_failure: Vec<StepId>,
    /// The steps of a cycle; if there is one, no step has a level.
    cycle: Option<Vec<StepId>>,
}

#[derive(Debug, Serialize)]
struct NodePart {
    id: StepId,
    name: String,
    state: &'static str,
    level: Option<u32>,
    ready: bool,
    blocking_reason: Option<&'static str>,
    attempts: i32,
    retry_limit: i32,
    next_eligible_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct EdgePart {
    source: StepId,
    target: StepId,
    /// Whether another path also orders the two steps.
    redundant: bool,
}

/// A step of the document.
#[derive(Debug)]
pub struct DocumentNode<'a> {
    /// The step itself.
    pub step: &'a Step,
    /// The name of the step.
    pub name: String,
    /// The answer of the readiness rule.
    pub assessment: &'a Assessment,
}

/// Writes the document; `nodes` are in the order of the steps that `dag` was built from, `edges` as stored. `check` is
/// called every few milliseconds.
///
/// # Complexity
/// O(V · E / 64).
pub fn describe(
    task: &Task,
    nodes: Vec<DocumentNode<'_>>,
    edges: impl Iterator<Item = (StepId, StepId)>,
    dag: Result<Dag, TaskerError>,
    check: &mut dyn FnMut(),
) -> Result<GraphDocument, TaskerError> {
    let total_steps = nodes.len();
    let (shape, edges) = match dag {
        Ok(dag) => shape_of(&dag, check),
        Err(TaskerError::Cycle(steps)) => {
            let edges = edges.map(|(source, target)| EdgePart { source, target, redundant: false });
            (Shape { cycle: Some(steps), ..Shape::default() }, edges.collect())
        }
        Err(error) => return Err(error),
    };
    let levels = shape.levels.as_ref();
    let part = |(at, DocumentNode { step, name, assessment }): (usize, DocumentNode<'_>)| NodePart {
        id: step.id,
        name,
        state: step.state.as_str(),
        level: levels.map(|levels| levels[at]),
        ready: assessment.verdict.is_ready(),
        blocking_reason: assessment.verdict.reason().map(Reason::as_str),
        attempts: assessment.attempts,
        retry_limit: assessment.retry_limit,
        next_eligible_at: assessment.next_eligible_at,
    };
    let widths = levels.map(|levels| Dag::widths(levels));
    Ok(GraphDocument {
        directed: true,
        multigraph: false,
        graph: GraphPart {
            task_id: task.id,
            state: task.state.as_str(),
            paused: task.is_paused,
            total_steps,
            total_levels: widths.as_ref().map(Vec::len),
            max_parallel_steps: widths.map(|widths| widths.into_iter().max().unwrap_or(0)),
            root_step_ids: shape.roots,
            leaf_step_ids: shape.leaves,
            single_points_of_failure: shape.single_points,
            cycle: shape.cycle,
        },
        nodes: nodes.into_iter().enumerate().map(part).collect(),
        edges,
    })
}

#[derive(Default)]
struct Shape {
    levels: Option<Vec<u32>>,
    roots: Vec<StepId>,
    leaves: Vec<StepId>,
    single_points: Vec<StepId>,
    cycle: Option<Vec<StepId>>,
}

fn shape_of(dag: &Dag, check: &mut dyn FnMut()) -> (Shape, Vec<EdgePart>) {
    let steps = |places: Vec<usize>| places.into_iter().map(|at| dag.step(at)).collect();
    let redundant = dag.redundant_edges(check);
    let edges = dag.edges().map(|(from, to)| EdgePart {
        source: dag.step(from),
        target: dag.step(to),
        redundant: redundant.binary_search(&(from, to)).is_ok(),
    });
    let shape = Shape {
        levels: Some(dag.levels()),
        roots: steps(dag.roots()),
        leaves: steps(dag.leaves()),
        single_points: steps(dag.single_points_of_failure()),
        cycle: None,
    };
    (shape, edges.collect())
}
