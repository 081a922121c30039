//! Builds the graph, and computes its order, its levels, and the ancestors and descendants of a step.

use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use petgraph::algo::articulation_points::articulation_points;
use petgraph::graph::{DiGraph, NodeIndex, UnGraph};
use petgraph::{Direction, Incoming, Outgoing};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Steps and the dependencies between them, without cycles. A step is identified by its index among the steps that the
/// graph was built from.
#[derive(Clone, Debug)]
pub struct Dag {
    graph: DiGraph<StepId, ()>,
    /// Every step after all steps that it depends on; among those that could come next, the one with the lowest index.
    order: Vec<usize>,
}

impl Dag {
    /// Builds the graph of one task from its steps, each once in ascending order, and its edges (parent, child). A repeated edge counts
    /// once; an edge that comes from or leads to a step outside is passed over, so that it hides nothing (semantics
    /// R11).
    ///
    /// # Errors
    /// [`TaskerError::Cycle`] with the steps that wait for each other; a step that waits for itself is one.
    ///
    /// # Complexity
    /// O(V log V + E log (V + E)).
    pub fn build(
        steps: &[StepId],
        edges: impl IntoIterator<Item = (StepId, StepId)>,
    ) -> Result<Self, TaskerError> {
        let graph = graph_of(steps, edges);
        let order = topological_order(&graph);
        if order.len() < steps.len() {
            return Err(TaskerError::Cycle(cycle_outside(&graph, &order)));
        }
        Ok(Self { graph, order })
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Returns whether the graph has no steps.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The step at an index.
    pub fn step(&self, at: usize) -> StepId {
        self.graph[NodeIndex::new(at)]
    }

    /// The edges, each once, as indexes of parent and child.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.len()).flat_map(move |from| self.children(from).map(move |to| (from, to)))
    }

    /// The steps that depend directly on a step, ordered by index.
    pub fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.neighbours(at, Outgoing)
    }

    /// The steps that a step depends on directly, ordered by index.
    pub fn parents(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.neighbours(at, Incoming)
    }

    fn neighbours(&self, at: usize, direction: Direction) -> impl Iterator<Item = usize> + '_ {
        self.graph.neighbors_directed(NodeIndex::new(at), direction).map(NodeIndex::index)
    }

    /// Every step after all that it depends on. The same graph always has the same order.
    pub fn topological_order(&self) -> &[usize] {
        &self.order
    }

    /// The steps without parents, ordered by index.
    pub fn roots(&self) -> Vec<usize> {
        self.ends(Incoming)
    }

    /// The steps without children, ordered by index.
    pub fn leaves(&self) -> Vec<usize> {
        self.ends(Outgoing)
    }

    fn ends(&self, direction: Direction) -> Vec<usize> {
        self.graph.externals(direction).map(NodeIndex::index).collect()
    }

    /// The number of edges on the longest path from a root to each step, as `calculate_dependency_levels` counts.
    ///
    /// # Complexity
    /// O(V + E).
    pub fn levels(&self) -> Vec<u32> {
        let mut levels = vec![0; self.len()];
        for &at in &self.order {
            levels[at] = self.parents(at).map(|parent| levels[parent] + 1).max().unwrap_or(0);
        }
        levels
    }

    /// The number of steps of each level.
    pub fn widths(levels: &[u32]) -> Vec<usize> {
        let mut widths = Vec::new();
        for &level in levels {
            let level = level as usize;
            if widths.len() <= level {
                widths.resize(level + 1, 0);
            }
            widths[level] += 1;
        }
        widths
    }

    /// The steps that a step depends on, directly or not, with the length of the shortest path; the nearest first.
    ///
    /// # Complexity
    /// O(V + E) of what lies above.
    pub fn ancestors(&self, at: usize) -> Vec<(usize, u32)> {
        self.reachable(at, Incoming)
    }

    /// The steps that depend on a step, directly or not, with the length of the shortest path; the nearest first.
    ///
    /// # Complexity
    /// O(V + E) of what lies below.
    pub fn descendants(&self, at: usize) -> Vec<(usize, u32)> {
        self.reachable(at, Outgoing)
    }

    fn reachable(&self, at: usize, direction: Direction) -> Vec<(usize, u32)> {
        let mut is_known = vec![false; self.len()];
        let mut found = Vec::new();
        let mut queue = VecDeque::from([(at, 0)]);
        while let Some((from, distance)) = queue.pop_front() {
            for next in self.neighbours(from, direction) {
                if !std::mem::replace(&mut is_known[next], true) {
                    found.push((next, distance + 1));
                    queue.push_back((next, distance + 1));
                }
            }
        }
        found.sort_unstable_by_key(|&(at, distance)| (distance, at));
        found
    }

    /// The steps that tie parts of the task together: without one of them, the graph seen without directions falls
    /// apart. Ordered by index.
    ///
    /// # Complexity
    /// O(V + E).
    pub fn articulation_points(&self) -> Vec<usize> {
        let mut undirected: UnGraph<(), ()> = UnGraph::with_capacity(self.len(), self.graph.edge_count());
        for _ in 0..self.len() {
            undirected.add_node(());
        }
        for (from, to) in self.edges() {
            undirected.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        }
        let mut points: Vec<usize> =
            articulation_points(&undirected).into_iter().map(NodeIndex::index).collect();
        points.sort_unstable();
        points
    }

    /// The steps that every path from a root to a leaf goes through: while one of them does not finish, no leaf can.
    /// In topological order.
    ///
    /// A path avoids a step exactly when some edge, or an entry or exit, jumps over its position in a topological order:
    /// what comes before that edge lies before the step, what comes after lies behind it.
    ///
    /// # Complexity
    /// O(V + E).
    pub fn single_points_of_failure(&self) -> Vec<usize> {
        let length = self.len();
        let mut position = vec![0; length];
        for (place, &at) in self.order.iter().enumerate() {
            position[at] = place;
        }
        // Intervals that open or close at each index; the entry opens before the first, the exit closes after the last.
        let mut jumps = vec![0i64; length + 1];
        let mut jump = |after: usize, before: usize| {
            jumps[after] += 1;
            jumps[before] -= 1;
        };
        for (from, to) in self.edges() {
            jump(position[from] + 1, position[to]);
        }
        for root in self.roots() {
            jump(0, position[root]);
        }
        for leaf in self.leaves() {
            jump(position[leaf] + 1, length);
        }
        let mut open = 0;
        let passed = self.order.iter().zip(&jumps).filter(|(_, change)| {
            open += **change;
            open == 0
        });
        passed.map(|(at, _)| *at).collect()
    }
}

