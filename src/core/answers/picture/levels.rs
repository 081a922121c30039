//! Computes the level of each step: the number of steps above it on the longest path.

/// The levels of a graph, and the edges that had to be left out to find them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels {
    /// The level of each node; 0 for a node without parents.
    pub of: Vec<usize>,
    /// For each edge, whether it closes a cycle: it leads back to an ancestor, or to its own origin.
    pub closing: Vec<bool>,
}

impl Levels {
    /// The levels of `count` nodes with these edges, whose ends exist.
    ///
    /// # Complexity
    /// O(V + E), without recursion.
    pub fn of(count: usize, edges: &[(usize, usize)]) -> Self {
        let mut outgoing = vec![Vec::new(); count];
        let mut has_parent = vec![false; count];
        for (edge, &(from, to)) in edges.iter().enumerate() {
            outgoing[from].push(edge);
            has_parent[to] = true;
        }
        let (closing, finished) = search(&outgoing, &has_parent, edges);
        let mut of = vec![0; count];
        for &node in finished.iter().rev() {
            for &edge in outgoing[node].iter().filter(|&&edge| !closing[edge]) {
                let child = edges[edge].1;
                of[child] = of[child].max(of[node] + 1);
            }
        }
        Self { of, closing }
    }

    /// The number of levels.
    pub fn count(&self) -> usize {
        self.of.iter().max().map_or(0, |deepest| deepest + 1)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Unseen,
    /// The step is on the current path of the search.
    Open,
    Finished,
}

/// Searches depth first, from the nodes without parents and then from what only cycles reach. Returns the edges
/// that lead to an open node, and the nodes in the order in which they were finished.
fn search(outgoing: &[Vec<usize>], has_parent: &[bool], edges: &[(usize, usize)]) -> (Vec<bool>, Vec<usize>) {
    let count = outgoing.len();
    let mut visits = vec![Visit::Unseen; count];
    let mut closing = vec![false; edges.len()];
    let mut finished = Vec::with_capacity(count);
    // The current path: each node, and how many of its edges have been followed.
    let mut way: Vec<(usize, usize)> = Vec::new();
    let starts = (0..count).filter(|&node| !has_parent[node]).chain(0..count);
    for start in starts {
        if visits[start] == Visit::Unseen {
            visits[start] = Visit::Open;
            way.push((start, 0));
        }
        while let Some((node, followed)) = way.last_mut() {
            let Some(&edge) = outgoing[*node].get(*followed) else {
                visits[*node] = Visit::Finished;
                finished.push(*node);
                way.pop();
                continue;
            };
            *followed += 1;
            let child = edges[edge].1;
            match visits[child] {
                Visit::Unseen => {
                    visits[child] = Visit::Open;
                    way.push((child, 0));
                }
                Visit::Open => closing[edge] = true,
                Visit::Finished => {}
            }
        }
    }
    (closing, finished)
}
