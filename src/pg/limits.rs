//! Limits and pauses, kept to when steps are claimed.
//!
//! A step takes a place in the bucket of each limit that applies to it. Claims of the same bucket take turns by an
//! advisory lock that none of them waits for; steps without a limit take no lock at all. What a limit holds up stands
//! aside until a place is free: the end of an execution lets one more in, and a timer looks whether that was missed.

use super::claims::distinct;
use super::export;
use super::queue;
use super::spi::{self, Session, Statement};
use super::writer::Writer;
use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::limits::{Admission, Bucket, Limit, Rate, ask, take};
use crate::core::steps::Step;
use crate::core::time::Duration;
use std::collections::{BTreeMap, HashMap, HashSet};

/// After so long somebody looks whether a free place was missed.
const LOOK_AGAIN: Duration = Duration::seconds(5);

/// What the limits say to the steps of a claim.
#[derive(Default)]
pub struct Admitted {
    /// What will have been used of each bucket.
    buckets: BTreeMap<String, Bucket>,
    /// The places that each step takes.
    places: HashMap<StepId, Vec<String>>,
    /// Steps that a limit holds up, with its bucket.
    held_up: Vec<(StepId, String, Admission)>,
    /// Steps whose bucket somebody else is looking at.
    busy: HashSet<StepId>,
}

impl Admitted {
    /// Whether a step may start.
    pub fn admits(&self, step: StepId) -> bool {
        !self.busy.contains(&step) && !self.held_up.iter().any(|(held_up, ..)| *held_up == step)
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
        let mut is_limited = false;
        self.session.write_returning(Statement::AnyLimit, &[], |row| is_limited = row.bool(0))?;
        if !is_limited || steps.is_empty() {
            return Ok(admitted);
        }
        let applying = self.limits_of(steps)?;
        let wanted: Vec<String> = {
            let mut names: Vec<String> =
                applying.values().flatten().map(|(bucket, _)| bucket.clone()).collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        admitted.buckets = self.locked_buckets(&wanted)?;
        let mut started = 0;
        for step in steps {
            let Some(limits) = applying.get(&step.id) else {
                started += 1;
                continue;
            };
            if limits.iter().any(|(bucket, _)| !admitted.buckets.contains_key(bucket)) {
                admitted.busy.insert(step.id);
                continue;
            }
            let refusal = limits.iter().find_map(|(name, limit)| {
                let bucket = admitted.buckets.get(name)?;
                Some((name, ask(limit, bucket, self.now)))
                    .filter(|(_, admission)| *admission != Admission::Granted)
            });
            match refusal {
                Some((bucket, admission)) => {
                    admitted.held_up.push((step.id, bucket.clone(), admission));
                }
                None if started < max_steps => {
                    started += 1;
                    for (name, limit) in limits {
                        if let Some(bucket) = admitted.buckets.get_mut(name) {
                            *bucket = take(limit, bucket, self.now);
                        }
                    }
                    admitted
                        .places
                        .insert(step.id, limits.iter().map(|(bucket, _)| bucket.clone()).collect());
                }
                None => _ = admitted.busy.insert(step.id),
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

    /// The steps that were claimed take their places.
    pub fn hold(&self, admitted: &Admitted, claimed: &[&Step]) {
        let (mut buckets, mut steps) = (Vec::new(), Vec::new());
        for step in claimed {
            for bucket in admitted.places.get(&step.id).into_iter().flatten() {
                buckets.push(bucket.clone());
                steps.push(step.id.0);
            }
        }
        if steps.is_empty() {
            return;
        }
        self.session.write(Statement::PutHolds, &[spi::text_array(&buckets), spi::bigint_array(&steps)]);
        let used: HashSet<&String> = buckets.iter().collect();
        for (name, bucket) in admitted.buckets.iter().filter(|(name, _)| used.contains(name)) {
            self.session.write(
                Statement::PutBucket,
                &[export::text(name), spi::float8(bucket.tokens), spi::timestamp(self.now)],
            );
        }
    }

    /// Looks at a bucket whose time has come: those that it holds up may try again.
    pub fn recover_bucket(&self, bucket: &str) -> Result<(), TaskerError> {
        unpark(self.session, bucket, 10);
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
    fn locked_buckets(&self, wanted: &[String]) -> Result<BTreeMap<String, Bucket>, TaskerError> {
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

/// An execution has ended: its places are free, and each lets one more in.
pub fn end_holds(session: &Session, step: StepId) -> Result<(), TaskerError> {
    let mut freed = Vec::new();
    session.write_returning(Statement::EndHolds, &[spi::bigint(step.0)], |row| {
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
