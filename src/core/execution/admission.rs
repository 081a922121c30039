//! Decides which of a claim's ready steps may start under the limits.

use crate::core::ids::StepId;
use crate::core::limits::{Admission, Bucket, Limit, Part, Slot, ask, free_place, take};
use crate::core::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The limits that apply to each step, with the names of their buckets.
pub type Limits = HashMap<StepId, Vec<(String, Limit)>>;

/// The used slots and starts of buckets, by bucket name.
pub type Buckets = BTreeMap<String, Bucket>;

/// The part of a bucket that a claim has reserved for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reservation {
    /// The reserved parts of the slots.
    pub parts: BTreeSet<Part>,
    /// Whether the claim has reserved the starts, which one claim at a time counts.
    pub starts: bool,
}

/// A step that a limit delays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The delayed step.
    pub step: StepId,
    /// The bucket of the limit.
    pub bucket: String,
    /// The answer of the limit: until when the step must wait.
    pub admission: Admission,
}

/// The decision of the limits about the steps of a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdmissionResult {
    /// The slots of the steps that may start, one in each of their buckets. A step that is neither here nor held up is
    /// left to another claim: a concurrent claim is taking slots of its buckets, or enough other steps may start.
    pub places: HashMap<StepId, Vec<(String, Slot)>>,
    /// The steps that a limit delays.
    pub held_up: Vec<Rejection>,
    /// The buckets whose slots other claims are taking.
    pub busy: BTreeSet<String>,
}

impl AdmissionResult {
    /// Returns whether a step may start.
    pub fn admits(&self, step: StepId) -> bool {
        self.places.contains_key(&step)
    }

    /// Returns the buckets that delay steps.
    pub fn closed(&self) -> BTreeSet<&str> {
        self.held_up.iter().map(|held_up| held_up.bucket.as_str()).collect()
    }
}

/// Decides under the limits which of these steps may start, in this order, up to `max_steps` of them.
///
/// A claim needs no reservation to see that a limit is reached: concurrent claims only leave less capacity.
pub fn admit(
    steps: &[StepId],
    max_steps: usize,
    limits: &Limits,
    mut buckets: Buckets,
    ours: &BTreeMap<String, Reservation>,
    now: Timestamp,
) -> AdmissionResult {
    let mut admitted = AdmissionResult::default();
    for step in steps {
        let limits = limits.get(step).map_or(&[][..], Vec::as_slice);
        let refusal = limits.iter().find_map(|(name, limit)| {
            let admission = ask(limit, buckets.get(name)?, now);
            (admission != Admission::Granted).then_some((name, admission))
        });
        if let Some((bucket, admission)) = refusal {
            admitted.held_up.push(Rejection { step: *step, bucket: bucket.clone(), admission });
            continue;
        }
        if admitted.places.len() >= max_steps {
            continue;
        }
        let mut places = Vec::with_capacity(limits.len());
        for (name, limit) in limits {
            match place_in(limit, buckets.get(name), ours.get(name)) {
                Some(place) => places.push((name.clone(), place)),
                None => _ = admitted.busy.insert(name.clone()),
            }
        }
        if places.len() == limits.len() {
            enter(limits, &places, &mut buckets, now);
            admitted.places.insert(*step, places);
        }
    }
    admitted
}

/// Records that a step has got its slots.
pub fn enter(limits: &[(String, Limit)], places: &[(String, Slot)], buckets: &mut Buckets, now: Timestamp) {
    for ((name, limit), (_, place)) in limits.iter().zip(places) {
        if let Some(bucket) = buckets.get_mut(name) {
            take(limit, bucket, *place, now);
        }
    }
}

/// The slot that a step may take among the reserved ones.
fn place_in(limit: &Limit, bucket: Option<&Bucket>, ours: Option<&Reservation>) -> Option<Slot> {
    let (bucket, ours) = (bucket?, ours?);
    if limit.rate.is_some() && !ours.starts {
        return None;
    }
    free_place(limit, bucket, |part| ours.parts.contains(&part))
}
