//! Finds the tasks that have something to do, for the schedulers of frameworks. A task belongs to one scheduler at a
//! time (see docs/concurrency.md). A poll never waits for another session.

use crate::core::error::TaskerError;
use crate::core::fair_share::merged;
use crate::core::ids::{TaskId, distinct};
use crate::core::plan::Action;
use crate::core::time::{Duration, Timestamp};
use crate::pg::datum::export;
use crate::pg::execution::claims::candidates::Candidates;
use crate::pg::execution::claims::fair;
use crate::pg::execution::claims::requests::Hint;
use crate::pg::execution::claims::{Claims, SEEN_AT_FIRST, SEEN_NEXT};
use crate::pg::execution::finalization::Finalization;
use crate::pg::queue::shares::{self, OPEN};
use crate::pg::queue::turns::{Access, TurnFilter, Turns};
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use std::collections::{HashMap, HashSet};

/// The largest number of hints that a call reads at once, unless more tasks are requested.
const OFFERS_AT_ONCE: usize = 10_000;
/// The number of tasks with nothing to do after which a call returns the tasks that it has. The next call begins after
/// them.
const MOST_SPENT: usize = 10_000;
/// The number of hints that are read for each requested task, because several may be of one task.
const HINTS_OF_A_TASK: usize = 4;
/// The first of the advisory locks of schedulers, before the oid of the schema (32 bits) and the number of the lock (11
/// bits).
const OFFER_LOCKS: i64 = 0x1A5C2 << 43;
/// The largest number of expired offers that a call takes back.
const TAKEN_BACK: i32 = 1_000;

/// A request of a scheduler for tasks.
pub struct Poll<'a> {
    pub scheduler: &'a str,
    pub max_tasks: usize,
    pub lease: Duration,
}

/// A task that has something to do.
pub struct DueTask {
    pub task: TaskId,
    pub reason: &'static str,
    pub ready_steps: u32,
}

/// The rows about tasks in the queues, which are locked.
#[derive(Default)]
struct Offers {
    /// The tasks in the order of the queues.
    tasks: Vec<i64>,
    hints: HashMap<i64, Vec<Hint>>,
    /// The transactions that have noted the end of each task, without this transaction.
    endings: HashMap<i64, Vec<i64>>,
    examined: Vec<i64>,
    is_last: bool,
}

/// The rows about tasks in the queues, which were read without a lock.
struct SeenOffers {
    /// The tasks in the order of the queues.
    tasks: Vec<i64>,
    /// The steps that have hints, by task.
    steps: HashMap<i64, Vec<i64>>,
    is_last: bool,
}

