//! Reads fair queues in the order of their turns, without reading the steps that are not next.
//!
//! Each backend remembers the share that it has served last, and begins after it. A new share therefore waits at most one
//! round of each worker. Nothing is written for that, so that claims never wait for each other.

use crate::core::error::TaskerError;
use crate::core::fair_share::{Round, Share, depth, first_turn, one_of_each};
use crate::core::time::Timestamp;
use crate::pg::datum::export;
use crate::pg::spi::{self, Row, Session, Statement};
use pgrx::pg_sys::{self, Datum};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// The largest number of priorities: from -100 to 100.
const MOST_LEVELS: i32 = 201;

/// The number of shares among which a backend chooses where it begins.
const FIRST_CHOICE: usize = 1_000;

/// The number of queues after which a backend forgets where it was in them: each key has buckets of its own.
const MOST_REMEMBERED: usize = 1_000;

/// A queue of an installation with a priority: the schema, the bucket, and the priority.
type Line = (u32, String, i32);

thread_local! {
    /// The share that this backend has served last in each line.
    static SERVED: RefCell<HashMap<Line, Share>> = RefCell::default();
}

/// A hint of a fair queue.
#[derive(Clone, Copy, Debug)]
pub struct SharedHint {
    pub step: i64,
    pub cause: i64,
    pub task: i64,
    pub rank: Timestamp,
    pub share: Share,
    pub priority: i32,
    /// True if this transaction has written the hint.
    pub is_own: bool,
}

/// The steps that a call looks for.
#[derive(Clone, Debug, Default)]
pub enum TurnFilter {
    #[default]
    All,
    /// Steps with these names, in tasks with these names, or in any task if the list is empty.
    Steps { named_steps: Vec<i32>, named_tasks: Vec<i32> },
    /// Steps of tasks with these names.
    Tasks { named_tasks: Vec<i32> },
}

/// Whether the hints that are read are locked, without those that another session has locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Lock,
    See,
}

/// The lines of a fair queue, read in turn.
pub struct Turns<'a> {
    session: &'a Session,
    bucket: String,
    filter: TurnFilter,
    access: Access,
    /// The priorities, the highest first.
    levels: Vec<i32>,
    /// The names of tasks and steps that a limit delays.
    closed: [Vec<i32>; 2],
}

impl<'a> Turns<'a> {
    /// Reads what claims may take.
    pub fn of(session: &'a Session, filter: TurnFilter, access: Access) -> Result<Self, TaskerError> {
        Self::in_queue(session, "", filter, access)
    }

    /// Reads what waits in the queue of a limit.
    pub fn of_bucket(session: &'a Session, bucket: &str) -> Result<Self, TaskerError> {
        Self::in_queue(session, bucket, TurnFilter::All, Access::Lock)
    }

    fn in_queue(
        session: &'a Session,
        bucket: &str,
        filter: TurnFilter,
        access: Access,
    ) -> Result<Self, TaskerError> {
        let mut levels = Vec::new();
        let arguments = [export::text(bucket), MOST_LEVELS.into()];
        session.write_returning(Statement::ShareLevels, &arguments, |row| levels.push(row.i32(0)))?;
        Ok(Self { session, bucket: bucket.to_owned(), filter, access, levels, closed: Default::default() })
    }

    /// Skips the names of tasks and steps that a limit delays.
    pub fn close(&mut self, closed: [Vec<i32>; 2]) {
        self.closed = closed;
    }

    /// Reads the next hints of each priority, up to `limit` of each, but for the steps in `passed`.
    ///
    /// # Complexity
    /// O(log n) for each share that has a turn, and for each hint that is read.
    pub fn take(&self, limit: usize, passed: &HashSet<i64>) -> Result<Vec<Vec<SharedHint>>, TaskerError> {
        self.levels.iter().map(|priority| self.take_level(*priority, limit, passed)).collect()
    }

    fn take_level(
        &self,
        priority: i32,
        limit: usize,
        passed: &HashSet<i64>,
    ) -> Result<Vec<SharedHint>, TaskerError> {
        let mut passed = passed.clone();
        let mut taken: Vec<SharedHint> = Vec::new();
        let mut round = Round::after(self.last_served(priority)?);
        // The shares that may have more than they were asked for.
        let (mut left, mut deepest) = (Vec::new(), 0);
        while taken.len() < limit {
            let missing = limit - taken.len();
            let mut shares =
                round.next(missing, |after, at_most| self.next_shares(priority, after, at_most))?;
            let mut at_least = 0;
            if shares.is_empty() {
                // All have had a turn: only those go on, each by twice as much at least.
                shares = std::mem::take(&mut left);
                at_least = 2 * deepest;
            }
            if shares.is_empty() {
                break;
            }
            let depth = depth(missing, shares.len()).max(at_least).min(missing);
            deepest = deepest.max(depth);
            let found = self.read(priority, &shares, depth, &passed)?;
            let mut numbers: HashMap<i64, usize> = HashMap::new();
            for hint in &found {
                *numbers.entry(hint.share.0).or_default() += 1;
            }
            left.extend(shares.into_iter().filter(|share| numbers.get(&share.0) == Some(&depth)));
            passed.extend(found.iter().map(|hint| hint.step));
            taken.extend(found.into_iter().take(missing));
        }
        Ok(taken)
    }

