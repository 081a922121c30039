//! The part of a claim that reads fair queues.

use crate::core::error::TaskerError;
use crate::core::fair_share::merged;
use crate::core::ids::distinct;
use crate::core::time::Timestamp;
use crate::pg::execution::claims::requests::{Claim, Hint, HintFilter};
use crate::pg::execution::limits::parked::FullBuckets;
use crate::pg::queue::shares::{self, FairNames, OPEN};
use crate::pg::queue::turns::{Access, SharedHint, TurnFilter, Turns};
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::Writer;
use std::collections::HashSet;

/// A locked hint with its rank and the id of its named task.
pub type RankedHint = (Timestamp, i32, Hint);

/// The fair queues that a claim reads.
pub struct FairQueue<'a> {
    writer: &'a Writer<'a>,
    filter: &'a HintFilter,
    /// The hints that the claim has read, in their order.
    read: Vec<SharedHint>,
    /// The number of hints, among these, that the last call has read.
    read_last: usize,
}

impl<'a> FairQueue<'a> {
    pub fn of(writer: &'a Writer<'a>, filter: &'a HintFilter) -> Self {
        Self { writer, filter, read: Vec::new(), read_last: 0 }
    }

    /// Moves hints whose names have become fair since they were written to the fair queue, and removes them from `hints`.
    pub fn adopt(&self, hints: &mut Vec<RankedHint>) -> Result<(), TaskerError> {
        // As for parked hints: sessions that write such a hint would wait for the end of a block.
        if self.writer.is_in_block || hints.is_empty() {
            return Ok(());
        }
        // A hint that has left a fair queue stays.
        let names = hints.iter().filter(|(_, _, hint)| hint.cause > 0).map(|(_, name, _)| *name);
        if let Some(fair) = FairNames::among(self.writer.session, names)? {
            fair.adopt(self.writer.session);
            hints.retain(|(_, name, hint)| hint.cause <= 0 || !fair.has(*name));
        }
        Ok(())
    }

    /// Locks the next hints of each priority, up to `limit`; returns whether there may be more.
    pub fn take(
        &mut self,
        limit: usize,
        passed: &HashSet<i64>,
        closed: &FullBuckets,
    ) -> Result<bool, TaskerError> {
        let levels = self.next(Access::Lock, limit, passed, closed)?;
        let has_more = levels.iter().any(|level| level.len() >= limit);
        let before = self.read.len();
        let queues =
            levels.into_iter().map(|level| level.into_iter().map(|hint| (hint.rank, hint)).collect());
        self.read.extend(merged(queues.collect()));
        self.read_last = self.read.len() - before;
        Ok(has_more)
    }

    /// Returns the steps of the next hints of each priority, up to `limit`, each with its task; locks nothing.
    pub fn see(
        &mut self,
        limit: usize,
        passed: &HashSet<i64>,
        closed: &FullBuckets,
    ) -> Result<Vec<(i64, i64)>, TaskerError> {
        let levels = self.next(Access::See, limit, passed, closed)?;
        let seen: Vec<SharedHint> = levels.into_iter().flatten().collect();
        let steps = seen.iter().map(|hint| (hint.step, hint.task)).collect();
        self.read.extend(seen);
        Ok(steps)
    }

    fn next(
        &self,
        access: Access,
        limit: usize,
        passed: &HashSet<i64>,
        closed: &FullBuckets,
    ) -> Result<Vec<Vec<SharedHint>>, TaskerError> {
        let session = self.writer.session;
        if !shares::are_used(session) {
            return Ok(Vec::new());
        }
        let filter = match self.filter {
            HintFilter::All => TurnFilter::All,
            HintFilter::Steps { named_steps, named_tasks } => {
                TurnFilter::Steps { named_steps: named_steps.clone(), named_tasks: named_tasks.clone() }
            }
            HintFilter::Tasks { named_tasks } => TurnFilter::Tasks { named_tasks: named_tasks.clone() },
        };
        let mut turns = Turns::of(session, filter, access)?;
        turns.close(closed.names());
        turns.take(limit, passed)
    }

    /// Returns the steps of these hints and of those that were taken last, in the order in which they are claimed.
    pub fn merged(&self, hints: &[RankedHint]) -> Vec<i64> {
        let plain = hints.iter().map(|(rank, _, hint)| (*rank, hint.step)).collect();
        let fair = self.last().iter().map(|hint| (hint.rank, hint.step)).collect();
        distinct(merged(vec![plain, fair]).into_iter())
    }

    /// Returns the hints that were taken last.
    fn last(&self) -> &[SharedHint] {
        self.read.get(self.read.len() - self.read_last..).unwrap_or_default()
    }

    /// Deletes the hints, among those that were taken last, whose steps are not ready; returns their number and the steps
    /// that are left.
    pub fn drop(&self, unready: &HashSet<i64>) -> (usize, Vec<i64>) {
        let hints: Vec<Hint> = self
            .last()
            .iter()
            .map(|hint| Hint { step: hint.step, cause: hint.cause, is_own: hint.is_own })
            .collect();
        let left = hints.iter().filter(|hint| hint.is_own || !unready.contains(&hint.step));
        (drop_hints(self.writer, &hints, unready), left.map(|hint| hint.step).collect())
    }

    /// Notes whose turn is next, after these claims.
    pub fn note_served(&self, claims: &[Claim]) {
        if !self.read.is_empty() {
            let claimed: HashSet<i64> = claims.iter().map(|claim| claim.step.id.0).collect();
            let served = self.read.iter().filter(|hint| claimed.contains(&hint.step));
            Turns::note_served(self.writer.session, OPEN, served);
        }
    }
}

/// Locks the hints of fair queues at these steps, except those that another session has locked.
pub fn take_at(writer: &Writer, steps: &[i64]) -> Result<Vec<Hint>, TaskerError> {
    let mut hints = Vec::new();
    if shares::are_used(writer.session) {
        writer.session.write_returning(Statement::TakeSharesAt, &[spi::bigint_array(steps)], |row| {
            hints.push(Hint { step: row.i64(0), cause: row.i64(1), is_own: row.is_own_transaction(2) });
        })?;
    }
    Ok(hints)
}

/// Deletes the hints of fair queues at steps that are not ready, except hints of this transaction; returns how many.
pub fn drop_hints(writer: &Writer, hints: &[Hint], unready: &HashSet<i64>) -> usize {
    let spent = hints.iter().filter(|hint| !hint.is_own && unready.contains(&hint.step));
    let (steps, causes): (Vec<i64>, Vec<i64>) = spent.map(|hint| (hint.step, hint.cause)).unzip();
    if !steps.is_empty() {
        let arguments = [spi::bigint_array(&steps), spi::bigint_array(&causes)];
        writer.session.write(Statement::DropShares, &arguments);
    }
    steps.len()
}