/// The tasks that are handed to schedulers.
pub struct DueTasks<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> DueTasks<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Hands up to `max_tasks` due tasks to a scheduler.
    ///
    /// # Complexity
    /// O(log n + steps + edges) for each task with n hints, independent of other waiting work.
    pub fn due_tasks(&self, poll: &Poll) -> Result<Vec<DueTask>, TaskerError> {
        if self.writer.reader().is_filtered() {
            return self.visible_due_tasks(poll);
        }
        self.writer
            .session
            .write(Statement::EndOffers, &[spi::timestamp(self.writer.now), TAKEN_BACK.into()]);
        self.dispatch_shares(poll.max_tasks)?;
        let mut due = Vec::new();
        let mut passed = Vec::new();
        let (mut width, mut spent) = (HINTS_OF_A_TASK, 0);
        while due.len() < poll.max_tasks && spent < MOST_SPENT {
            let missing = poll.max_tasks - due.len();
            let limit = missing.saturating_mul(width).min(OFFERS_AT_ONCE.max(missing)).min(i32::MAX as usize);
            let offers = self.take_offers(limit, &passed)?;
            spent += self.offer_tasks(&offers, poll, &mut due)?;
            if offers.is_last {
                break;
            }
            passed.extend(offers.examined);
            width = width.saturating_mul(2);
        }
        Ok(due)
    }

    /// Finds due tasks under row-level security. No row is locked before the policies have shown that the caller may
    /// see it.
    ///
    /// # Complexity
    /// One check of the policies for each task in front of the caller's.
    fn visible_due_tasks(&self, poll: &Poll) -> Result<Vec<DueTask>, TaskerError> {
        self.end_visible_offers()?;
        let (mut due, mut passed) = (Vec::new(), HashSet::new());
        let (mut limit, mut spent) = (SEEN_AT_FIRST.max(poll.max_tasks).min(i32::MAX as usize), 0);
        while due.len() < poll.max_tasks && spent < MOST_SPENT {
            let SeenOffers { tasks, steps, is_last } = self.see_offers(limit)?;
            let new: Vec<i64> = tasks.into_iter().filter(|task| passed.insert(*task)).collect();
            let visible = self.writer.reader().visible_tasks(new.clone())?;
            let visible: Vec<i64> = new.into_iter().filter(|task| visible.contains(task)).collect();
            let (mut left, mut width) = (&visible[..], 1_usize);
            while !left.is_empty() && due.len() < poll.max_tasks && spent < MOST_SPENT {
                let missing = poll.max_tasks - due.len();
                let (now, later) = left.split_at(left.len().min(missing.saturating_mul(width)));
                spent += self.offer_tasks(&self.take_offers_of(now, &steps)?, poll, &mut due)?;
                (left, width) = (later, width.saturating_mul(2));
            }
            if is_last {
                break;
            }
            limit = limit.saturating_mul(SEEN_NEXT).min(i32::MAX as usize);
        }
        Ok(due)
    }

    /// Offers tasks that their schedulers have not dealt with in time again, among those that the caller may see.
    fn end_visible_offers(&self) -> Result<(), TaskerError> {
        let mut ended = Vec::new();
        self.writer.session.write_returning(
            Statement::EndedTaskLeases,
            &[spi::timestamp(self.writer.now)],
            |row| {
                ended.push(row.i64(0));
            },
        )?;
        let visible = self.writer.reader().visible_tasks(ended.clone())?;
        ended.retain(|task| visible.contains(task));
        ended.truncate(TAKEN_BACK as usize);
        if !ended.is_empty() {
            let arguments = [spi::bigint_array(&ended), spi::timestamp(self.writer.now)];
            self.writer.session.write(Statement::EndOffersOf, &arguments);
        }
        Ok(())
    }

    /// Gives a task back, if this scheduler holds it. If it still has something to do, it is due at once. Returns
    /// whether the scheduler held it.
    pub fn release_due_task(&self, task: TaskId, scheduler: &str) -> bool {
        let arguments = [spi::bigint(task.0), export::text(scheduler)];
        let was_leased = self.writer.session.write(Statement::EndTaskLease, &arguments) > 0;
        if was_leased {
            self.offer(task, Timestamp::MINUS_INFINITY);
        }
        was_leased
    }

    /// Moves the next steps of the fair queue, in turn, to where schedulers find them.
    fn dispatch_shares(&self, at_most: usize) -> Result<(), TaskerError> {
        let session = self.writer.session;
        if !shares::are_used(session) {
            return Ok(());
        }
        let levels = Turns::of(session, TurnFilter::All, Access::Lock)?.take(at_most, &HashSet::new())?;
        let ranked =
            levels.into_iter().map(|level| level.into_iter().map(|hint| (hint.rank, hint)).collect());
        let mut next = merged(ranked.collect());
        next.truncate(at_most);
        shares::dispatch(session, next.iter().map(|hint| (hint.step, hint.cause)))?;
        Turns::note_served(session, OPEN, next.iter());
        Ok(())
    }

    fn take_offers(&self, limit: usize, passed: &[i64]) -> Result<Offers, TaskerError> {
        let arguments = [(limit as i32).into(), spi::bigint_array(passed)];
        let mut offers = Offers::default();
        let taken = [
            self.note_offers(Statement::TakeOffers, &arguments, &mut offers)?,
            self.note_endings(Statement::TakeEndings, &arguments, &mut offers)?,
        ];
        offers.is_last = taken.iter().all(|taken| *taken < limit);
        offers.tasks = distinct(offers.examined.iter().copied());
        Ok(offers)
    }

    /// Reads the rows about the first tasks in the queues, up to `limit`; locks nothing.
    fn see_offers(&self, limit: usize) -> Result<SeenOffers, TaskerError> {
        let arguments = [(limit as i32).into()];
        let mut steps: HashMap<i64, Vec<i64>> = HashMap::new();
        let mut tasks = Vec::new();
        self.writer.session.write_returning(Statement::SeeOffers, &arguments, |row| {
            row.i64_array(1, |of_hints| tasks.extend_from_slice(of_hints));
            row.i64_array(0, |hinted| {
                for (task, step) in tasks.iter().zip(hinted) {
                    steps.entry(*task).or_default().push(*step);
                }
            });
        })?;
        let mut shared = Vec::new();
        if shares::are_used(self.writer.session) {
            let turns = Turns::of(self.writer.session, TurnFilter::All, Access::See)?;
            shared = turns.take(limit, &HashSet::new())?.into_iter().flatten().collect();
        }
        for hint in &shared {
            tasks.push(hint.task);
            steps.entry(hint.task).or_default().push(hint.step);
        }
        let offers = tasks.len() - shared.len();
        self.writer.session.write_returning(Statement::SeeEndings, &arguments, |row| {
            row.i64_array(0, |ended| tasks.extend_from_slice(ended));
        })?;
        let endings = tasks.len() - offers - shared.len();
        let is_last = offers < limit && shared.len() < limit && endings < limit;
        Ok(SeenOffers { tasks: distinct(tasks.into_iter()), steps, is_last })
    }

    /// Locks the rows about these tasks in the queues, except rows that another session holds.
    fn take_offers_of(&self, tasks: &[i64], seen: &HashMap<i64, Vec<i64>>) -> Result<Offers, TaskerError> {
        let mut offers = Offers::default();
        for task in tasks {
            if let Some(steps) = seen.get(task) {
                let shared = fair::take_at(self.writer, steps)?;
                let keys = shared.iter().map(|hint| (hint.step, hint.cause));
                shares::dispatch(self.writer.session, keys)?;
                offers.hints.insert(*task, Claims::of(self.writer).take_hints_at(steps)?);
            }
        }
        self.note_endings(Statement::TakeEndingsOf, &[spi::bigint_array(tasks)], &mut offers)?;
        let is_ours = |task: &i64| {
            offers.hints.get(task).is_some_and(|hints| !hints.is_empty()) || offers.endings.contains_key(task)
        };
        offers.tasks = tasks.iter().copied().filter(is_ours).collect();
        Ok(offers)
    }

    fn note_offers(
        &self,
        statement: Statement,
        arguments: &[Datum],
        offers: &mut Offers,
    ) -> Result<usize, TaskerError> {
        let mut taken = 0;
        self.writer.session.write_returning(statement, arguments, |row| {
            taken += 1;
            offers.examined.push(row.i64(0));
            let hint = Hint { step: row.i64(1), cause: row.i64(2), is_own: row.is_own_transaction(3) };
            offers.hints.entry(row.i64(0)).or_default().push(hint);
        })?;
        Ok(taken)
    }

    fn note_endings(
        &self,
        statement: Statement,
        arguments: &[Datum],
        offers: &mut Offers,
    ) -> Result<usize, TaskerError> {
        let mut taken = 0;
        self.writer.session.write_returning(statement, arguments, |row| {
            taken += 1;
            offers.examined.push(row.i64(0));
            let noted_by = offers.endings.entry(row.i64(0)).or_default();
            noted_by.extend((!row.is_own_transaction(2)).then(|| row.i64(1)));
        })?;
        Ok(taken)
    }

    /// Hands tasks to the scheduler until there are enough; returns how many had nothing to do.
    fn offer_tasks(
        &self,
        offers: &Offers,
        poll: &Poll,
        due: &mut Vec<DueTask>,
    ) -> Result<usize, TaskerError> {
        let free = self.free_tasks(&offers.tasks)?;
        let lease_until = self.writer.now.plus(poll.lease);
        let mut spent = 0;
        for id in &offers.tasks {
            if due.len() >= poll.max_tasks {
                break;
            }
            let task = TaskId(*id);
            match free.get(id) {
                None => {}
                // The task belongs to a scheduler already: the scheduler handles the news, or the end of its lease
                // does.
                Some(Some(until)) => self.offer(task, *until),
                Some(None) => match self.due(task)? {
                    None => {
                        self.drop_offers(task, offers)?;
                        spent += 1;
                    }
                    Some(found) => {
                        let arguments = [
                            spi::bigint(task.0),
                            export::text(poll.scheduler),
                            export::text(found.reason),
                            spi::timestamp(self.writer.now),
                            spi::timestamp(lease_until),
                        ];
                        self.writer.session.write(Statement::PutTaskLease, &arguments);
                        self.offer(task, lease_until);
                        due.push(found);
                    }
                },
            }
        }
        Ok(spent)
    }

    /// Locks those of the tasks that no other session is handing to a scheduler or giving back. Returns each with the
    /// time until which a scheduler holds it, if any.
    fn free_tasks(&self, tasks: &[i64]) -> Result<HashMap<i64, Option<Timestamp>>, TaskerError> {
        let mut ours = Vec::new();
        let seed = spi::bigint(OFFER_LOCKS | i64::from(self.writer.installation.schema.to_u32()) << 11);
        self.writer.session.write_returning(
            Statement::LockOffers,
            &[spi::bigint_array(tasks), seed],
            |row| {
                ours.push(row.i64(0));
            },
        )?;
        // Only now, in a snapshot that shows the work of the session that held the lock before.
        let wanted = [spi::bigint_array(&ours)];
        let (mut locked, mut leased) = (HashMap::new(), HashSet::new());
        self.writer.session.write_returning(Statement::LockTaskLeases, &wanted, |row| {
            locked.insert(row.i64(0), row.optional_timestamp(1));
        })?;
        self.writer.session.write_returning(Statement::TaskLeases, &wanted, |row| {
            leased.insert(row.i64(0));
        })?;
        ours.retain(|task| locked.contains_key(task) || !leased.contains(task));
        let until = |task| locked.get(&task).copied().flatten().filter(|until| *until > self.writer.now);
        Ok(ours.into_iter().map(|task| (task, until(task))).collect())
    }

    /// Returns what there is to do for a task, if anything.
    fn due(&self, task: TaskId) -> Result<Option<DueTask>, TaskerError> {
        let assessment = match Finalization::of(self.writer).assess_task(task) {
            Err(TaskerError::TaskNotFound(_)) => return Ok(None),
            assessment => assessment?,
        };
        let ready_steps = assessment.context.counts.ready;
        let is_due = match assessment.plan.action {
            Action::Complete | Action::Fail => true,
            Action::Reenqueue => ready_steps > 0,
            Action::Wait | Action::None => false,
        };
        Ok(is_due.then_some(DueTask { task, reason: assessment.plan.reason, ready_steps }))
    }

    /// Deletes the rows about a task that has nothing to do from the queues.
    fn drop_offers(&self, task: TaskId, offers: &Offers) -> Result<(), TaskerError> {
        if let Some(hints) = offers.hints.get(&task.0) {
            let steps = distinct(hints.iter().map(|hint| hint.step));
            let examined = Candidates::of(&self.writer.as_owner()).lock_and_assess(&steps)?;
            Candidates::of(self.writer).drop_hints(hints, &examined.unready);
        }
        if let Some(noted_by) = offers.endings.get(&task.0) {
            let arguments = [spi::bigint(task.0), spi::bigint_array(noted_by)];
            self.writer.session.write(Statement::DropEndings, &arguments);
        }
        Ok(())
    }

    fn offer(&self, task: TaskId, until: Timestamp) {
        self.writer.session.write(Statement::OfferTask, &[spi::bigint(task.0), spi::timestamp(until)]);
    }
}
