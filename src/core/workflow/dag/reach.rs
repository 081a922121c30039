//! Computes what every step reaches, in blocks of steps, so that memory stays linear.

use super::Dag;

/// The number of 64-bit words in a block: 1,024 steps, which takes 13 MB for a graph of 100,000 steps.
const WORDS: usize = 16;
const BLOCK: usize = WORDS * 64;

/// A bit for each step of a block.
type Bits = [u64; WORDS];

impl Dag {
    /// The number of steps that depend on each step, and how many of them are `picked`. `check` is called every few
    /// milliseconds.
    ///
    /// # Complexity
    /// O(V · E / 64) time, O(V) memory.
    pub fn descendant_counts(&self, picked: &[bool], check: &mut dyn FnMut()) -> Vec<(u32, u32)> {
        let mut counts = vec![(0, 0); self.len()];
        self.each_block(check, |first, reached| {
            let mut mask: Bits = [0; WORDS];
            for place in first..(first + BLOCK).min(self.len()) {
                if picked[place] {
                    mask[(place - first) / 64] |= 1 << (place % 64);
                }
            }
            for (count, bits) in counts.iter_mut().zip(reached) {
                count.0 += bits.iter().map(|word| word.count_ones()).sum::<u32>();
                count.1 += bits.iter().zip(mask).map(|(word, mask)| (word & mask).count_ones()).sum::<u32>();
            }
        });
        counts
    }

    /// The edges that another path makes unnecessary: what stays without them orders the steps just as well, and is
    /// the least that does (the transitive reduction). Ordered by index. `check` is called every few milliseconds.
    ///
    /// # Complexity
    /// As [`Self::descendant_counts`].
    pub fn redundant_edges(&self, check: &mut dyn FnMut()) -> Vec<(usize, usize)> {
        // A child is reached by another path when one of its siblings reaches it. So only parents of several children
        // have redundant edges.
        let forks: Vec<usize> = (0..self.len()).filter(|&at| self.children(at).nth(1).is_some()).collect();
        let mut redundant = Vec::new();
        if forks.is_empty() {
            return redundant;
        }
        self.each_block(check, |first, reached| {
            for &from in &forks {
                let mut by_siblings: Bits = [0; WORDS];
                for child in self.children(from) {
                    merge(&mut by_siblings, &reached[child]);
                }
                let inside = self.children(from).filter(|to| (first..first + BLOCK).contains(to));
                redundant.extend(
                    inside
                        .filter(|to| by_siblings[(to - first) / 64] >> (to % 64) & 1 == 1)
                        .map(|to| (from, to)),
                );
            }
        });
        redundant.sort_unstable();
        redundant
    }

    /// Visits the steps in blocks of indexes; `look` gets the first index of a block, and for every step which steps of
    /// the block it reaches.
    fn each_block(&self, check: &mut dyn FnMut(), mut look: impl FnMut(usize, &[Bits])) {
        let mut reached: Vec<Bits> = vec![[0; WORDS]; self.len()];
        for first in (0..self.len()).step_by(BLOCK) {
            let block = first..first + BLOCK;
            for (done, &at) in self.topological_order().iter().rev().enumerate() {
                if done % 4_096 == 0 {
                    check();
                }
                let mut bits: Bits = [0; WORDS];
                for child in self.children(at) {
                    merge(&mut bits, &reached[child]);
                    if block.contains(&child) {
                        bits[(child - first) / 64] |= 1 << (child % 64);
                    }
                }
                reached[at] = bits;
            }
            look(first, &reached);
        }
    }
}

fn merge(into: &mut Bits, bits: &Bits) {
    for (word, other) in into.iter_mut().zip(bits) {
        *word |= other;
    }
}