/// The number of edges on the shortest path from a root to each step, as `min_depth_from_root` of the engine's view
///, at any depth. `None` for the steps of a cycle that no root leads to, and for those below it.
///
/// # Complexity
/// O(V + E log E).
pub fn minimum_depths(
    steps: &[StepId],
    edges: impl IntoIterator<Item = (StepId, StepId)>,
) -> Vec<Option<u32>> {
    let graph = graph_of(steps, edges);
    let mut depths = vec![None; steps.len()];
    let mut queue: VecDeque<(NodeIndex, u32)> = graph.externals(Incoming).map(|root| (root, 0)).collect();
    while let Some((at, depth)) = queue.pop_front() {
        if depths[at.index()].is_none() {
            depths[at.index()] = Some(depth);
            queue.extend(graph.neighbors(at).map(|child| (child, depth + 1)));
        }
    }
    depths
}

fn graph_of(steps: &[StepId], edges: impl IntoIterator<Item = (StepId, StepId)>) -> DiGraph<StepId, ()> {
    let place = |step: StepId| steps.binary_search(&step).ok().map(|place| place as u32);
    let mut inside: Vec<(u32, u32)> =
        edges.into_iter().filter_map(|(from, to)| Some((place(from)?, place(to)?))).collect();
    inside.sort_unstable();
    inside.dedup();
    let mut graph = DiGraph::with_capacity(steps.len(), inside.len());
    for step in steps {
        graph.add_node(*step);
    }
    // The last edge to be added is the first neighbour to be seen.
    for (from, to) in inside.into_iter().rev() {
        graph.add_edge(from.into(), to.into(), ());
    }
    graph
}

/// Orders the steps by Kahn's algorithm; the steps of a cycle, and all their descendants, are missing from the result.
fn topological_order(graph: &DiGraph<StepId, ()>) -> Vec<usize> {
    let mut missing: Vec<usize> =
        graph.node_indices().map(|at| graph.neighbors_directed(at, Incoming).count()).collect();
    let mut free: BinaryHeap<Reverse<usize>> =
        (0..missing.len()).filter(|&at| missing[at] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(missing.len());
    while let Some(Reverse(at)) = free.pop() {
        order.push(at);
        for child in graph.neighbors(NodeIndex::new(at)).map(NodeIndex::index) {
            missing[child] -= 1;
            if missing[child] == 0 {
                free.push(Reverse(child));
            }
        }
    }
    order
}

/// A cycle among the steps that an order lacks, in the direction of its edges, from its first step on. Each of them has
/// a parent that the order lacks as well: going from parent to parent must come back somewhere.
fn cycle_outside(graph: &DiGraph<StepId, ()>, order: &[usize]) -> Vec<StepId> {
    let mut is_ordered = vec![false; graph.node_count()];
    for &at in order {
        is_ordered[at] = true;
    }
    let mut place_in_walk = vec![None; graph.node_count()];
    let mut walk = Vec::new();
    let mut next = is_ordered.iter().position(|is_ordered| !is_ordered);
    while let Some(at) = next {
        if let Some(start) = place_in_walk[at].replace(walk.len()) {
            walk.drain(..start);
            break;
        }
        walk.push(at);
        let mut parents = graph.neighbors_directed(NodeIndex::new(at), Incoming).map(NodeIndex::index);
        next = parents.find(|parent| !is_ordered[*parent]);
    }
    walk.reverse();
    let first = (0..walk.len()).min_by_key(|&place| walk[place]).unwrap_or(0);
    walk.rotate_left(first);
    walk.into_iter().map(|at| graph[NodeIndex::new(at)]).collect()
}
