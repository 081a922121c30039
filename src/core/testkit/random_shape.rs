//! Random workflows, by seed, size and shape.

use super::blueprint::{Blueprint, BlueprintStep};
use super::random::Random;

/// The shape of a random workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RandomShape {
    /// Every step after the one before; the seed changes nothing.
    Chain,
    /// No edges. The seed changes nothing.
    Independent,
    /// One step, then all others except the last at once, then the last. The seed changes nothing.
    ForkJoin,
    /// Every step after one of those before it.
    Tree,
    /// Layers of one to eight steps; every step after one to three of the layer before.
    Layers,
    /// Every step after none to three of the twelve before it.
    Sparse,
    /// Every step after about half of the twelve before it.
    Dense,
}

/// The number of earlier steps among which [`RandomShape::Sparse`] and [`RandomShape::Dense`] choose parents.
const REACH: usize = 12;

impl RandomShape {
    /// Every shape.
    pub const ALL: [Self; 7] =
        [Self::Chain, Self::Independent, Self::ForkJoin, Self::Tree, Self::Layers, Self::Sparse, Self::Dense];

    /// The name in SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Independent => "independent",
            Self::ForkJoin => "fork_join",
            Self::Tree => "tree",
            Self::Layers => "layers",
            Self::Sparse => "sparse",
            Self::Dense => "dense",
        }
    }

    /// The shape of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.as_str() == name)
    }

    /// A workflow of so many steps, named `step_1` and so on. It has no cycle: edges lead from earlier steps to later
    /// ones. Same arguments, same workflow, in every version. O(steps).
    pub fn blueprint(self, steps: usize, seed: u64) -> Blueprint {
        let mut random = Random::new(seed, self as u64);
        let step = |(place, parents)| BlueprintStep { name: format!("step_{}", place + 1).into(), parents };
        Blueprint { steps: self.parents(steps, &mut random).into_iter().enumerate().map(step).collect() }
    }

    /// The parents of each step, in ascending order, each once.
    fn parents(self, steps: usize, random: &mut Random) -> Vec<Vec<usize>> {
        let places = 0..steps;
        match self {
            Self::Chain => places.map(|at| at.checked_sub(1).into_iter().collect()).collect(),
            Self::Independent => vec![Vec::new(); steps],
            Self::ForkJoin => places.map(|at| fork_join_parents(at, steps)).collect(),
            Self::Tree => {
                let one = |at: usize| if at == 0 { Vec::new() } else { vec![random.below(at)] };
                places.map(one).collect()
            }
            Self::Layers => layers(steps, random),
            Self::Sparse => {
                let few = |at: usize| {
                    let count = random.below(4);
                    some_of(at.saturating_sub(REACH), at, count, random)
                };
                places.map(few).collect()
            }
            Self::Dense => {
                let near =
                    |at: usize| (at.saturating_sub(REACH)..at).filter(|_| random.permille(500)).collect();
                places.map(near).collect()
            }
        }
    }
}

fn fork_join_parents(at: usize, steps: usize) -> Vec<usize> {
    match at {
        0 => Vec::new(),
        last if last > 1 && last == steps - 1 => (1..last).collect(),
        _ => vec![0],
    }
}

fn layers(steps: usize, random: &mut Random) -> Vec<Vec<usize>> {
    const WIDEST: usize = 8;
    let mut parents: Vec<Vec<usize>> = Vec::with_capacity(steps);
    let mut above = 0..0;
    while parents.len() < steps {
        let first = parents.len();
        let width = (1 + random.below(WIDEST)).min(steps - first);
        for _ in 0..width {
            let count = 1 + random.below(3);
            parents.push(some_of(above.start, above.end, count, random));
        }
        above = first..first + width;
    }
    parents
}

/// Draws at most `count` of the places from `first` to below `end`; at least one if there are any and `count` is not 0.
fn some_of(first: usize, end: usize, count: usize, random: &mut Random) -> Vec<usize> {
    if first == end {
        return Vec::new();
    }
    let mut chosen: Vec<usize> = (0..count).map(|_| first + random.below(end - first)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}
