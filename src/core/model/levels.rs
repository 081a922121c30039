//! Collects what a transaction writes when it commits, kept apart by nesting level: a rolled-back subtransaction takes
//! its part with it.

/// The parts of a transaction by nesting level.
#[derive(Clone, Debug)]
pub struct Levels<T> {
    /// The parts by nesting level, in ascending order.
    levels: Vec<(i32, T)>,
}

impl<T> Default for Levels<T> {
    fn default() -> Self {
        Self { levels: Vec::new() }
    }
}

impl<T: Default> Levels<T> {
    /// Returns the part of a nesting level, which is not below that of anything added before.
    pub fn at(&mut self, level: i32) -> &mut T {
        if self.levels.last().is_none_or(|(last, _)| *last < level) {
            self.levels.push((level, T::default()));
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last].1
    }

    /// Adds the part of a released subtransaction to the level above it, by `merge`.
    pub fn keep(&mut self, level: i32, merge: impl FnOnce(&mut T, T)) {
        if let Some((_, part)) = self.levels.pop_if(|(last, _)| *last >= level) {
            merge(self.at(level - 1), part);
        }
    }

    /// Removes the part of a rolled-back subtransaction.
    pub fn drop(&mut self, level: i32) {
        while self.levels.pop_if(|(last, _)| *last >= level).is_some() {}
    }

    /// Returns the parts of all levels, the outermost first.
    pub fn parts(&self) -> impl Iterator<Item = &T> {
        self.levels.iter().map(|(_, part)| part)
    }
}
