//! Applies limits and pauses when steps are claimed.
//!
//! A step takes a slot in the bucket of each limit that applies to it. The slots of a bucket are divided into parts. A
//! claim locks the parts from which it takes slots with advisory locks, and never waits for them. Steps without a limit
//! take no lock at all, and a full bucket is found without a lock.

pub mod parked;

use crate::core::admission::{AdmissionResult, Buckets, Limits, Reservation, admit, enter};
use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::limits::{Bucket, Limit, Part, Rate, Slot};
use crate::core::steps::Step;
use crate::pg::datum::export;
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The answer of the limits to a claim.
#[derive(Default)]
pub struct LimitAnswer {
    /// True if there may be limits.
    pub is_limited: bool,
    /// The limits of the steps that the claim examines.
    pub limits: Rc<Limits>,
    /// The steps that may start.
    pub admitted: AdmissionResult,
    /// The use of each bucket before the claim.
    buckets: Buckets,
}

impl LimitAnswer {
    /// Returns whether a step may start.
    pub fn admits(&self, step: StepId) -> bool {
        !self.is_limited || self.admitted.admits(step)
    }
}

/// A request for locks in a bucket.
struct LockRequest {
    bucket: String,
    /// The number of parts of its slots; the claim needs any `enough` of them. 0 stands for the lock of its starts.
    parts: i32,
    enough: i32,
}