    /// Returns the next shares, in ascending order.
    fn next_shares(&self, priority: i32, after: Share, at_most: usize) -> Result<Vec<Share>, TaskerError> {
        let at_most = i32::try_from(at_most).unwrap_or(i32::MAX);
        let mut arguments =
            vec![export::text(&self.bucket), priority.into(), spi::bigint(after.0), at_most.into()];
        let statement = match &self.filter {
            TurnFilter::All => Statement::NextShares,
            TurnFilter::Steps { named_steps, .. } => {
                arguments.push(spi::integer_array(named_steps));
                Statement::NextSharesOfSteps
            }
            TurnFilter::Tasks { named_tasks } => {
                arguments.push(spi::integer_array(named_tasks));
                Statement::NextSharesOfTasks
            }
        };
        let mut shares = Vec::new();
        self.session.write_returning(statement, &arguments, |row| shares.push(Share(row.i64(0))))?;
        Ok(shares)
    }

    /// Reads the first hints of these shares, one of each share after the other.
    fn read(
        &self,
        priority: i32,
        shares: &[Share],
        depth: usize,
        passed: &HashSet<i64>,
    ) -> Result<Vec<SharedHint>, TaskerError> {
        let ids: Vec<i64> = shares.iter().map(|share| share.0).collect();
        let passed: Vec<i64> = passed.iter().copied().collect();
        let mut arguments: Vec<Datum> = vec![
            spi::bigint_array(&ids),
            export::text(&self.bucket),
            priority.into(),
            i32::try_from(depth).unwrap_or(i32::MAX).into(),
            spi::bigint_array(&passed),
            spi::integer_array(&self.closed[0]),
            spi::integer_array(&self.closed[1]),
        ];
        match &self.filter {
            TurnFilter::All => {}
            TurnFilter::Steps { named_steps, named_tasks } => {
                arguments.extend([spi::integer_array(named_steps), spi::integer_array(named_tasks)]);
            }
            TurnFilter::Tasks { named_tasks } => {
                arguments.extend([spi::integer_array(named_tasks), spi::integer_array(&[])]);
            }
        }
        let statement = match (&self.filter, self.access) {
            (TurnFilter::All, Access::Lock) => Statement::TakeShares,
            (TurnFilter::All, Access::See) => Statement::SeeShares,
            (TurnFilter::Steps { .. }, Access::Lock) => Statement::TakeSharesOfSteps,
            (TurnFilter::Steps { .. }, Access::See) => Statement::SeeSharesOfSteps,
            (TurnFilter::Tasks { .. }, Access::Lock) => Statement::TakeSharesOfTasks,
            (TurnFilter::Tasks { .. }, Access::See) => Statement::SeeSharesOfTasks,
        };
        let mut lines: Vec<Vec<SharedHint>> = shares.iter().map(|_| Vec::new()).collect();
        self.session.write_returning(statement, &arguments, |row: &Row| {
            let place = usize::try_from(row.i64(0)).unwrap_or(0).saturating_sub(1);
            if let Some((line, share)) = lines.get_mut(place).zip(shares.get(place)) {
                line.push(SharedHint {
                    step: row.i64(1),
                    cause: row.i64(2),
                    task: row.i64(5),
                    rank: row.optional_timestamp(3).unwrap_or(Timestamp::INFINITY),
                    share: *share,
                    priority,
                    is_own: row.is_own_transaction(4),
                });
            }
        })?;
        Ok(one_of_each(lines))
    }

    /// Returns the share that this backend has served last.
    fn last_served(&self, priority: i32) -> Result<Share, TaskerError> {
        let line = line(self.session, &self.bucket, priority);
        if let Some(last) = SERVED.with_borrow(|served| served.get(&line).copied()) {
            return Ok(last);
        }
        let shares = self.next_shares(priority, Share::NONE, FIRST_CHOICE)?;
        // SAFETY: a backend-local variable.
        Ok(first_turn(&shares, unsafe { pg_sys::MyProcPid }))
    }

    /// Notes which hints were served, in the order of their turns.
    pub fn note_served<'b>(session: &Session, bucket: &str, hints: impl Iterator<Item = &'b SharedHint>) {
        SERVED.with_borrow_mut(|served| {
            if served.len() >= MOST_REMEMBERED {
                served.clear();
            }
            for hint in hints {
                served.insert(line(session, bucket, hint.priority), hint.share);
            }
        });
    }
}

fn line(session: &Session, bucket: &str, priority: i32) -> Line {
    (session.schema().to_u32(), bucket.to_owned(), priority)
}
