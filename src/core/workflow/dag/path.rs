//! Finds the path through a task that takes longest.

use super::Dag;

/// The path that takes longest.
#[derive(Clone, Debug, PartialEq)]
pub struct CriticalPath {
    /// The steps of the path, from a root to a leaf.
    pub steps: Vec<usize>,
    /// The sum of their weights.
    pub weight: f64,
}

impl Dag {
    /// The path from a root to a leaf whose weights add up to most; of several, the one whose steps come first by
    /// place, seen from its end. Empty for an empty graph. Weights are finite and not negative.
    ///
    /// # Complexity
    /// O(V + E).
    pub fn critical_path(&self, weights: &[f64]) -> CriticalPath {
        let totals = self.latest_ends(weights);
        let latest = |mut places: Box<dyn Iterator<Item = usize> + '_>| {
            let first = places.next()?;
            Some(places.fold(first, |best, at| if totals[at] > totals[best] { at } else { best }))
        };
        let mut steps = Vec::new();
        let mut next = latest(Box::new(self.leaves().into_iter()));
        let weight = next.map_or(0.0, |leaf| totals[leaf]);
        while let Some(at) = next {
            steps.push(at);
            next = latest(Box::new(self.parents(at)));
        }
        steps.reverse();
        CriticalPath { steps, weight }
    }

    /// The weight of the heaviest path that ends with each step: when it ends, if all start as soon as they can.
    ///
    /// # Complexity
    /// O(V + E).
    pub fn latest_ends(&self, weights: &[f64]) -> Vec<f64> {
        let mut ends = vec![0.0; self.len()];
        for &at in self.topological_order() {
            ends[at] = weights[at] + self.parents(at).map(|parent| ends[parent]).fold(0.0, f64::max);
        }
        ends
    }
}