/// The slots of limits.
pub struct LimitSlots<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> LimitSlots<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Evaluates the limits for these steps, in this order, until `max_steps` of them may start; `limits` are those of
    /// all steps that the claim examines.
    pub fn admit(
        &self,
        limits: &Option<Rc<Limits>>,
        ready: &[&Step],
        max_steps: usize,
    ) -> Result<LimitAnswer, TaskerError> {
        let Some(limits) = limits else { return Ok(LimitAnswer::default()) };
        let steps: Vec<StepId> = ready.iter().map(|step| step.id).collect();
        let of_ready: BTreeMap<&String, Limit> = steps
            .iter()
            .filter_map(|step| limits.get(step))
            .flatten()
            .map(|(bucket, limit)| (bucket, *limit))
            .collect();
        let mut ours = BTreeMap::new();
        let wanted = of_ready.iter().flat_map(|(bucket, limit)| {
            let executions = max_steps.min(steps.len());
            let parts = wanted_parts(bucket, limit, limit.parts_for(executions));
            [Some(parts), wanted_starts(bucket, limit)]
        });
        self.lock_parts(&wanted.flatten().collect::<Vec<_>>(), &mut ours)?;
        let ask = |ours: &BTreeMap<String, Reservation>| -> Result<(Buckets, AdmissionResult), TaskerError> {
            let buckets = self.buckets(of_ready.keys().map(|bucket| (*bucket).clone()))?;
            let admitted = admit(&steps, max_steps, limits, buckets.clone(), ours, self.writer.now);
            Ok((buckets, admitted))
        };
        let (mut buckets, mut admitted) = ask(&ours)?;
        // The part that the claim has locked may be full while others are not.
        let wanted = admitted.busy.iter().filter_map(|bucket| {
            let limit = of_ready.get(bucket)?;
            Some(wanted_parts(bucket, limit, limit.parts()))
        });
        let wanted: Vec<LockRequest> = wanted.collect();
        if !wanted.is_empty() {
            self.lock_parts(&wanted, &mut ours)?;
            (buckets, admitted) = ask(&ours)?;
        }
        Ok(LimitAnswer { is_limited: true, limits: Rc::clone(limits), admitted, buckets })
    }

    /// Takes the slots of the claimed steps. A step that was admitted but is not claimed uses none.
    pub fn take_slots(&self, asked: &LimitAnswer, claimed: &[&Step]) {
        let (mut names, mut numbers, mut steps) = (Vec::new(), Vec::new(), Vec::new());
        let mut buckets = asked.buckets.clone();
        for step in claimed {
            let limits = asked.limits.get(&step.id).map_or(&[][..], Vec::as_slice);
            let places = asked.admitted.places.get(&step.id).map_or(&[][..], Vec::as_slice);
            enter(limits, places, &mut buckets, self.writer.now);
            for (name, Slot(number)) in places {
                names.push(name.clone());
                numbers.push(*number);
                steps.push(step.id.0);
            }
        }
        if steps.is_empty() {
            return;
        }
        let arguments = [spi::text_array(&names), spi::integer_array(&numbers), spi::bigint_array(&steps)];
        self.writer.session.write(Statement::PutHolds, &arguments);
        for (name, bucket) in buckets.iter().filter(|(name, bucket)| asked.buckets.get(*name) != Some(bucket))
        {
            if let Some(refilled_at) = bucket.refilled_at {
                let (tokens, refilled_at) = (spi::float8(bucket.tokens), spi::timestamp(refilled_at));
                self.writer.session.write(Statement::PutBucket, &[export::text(name), tokens, refilled_at]);
            }
        }
    }

    /// Returns the limits of steps; `None` if there are no limits at all, so that a claim skips them.
    pub fn limits_of(&self, steps: &[Step]) -> Result<Option<Rc<Limits>>, TaskerError> {
        if steps.is_empty() || self.writer.session.is_surely_empty(LookUp::Limits) {
            return Ok(None);
        }
        let ids: Vec<i64> = steps.iter().map(|step| step.id.0).collect();
        let mut limits = Limits::new();
        self.writer.session.write_returning(
            Statement::BucketsOfSteps,
            &[spi::bigint_array(&ids)],
            |row| {
                limits
                    .entry(StepId(row.i64(0)))
                    .or_default()
                    .push((row.text(1, str::to_owned), limit(row, 2)));
            },
        )?;
        Ok(Some(Rc::new(limits)))
    }

    /// Locks the wanted parts of buckets that no other session holds.
    fn lock_parts(
        &self,
        wanted: &[LockRequest],
        ours: &mut BTreeMap<String, Reservation>,
    ) -> Result<(), TaskerError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = wanted.iter().map(|wanted| wanted.bucket.clone()).collect();
        let parts: Vec<i32> = wanted.iter().map(|wanted| wanted.parts).collect();
        let enough: Vec<i32> = wanted.iter().map(|wanted| wanted.enough).collect();
        // SAFETY: a backend-local variable.
        let first = unsafe { pg_sys::MyProcPid };
        let class = self.writer.installation.schema.to_u32() as i32;
        let arguments = [
            spi::text_array(&names),
            spi::integer_array(&parts),
            spi::integer_array(&enough),
            first.into(),
            class.into(),
        ];
        self.writer.session.write_returning(Statement::LockParts, &arguments, |row| {
            let ours = ours.entry(row.text(0, str::to_owned)).or_default();
            match row.optional_i32(1) {
                Some(part) => _ = ours.parts.insert(Part(part)),
                None => ours.starts = true,
            }
        })
    }

    /// Returns the use of these buckets in a fresh snapshot: a claim that has locked parts sees all slots that are
    /// taken in them.
    pub fn buckets(&self, names: impl Iterator<Item = String>) -> Result<Buckets, TaskerError> {
        let mut buckets = Buckets::new();
        let names: Vec<String> = names.collect();
        self.writer.session.write_returning(Statement::Buckets, &[spi::text_array(&names)], |row| {
            let taken = row.i64_array(1, |places| places.iter().map(|place| Slot(*place as i32)).collect());
            let refilled_at = row.optional_timestamp(3);
            let tokens = if refilled_at.is_some() { row.f64(2) } else { 0.0 };
            buckets.insert(row.text(0, str::to_owned), Bucket { taken, tokens, refilled_at });
        })?;
        Ok(buckets)
    }
}

fn wanted_parts(bucket: &str, limit: &Limit, enough: i32) -> LockRequest {
    LockRequest { bucket: bucket.to_owned(), parts: limit.parts(), enough }
}

fn wanted_starts(bucket: &str, limit: &Limit) -> Option<LockRequest> {
    limit.rate.map(|_| LockRequest { bucket: bucket.to_owned(), parts: 0, enough: 1 })
}

/// Returns the limit in the columns of a row from the `first` on.
pub fn limit(row: &spi::Row, first: usize) -> Limit {
    let rate = row
        .optional_i32(first + 1)
        .zip(row.value(first + 2))
        .map(|(max_starts, per)| Rate { max_starts, per: spi::interval_of(per) });
    Limit { max_running: row.optional_i32(first), rate, is_paused: row.bool(first + 3) }
}
