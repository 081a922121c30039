//! Finds defects of the dependency graph that SQL can write and the engine does not notice (R11, R12).

use crate::core::ids::{EdgeId, StepId, TaskId};
use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A stored edge and the tasks of its ends.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// The id of the edge.
    pub id: EdgeId,
    /// The parent.
    pub from: StepId,
    /// The child.
    pub to: StepId,
    /// The parent's task.
    pub from_task: TaskId,
    /// The child's task.
    pub to_task: TaskId,
}

/// A defect of a task's edges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defect {
    /// The step depends on itself.
    SelfEdge(StepId),
    /// A dependency that is stored more than once; it counts twice in `total_parents`.
    DuplicateEdge(StepId, StepId),
    /// Parent and child belong to different tasks.
    CrossTaskEdge(StepId, StepId),
    /// Steps that wait for each other, in this order; none of them can ever run.
    Cycle(Vec<StepId>),
}

/// A defect, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedDefect {
    /// The task whose steps cannot run.
    pub task: TaskId,
    /// The edge at fault; `None` for a cycle, which has several.
    pub edge: Option<EdgeId>,
    /// The defect.
    pub defect: Defect,
}

/// Finds every defect in a set of edges, ordered by task. For steps with several entangled cycles, one cycle is
/// returned.
///
/// # Complexity
/// O(V + E) and the sorting of E edges.
pub fn find_defects(edges: &[Edge]) -> Vec<LocatedDefect> {
    let mut by_task: BTreeMap<TaskId, Vec<&Edge>> = BTreeMap::new();
    for edge in edges {
        by_task.entry(edge.to_task).or_default().push(edge);
    }
    let mut findings = Vec::new();
    let mut graph = DiGraphMap::new();
    for (task, mut edges) in by_task {
        edges.sort_unstable_by_key(|edge| edge.id);
        let mut seen = HashSet::with_capacity(edges.len());
        for edge in edges {
            let mut report = |defect| findings.push(LocatedDefect { task, edge: Some(edge.id), defect });
            if !seen.insert((edge.from, edge.to)) {
                report(Defect::DuplicateEdge(edge.from, edge.to));
            } else if edge.from == edge.to {
                report(Defect::SelfEdge(edge.to));
            } else if edge.from_task != edge.to_task {
                report(Defect::CrossTaskEdge(edge.from, edge.to));
            }
            if edge.from != edge.to {
                graph.add_edge(edge.from, edge.to, task);
            }
        }
    }
    findings.extend(cycles(&graph));
    findings.sort_by_key(|finding| finding.task);
    findings
}

/// Finds a cycle in every strongly connected component that has one, across tasks too.
fn cycles(graph: &DiGraphMap<StepId, TaskId>) -> Vec<LocatedDefect> {
    // Kosaraju's algorithm, because Tarjan's in petgraph recurses as deep as the graph.
    let tangles = kosaraju_scc(graph).into_iter().filter(|component| component.len() > 1);
    tangles
        .filter_map(|component| {
            let cycle = cycle_in(graph, &component);
            let task = *graph.edge_weight(*cycle.last()?, *cycle.first()?)?;
            Some(LocatedDefect { task, edge: None, defect: Defect::Cycle(cycle) })
        })
        .collect()
}

/// Walks inside a strongly connected component, where every step leads on, until a step comes again.
/// The cycle begins with its smallest step.
fn cycle_in(graph: &DiGraphMap<StepId, TaskId>, component: &[StepId]) -> Vec<StepId> {
    let members: HashSet<StepId> = component.iter().copied().collect();
    let mut walk = Vec::new();
    let mut places = HashMap::new();
    let mut next = component.iter().min().copied();
    while let Some(step) = next {
        if let Some(start) = places.insert(step, walk.len()) {
            walk.drain(..start);
            break;
        }
        walk.push(step);
        next = graph.neighbors(step).filter(|child| members.contains(child)).min();
    }
    let smallest = (0..walk.len()).min_by_key(|&place| walk[place]).unwrap_or(0);
    walk.rotate_left(smallest);
    walk
}
