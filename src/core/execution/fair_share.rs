//! The order in which the shares of a fair queue take turns.
//!
//! A fair queue has one line for each share: the steps of one tenant, for example. A round takes one step of each share. The
//! next round begins after the share that was served last, so that successive claims of one step are as fair as one claim of
//! many.

use crate::core::time::Timestamp;
use std::collections::VecDeque;

/// A share: a hash of a key of the context and of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(pub i64);

impl Share {
    /// Stands before every share: no share has this number.
    pub const NONE: Self = Self(i64::MIN);
}

/// A round over the shares: those after the one that was served last, in ascending order, then the others.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    last: Share,
    after: Share,
    is_wrapped: bool,
    is_over: bool,
}

impl Round {
    /// Begins a round after this share.
    pub fn after(last: Share) -> Self {
        Self { last, after: last, is_wrapped: false, is_over: false }
    }

    /// Returns the next shares of the round, up to `at_most`; none when it is over. `read` returns the next shares after a
    /// share, in ascending order, up to a number.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn next<E>(
        &mut self,
        at_most: usize,
        mut read: impl FnMut(Share, usize) -> Result<Vec<Share>, E>,
    ) -> Result<Vec<Share>, E> {
        let mut turns = Vec::new();
        while turns.len() < at_most && !self.is_over {
            let wanted = at_most - turns.len();
            let mut shares = read(self.after, wanted)?;
            let mut is_end = shares.len() < wanted;
            if self.is_wrapped {
                let found = shares.len();
                shares.retain(|share| *share <= self.last);
                is_end |= shares.len() < found;
            }
            self.after = shares.last().copied().unwrap_or(self.after);
            turns.extend(shares);
            if is_end {
                self.is_over = self.is_wrapped || self.last == Share::NONE;
                (self.is_wrapped, self.after) = (true, Share::NONE);
            }
        }
        Ok(turns)
    }
}

/// The share after which a backend begins that has served none yet. Backends have different numbers, so that they do not
/// all begin with the same share.
pub fn first_turn(shares: &[Share], backend: i32) -> Share {
    let number = usize::try_from(backend).unwrap_or(0).checked_rem(shares.len());
    match number.and_then(|number| number.checked_sub(1)) {
        Some(before) => shares.get(before).copied().unwrap_or(Share::NONE),
        None => Share::NONE,
    }
}

/// The number of steps to read of each share, so that so many shares have enough together.
pub fn depth(missing: usize, shares: usize) -> usize {
    missing.div_ceil(shares.max(1)).max(1)
}

/// Takes one of each line after the other, in the order of the lines, until all are empty.
pub fn one_of_each<T>(lines: Vec<Vec<T>>) -> Vec<T> {
    let mut taken = Vec::with_capacity(lines.iter().map(Vec::len).sum());
    let mut lines: Vec<_> = lines.into_iter().map(Vec::into_iter).collect();
    loop {
        let before = taken.len();
        taken.extend(lines.iter_mut().filter_map(Iterator::next));
        if taken.len() == before {
            return taken;
        }
    }
}

/// Merges queues, and keeps the order of each: the next one is always that of the queue whose first has the smallest
/// rank. So a step of one queue waits only for steps of another that came before it.
pub fn merged<T>(queues: Vec<Vec<(Timestamp, T)>>) -> Vec<T> {
    let mut queues: Vec<VecDeque<(Timestamp, T)>> = queues.into_iter().map(VecDeque::from).collect();
    let mut all = Vec::with_capacity(queues.iter().map(VecDeque::len).sum());
    loop {
        let next = queues
            .iter_mut()
            .filter(|queue| !queue.is_empty())
            .min_by_key(|queue| queue.front().map_or(Timestamp::INFINITY, |(rank, _)| *rank));
        match next.and_then(VecDeque::pop_front) {
            Some((_, first)) => all.push(first),
            None => return all,
        }
    }
}
