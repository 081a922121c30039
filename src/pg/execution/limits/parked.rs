//! Parks hints that a limit delays, each in the queue of its bucket, where claims do not find them.
//!
//! While hints are parked, claims still find as many hints as steps may start: an execution that ends moves one back,
//! and so does an admitted step that does not start. A timer checks whether a hint was missed: a session that frees a
//! slot may not see the hints that are being parked at that moment.

use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::limits::{Admission, Limit, room};
use crate::core::time::{Duration, Timestamp};
use crate::pg::datum::export;
use crate::pg::execution::limits::{LimitAnswer, LimitSlots, limit};
use crate::pg::queue::shares;
use crate::pg::queue::slots::unpark;
use crate::pg::spi::{self, Row, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use std::collections::{BTreeMap, HashSet};

/// The delay after which a timer examines a bucket for a slot that was missed.
const LOOK_AGAIN: Duration = Duration::seconds(5);

/// The largest number of further hints that a claim parks for a full bucket without examining them.
const PARKED_AT_ONCE: i32 = 1_000;

/// The names of tasks and steps whose buckets admit no step at the moment. A claim skips their hints.
#[derive(Default)]
pub struct FullBuckets {
    named_tasks: HashSet<i32>,
    named_steps: HashSet<i32>,
}

/// A set of steps, by their own names or by the names of their tasks.
enum StepNames {
    Tasks(Vec<i32>),
    Steps(Vec<i32>),
}

impl FullBuckets {
    fn add(&mut self, scope: StepNames) {
        match scope {
            StepNames::Tasks(ids) => self.named_tasks.extend(ids),
            StepNames::Steps(ids) => self.named_steps.extend(ids),
        }
    }

    /// Returns whether a hint with these names is to be skipped.
    pub fn has(&self, named_task: i32, named_step: i32) -> bool {
        self.named_tasks.contains(&named_task) || self.named_steps.contains(&named_step)
    }

    /// Returns the names of tasks, and those of steps.
    pub fn names(&self) -> [Vec<i32>; 2] {
        [&self.named_tasks, &self.named_steps].map(|ids| ids.iter().copied().collect())
    }

    /// Returns the arguments of statements that take hints.
    pub fn arguments(&self) -> [Datum; 2] {
        self.names().map(|ids| spi::integer_array(&ids))
    }
}

/// Steps that wait for a slot of a limit.
pub struct ParkedSteps<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> ParkedSteps<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Parks the hints at the steps that a limit delays, and more hints of the same limits. Adds the names of full and
    /// busy buckets to `closed`, so that the claim skips the hints that are left.
    pub fn park(&self, asked: &LimitAnswer, closed: &mut FullBuckets) -> Result<(), TaskerError> {
        let admitted = &asked.admitted;
        if !admitted.held_up.is_empty() {
            let buckets: Vec<String> =
                admitted.held_up.iter().map(|held_up| held_up.bucket.clone()).collect();
            let steps: Vec<i64> = admitted.held_up.iter().map(|held_up| held_up.step.0).collect();
            let arguments = [spi::text_array(&buckets), spi::bigint_array(&steps)];
            self.move_hints(Statement::ParkHints, &arguments)?;
            if shares::are_used(self.writer.session) {
                self.writer.session.write(Statement::ParkShares, &arguments);
            }
        }
        let mut until: BTreeMap<&str, Timestamp> = BTreeMap::new();
        for held_up in &admitted.held_up {
            let time = match held_up.admission {
                Admission::NotBefore(time) => time,
                Admission::NotYet | Admission::Granted => self.writer.now.plus(LOOK_AGAIN),
            };
            until.entry(&held_up.bucket).or_insert(time);
        }
        for (bucket, time) in until {
            self.set_bucket_timer(bucket, time);
            if let Some(scope) = self.scope_of(bucket)? {
                // Until the transaction ends, a session that moves such a hint back has to wait. And a tenant must not
                // touch hints at steps that policies may hide.
                if !self.writer.is_in_block && !self.writer.reader().is_filtered() {
                    self.park_scope(bucket, &scope)?;
                }
                closed.add(scope);
            }
        }
        for bucket in &admitted.busy {
            if let Some(scope) = self.scope_of(bucket)? {
                closed.add(scope);
            }
        }
        Ok(())
    }

    /// Moves parked hints back in place of these steps: the claim does not start them, so they do not use the slots for
    /// which they were moved back.
    pub fn readmit(&self, asked: &LimitAnswer, unready: &HashSet<i64>) -> Result<(), TaskerError> {
        let closed = asked.admitted.closed();
        let held_up = asked.admitted.held_up.iter().map(|held_up| held_up.step);
        let spent = unready.iter().map(|step| StepId(*step)).chain(held_up);
        let mut left: BTreeMap<&str, i32> = BTreeMap::new();
        for (bucket, _) in spent.filter_map(|step| asked.limits.get(&step)).flatten() {
            if !closed.contains(bucket.as_str()) {
                *left.entry(bucket).or_default() += 1;
            }
        }
        for (bucket, hints) in left {
            unpark(self.writer.session, bucket, hints)?;
        }
        Ok(())
    }

    /// Examines a bucket whose timer has expired or whose limit has changed. Moves as many of the parked hints as there
    /// are free slots back to where claims find them.
    pub fn recover_bucket(&self, bucket: &str) -> Result<(), TaskerError> {
        let due = [export::text(bucket), spi::timestamp(self.writer.now)];
        self.writer.session.write(Statement::EndBucketTimers, &due);
        let mut limits: Vec<Limit> = Vec::new();
        self.writer.session.write_returning(Statement::LimitsOfBucket, &[export::text(bucket)], |row| {
            limits.push(limit(row, 0));
        })?;
        let used = LimitSlots::of(self.writer)
            .buckets(std::iter::once(bucket.to_owned()))?
            .remove(bucket)
            .unwrap_or_default();
        let places = limits.iter().map(|limit| room(limit, &used, self.writer.now)).min();
        unpark(self.writer.session, bucket, places.unwrap_or(i32::MAX))?;
        let mut is_waiting = false;
        let parked = |row: &Row| is_waiting = row.bool(0);
        self.writer.session.write_returning(Statement::ParkedIn, &[export::text(bucket)], parked)?;
        if !is_waiting && shares::are_used(self.writer.session) {
            let shared = |row: &Row| is_waiting = row.bool(0);
            self.writer.session.write_returning(
                Statement::SharesAreWaiting,
                &[export::text(bucket)],
                shared,
            )?;
        }
        if is_waiting {
            let interval = limits.iter().filter_map(Limit::interval).min();
            self.set_bucket_timer(
                bucket,
                self.writer.now.plus(interval.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN)),
            );
        }
        Ok(())
    }

    /// Sets a timer to examine a bucket at that time. It commits with the hints for which it is set, so that a session
    /// which takes it sees them.
    pub fn set_bucket_timer(&self, bucket: &str, time: Timestamp) {
        let arguments = [export::text(bucket), spi::timestamp(time)];
        self.writer.session.write(Statement::LookAtBucket, &arguments);
    }

    /// Parks hints of a bucket, also those that no claim has examined.
    fn park_scope(&self, bucket: &str, scope: &StepNames) -> Result<(), TaskerError> {
        let (of_hints, of_shares, ids) = match scope {
            StepNames::Tasks(named_tasks) => {
                (Statement::ParkHintsOfTasks, Statement::ParkSharesOfTasks, named_tasks)
            }
            StepNames::Steps(named_steps) => {
                (Statement::ParkHintsOfSteps, Statement::ParkSharesOfSteps, named_steps)
            }
        };
        let arguments = [export::text(bucket), spi::integer_array(ids), PARKED_AT_ONCE.into()];
        if shares::are_used(self.writer.session) {
            self.writer.session.write(of_shares, &arguments);
        }
        self.move_hints(of_hints, &arguments)
    }

    /// Parks hints, and takes them away from where claims find them.
    fn move_hints(&self, statement: Statement, arguments: &[Datum]) -> Result<(), TaskerError> {
        let (mut steps, mut causes) = (Vec::new(), Vec::new());
        self.writer.session.write_returning(statement, arguments, |row| {
            steps.push(row.i64(0));
            causes.push(row.i64(1));
        })?;
        if !steps.is_empty() {
            self.writer
                .session
                .write(Statement::DropHints, &[spi::bigint_array(&steps), spi::bigint_array(&causes)]);
        }
        Ok(())
    }

    /// Returns the steps that a bucket is for; `None` for the bucket of a key, because only the contexts of the tasks
    /// show these steps.
    fn scope_of(&self, bucket: &str) -> Result<Option<StepNames>, TaskerError> {
        let Some((scope, name)) = bucket.split_once(':') else { return Ok(None) };
        let one = Some(spi::text_array(&[name.to_owned()]));
        let (statement, arguments): (_, &[Option<Datum>]) = match scope {
            "namespace" => (Statement::NamedTasks, &[one, None, None, None, None]),
            "task_name" => (Statement::NamedTasks, &[None, one, None, None, None]),
            "step_name" => (Statement::NamedSteps, &[one, None, None, None]),
            "dependent_system" => (Statement::NamedSteps, &[None, one, None, None]),
            _ => return Ok(None),
        };
        let mut ids = Vec::new();
        self.writer.session.write_optional(statement, arguments, |row| ids.push(row.i32(0)))?;
        let is_of_tasks = statement == Statement::NamedTasks;
        Ok(Some(if is_of_tasks { StepNames::Tasks(ids) } else { StepNames::Steps(ids) }))
    }
}
