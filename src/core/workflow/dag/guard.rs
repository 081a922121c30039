//! Finds defects in edges that a statement writes (R11, R12).
//!
//! A cycle that a statement closes consists of its own edges alone, or it enters at the parent of one of them
//! and leaves at the child of one. If no other edge [enters](entered_tasks) a parent, or no other edge
//! [leaves](left_tasks) a child, only the statement's own edges need a check.

use super::Defect;
use crate::core::ids::{StepId, TaskId};
use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

/// A dependency between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dependency {
    /// The parent.
    pub from: StepId,
    /// The child.
    pub to: StepId,
}

/// A step at one end of a new edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardedStep {
    /// The task that it belongs to.
    pub task: TaskId,
    /// The parents in ascending order, including those by new edges; one for each edge.
    pub parents: Vec<StepId>,
}

/// The ends of the new edges; a step that does not exist has none.
pub type GuardedSteps = HashMap<StepId, GuardedStep>;

/// Finds new edges that are defects by themselves, in their order: those that lead from a step to itself or to a step
/// of another task, and those that repeat an edge.
///
/// # Complexity
/// O(N log P) for N edges to steps with P parents.
pub fn find_bad_edges(new: &[Dependency], ends: &GuardedSteps) -> Vec<Defect> {
    let mut seen = HashSet::new();
    new.iter()
        .filter_map(|edge| {
            if edge.from == edge.to {
                return Some(Defect::SelfEdge(edge.to));
            }
            let child = ends.get(&edge.to)?;
            if ends.get(&edge.from).is_some_and(|parent| parent.task != child.task) {
                return Some(Defect::CrossTaskEdge(edge.from, edge.to));
            }
            let place = child.parents.partition_point(|parent| *parent < edge.from);
            let is_repeated = child.parents.get(place + 1) == Some(&edge.from);
            (is_repeated && seen.insert(edge)).then_some(Defect::DuplicateEdge(edge.from, edge.to))
        })
        .collect()
}

/// The tasks in which a parent of a new edge has a parent by another edge, so that a path may come in.
///
/// # Complexity
/// O(N + P) for N edges from steps with P parents in all.
pub fn entered_tasks(new: &[Dependency], ends: &GuardedSteps) -> BTreeSet<TaskId> {
    let own: HashSet<&Dependency> = new.iter().collect();
    let mut looked_at = HashSet::new();
    let parents = new.iter().map(|edge| edge.from).filter(|parent| looked_at.insert(*parent));
    parents
        .filter_map(|to| ends.get(&to).map(|end| (to, end)))
        .filter(|(to, end)| {
            end.parents.iter().any(|from| !own.contains(&Dependency { from: *from, to: *to }))
        })
        .map(|(_, end)| end.task)
        .collect()
}

/// The tasks in which one of these edges, which begin at children of new ones, is not new, so that a path may go out.
///
/// # Complexity
/// O(N + E) for N new edges and E that begin at their children.
pub fn left_tasks(new: &[Dependency], outgoing: &[Dependency], ends: &GuardedSteps) -> BTreeSet<TaskId> {
    let own: HashSet<&Dependency> = new.iter().collect();
    let others = outgoing.iter().filter(|edge| !own.contains(edge));
    others.filter_map(|edge| ends.get(&edge.from).map(|end| end.task)).collect()
}

/// The cycles that new edges close, together with the edges that are there: one for each tangle of cycles with a new
/// edge in it. Cycles that were closed before are not reported. Each begins with its smallest step.
///
/// # Complexity
/// O(V + E), without recursion.
pub fn find_closed_cycles(new: &[Dependency], present: &[Dependency]) -> Vec<Defect> {
    let edges = present.iter().chain(new).map(|edge| (edge.from, edge.to, ()));
    let graph = DiGraphMap::from_edges(edges);
    // Kosaraju's algorithm, because Tarjan's in petgraph recurses as deep as the graph.
    let tangles = kosaraju_scc(&graph).into_iter().filter(|tangle| tangle.len() > 1);
    let tangle_of: HashMap<StepId, usize> = tangles
        .enumerate()
        .flat_map(|(number, tangle)| tangle.into_iter().map(move |step| (step, number)))
        .collect();
    let mut reported = HashSet::new();
    new.iter()
        .filter(|edge| edge.from != edge.to)
        .filter_map(|edge| {
            let tangle = *tangle_of.get(&edge.to)?;
            let closes = tangle_of.get(&edge.from) == Some(&tangle);
            (closes && reported.insert(tangle)).then(|| Defect::Cycle(cycle_through(&graph, *edge)))
        })
        .collect()
}

/// A shortest cycle through an edge that is known to be in one.
fn cycle_through(graph: &DiGraphMap<StepId, ()>, edge: Dependency) -> Vec<StepId> {
    let mut came_from = HashMap::from([(edge.to, edge.to)]);
    let mut queue = VecDeque::from([edge.to]);
    while let Some(step) = queue.pop_front().filter(|step| *step != edge.from) {
        for child in graph.neighbors(step) {
            if let std::collections::hash_map::Entry::Vacant(vacant) = came_from.entry(child) {
                vacant.insert(step);
                queue.push_back(child);
            }
        }
    }
    let mut cycle = vec![edge.from];
    while let Some(step) = cycle.last().filter(|step| **step != edge.to).and_then(|step| came_from.get(step))
    {
        cycle.push(*step);
    }
    cycle.reverse();
    let smallest = (0..cycle.len()).min_by_key(|&place| cycle[place]).unwrap_or(0);
    cycle.rotate_left(smallest);
    cycle
}
