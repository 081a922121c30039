//! Limits and pauses, kept to when steps are claimed.
//!
//! A step takes a place in the bucket of each limit that applies to it. Claims of the same bucket take turns by an
//! advisory lock that none of them waits for; steps without a limit take no lock at all. What a limit holds up stands
//! aside until a place is free: the end of an execution lets one more in, and a timer looks whether that was missed.

use super::claims::distinct;
use super::export;
use super::queue;
use super::spi::{self, LookUp, Session, Statement};
use super::writer::Writer;
use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::limits::{Admission, Bucket, Limit, Rate, ask, take};
use crate::core::steps::Step;
use crate::core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// After so long somebody looks whether a free place was missed.
const LOOK_AGAIN: Duration = Duration::seconds(5);

/// When a time comes, so many of those that a bucket holds up may try again at once; the others after the next look.
const TRY_AGAIN: i32 = 10;

/// What is used of buckets, by their names.
type Buckets = BTreeMap<String, Bucket>;

/// What the limits say to the steps of a claim.
#[derive(Default)]
pub struct Admitted {
    /// Whether there may be any.
    pub is_limited: bool,
    /// What is used of each bucket that we have locked.
    buckets: Buckets,
    /// The limits that apply to each step, with their buckets.
    limits: HashMap<StepId, Vec<(String, Limit)>>,
    /// Steps that a limit holds up, with its bucket.
    held_up: Vec<(StepId, String, Admission)>,
    /// Steps left to another claim: somebody else is looking at their bucket, or enough of the others may start.
    passed_over: HashSet<StepId>,
}

impl Admitted {
    /// Whether a step may start.
    pub fn admits(&self, step: StepId) -> bool {
        !self.passed_over.contains(&step) && !self.held_up.iter().any(|(held_up, ..)| *held_up == step)
    }

    /// The steps that stand aside.
    pub fn held_up(&self) -> impl Iterator<Item = StepId> + '_ {
        self.held_up.iter().map(|(step, ..)| *step)
    }
}

impl Writer<'_> {
    /// Asks the limits whether these steps may start, in this order, up to `max_steps` of them.
    pub fn admit(&self, steps: &[&Step], max_steps: usize) -> Result<Admitted, TaskerError> {
        let mut admitted = Admitted::default();
        // Without limits a claim asks no further.
        if steps.is_empty() || self.session.is_surely_empty(LookUp::Limits) {
            return Ok(admitted);
        }
        admitted.is_limited = true;
        admitted.limits = self.limits_of(steps)?;
        let wanted: BTreeSet<&String> = admitted.limits.values().flatten().map(|(name, _)| name).collect();
        admitted.buckets = self.locked_buckets(&wanted.into_iter().cloned().collect::<Vec<_>>())?;
        let mut buckets = admitted.buckets.clone();
        let mut started = 0;
        for step in steps {
            let Some(limits) = admitted.limits.get(&step.id) else {
                started += 1;
                continue;
            };
            if limits.iter().any(|(bucket, _)| !buckets.contains_key(bucket)) {
                admitted.passed_over.insert(step.id);
                continue;
            }
            let refusal = limits.iter().find_map(|(name, limit)| {
                let bucket = buckets.get(name)?;
                Some((name, ask(limit, bucket, self.now)))
                    .filter(|(_, admission)| *admission != Admission::Granted)
            });
            match refusal {
                Some((bucket, admission)) => {
                    admitted.held_up.push((step.id, bucket.clone(), admission));
                }
                None if started < max_steps => {
                    started += 1;
                    self.take_places(limits, &mut buckets);
                }
                None => _ = admitted.passed_over.insert(step.id),
            }
        }
        Ok(admitted)
    }

    /// Lets the hints at held-up steps stand aside.
    pub fn park(&self, admitted: &Admitted) -> Result<(), TaskerError> {
        if admitted.held_up.is_empty() {
            return Ok(());
        }
        let buckets: Vec<String> = admitted.held_up.iter().map(|(_, bucket, _)| bucket.clone()).collect();
        let steps: Vec<i64> = admitted.held_up().map(|step| step.0).collect();
        self.session.write(Statement::ParkHints, &[spi::text_array(&buckets), spi::bigint_array(&steps)]);
        let mut seen = HashSet::new();
        for (_, bucket, admission) in &admitted.held_up {
            if !seen.insert(bucket) {
                continue;
            }
            match admission {
                Admission::NotBefore(time) => queue::look_at_bucket(self.session, bucket, *time),
                Admission::NotYet | Admission::Granted => self.look_again_at(bucket),
            }
        }
        Ok(())
    }

    /// The steps that were claimed take their places; what was admitted and not claimed has used nothing.
    pub fn hold(&self, admitted: &Admitted, claimed: &[&Step]) {
        let (mut names, mut steps) = (Vec::new(), Vec::new());
        let mut buckets = admitted.buckets.clone();
        for step in claimed {
            let limits = admitted.limits.get(&step.id).map_or(&[][..], Vec::as_slice);
            self.take_places(limits, &mut buckets);
            for (name, _) in limits {
                names.push(name.clone());
                steps.push(step.id.0);
            }
        }
        if steps.is_empty() {
            return;
        }
        self.session.write(Statement::PutHolds, &[spi::text_array(&names), spi::bigint_array(&steps)]);
        let used: HashSet<&String> = names.iter().collect();
        for (name, bucket) in buckets.iter().filter(|(name, _)| used.contains(name)) {
            self.session.write(
                Statement::PutBucket,
                &[export::text(name), spi::float8(bucket.tokens), spi::timestamp(self.now)],
            );
        }
    }

    /// One step takes its places.
    fn take_places(&self, limits: &[(String, Limit)], buckets: &mut Buckets) {
        for (name, limit) in limits {
            if let Some(bucket) = buckets.get_mut(name) {
                *bucket = take(limit, bucket, self.now);
            }
        }
    }

    /// Looks at a bucket whose time has come: those that it holds up may try again.
    pub fn recover_bucket(&self, bucket: &str) -> Result<(), TaskerError> {
        unpark(self.session, bucket, TRY_AGAIN);
        let mut is_waiting = false;
        self.session
            .write_returning(Statement::ParkedIn, &[export::text(bucket)], |row| is_waiting = row.bool(0))?;
        if is_waiting {
            self.look_again_at(bucket);
        }
        Ok(())
    }

    fn look_again_at(&self, bucket: &str) {
        let time = self.now.plus(LOOK_AGAIN);
        self.session.write(Statement::LookAtBucket, &[export::text(bucket), spi::timestamp(time)]);
    }

    fn limits_of(&self, steps: &[&Step]) -> Result<HashMap<StepId, Vec<(String, Limit)>>, TaskerError> {
        let ids = distinct(steps.iter().map(|step| step.id.0));
        let mut limits: HashMap<StepId, Vec<(String, Limit)>> = HashMap::new();
        self.session.write_returning(Statement::BucketsOfSteps, &[spi::bigint_array(&ids)], |row| {
            let rate = row
                .optional_i32(3)
                .zip(row.value(4))
                .map(|(max_starts, per)| Rate { max_starts, per: spi::interval_of(per) });
            let limit = Limit { max_running: row.optional_i32(2), rate, is_paused: row.bool(5) };
            limits.entry(StepId(row.i64(0))).or_default().push((row.text(1, str::to_owned), limit));
        })?;
        Ok(limits)
    }

    /// The buckets that nobody else is looking at, with what is used of them, as of after they were locked.
    fn locked_buckets(&self, wanted: &[String]) -> Result<Buckets, TaskerError> {
        let mut locked = Vec::new();
        let class = self.installation.schema.to_u32() as i32;
        self.session.write_returning(
            Statement::LockBuckets,
            &[spi::text_array(wanted), class.into()],
            |row| locked.push(row.text(0, str::to_owned)),
        )?;
        let mut buckets = BTreeMap::new();
        self.session.write_returning(Statement::Buckets, &[spi::text_array(&locked)], |row| {
            let bucket =
                Bucket { running: row.i64(1), tokens: row.f64(2), refilled_at: row.optional_timestamp(3) };
            buckets.insert(row.text(0, str::to_owned), bucket);
        })?;
        Ok(buckets)
    }
}

/// Executions have ended: their places are free, and each lets one more in.
pub fn end_holds(session: &Session, steps: &[i64]) -> Result<(), TaskerError> {
    if session.is_surely_empty(LookUp::Holds) {
        return Ok(());
    }
    let mut freed = Vec::new();
    session.write_returning(Statement::EndHolds, &[spi::bigint_array(steps)], |row| {
        freed.push(row.text(0, str::to_owned));
    })?;
    for bucket in freed {
        unpark(session, &bucket, 1);
    }
    Ok(())
}

fn unpark(session: &Session, bucket: &str, at_most: i32) {
    session.write(Statement::UnparkHints, &[export::text(bucket), at_most.into()]);
}
