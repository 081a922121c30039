//! Which steps of a claim the limits let start.

use super::ids::StepId;
use super::limits::{Admission, Bucket, Limit, Part, Place, ask, free_place, take};
use super::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The limits that apply to each step, with the names of their buckets.
pub type Limits = HashMap<StepId, Vec<(String, Limit)>>;

/// What is used of buckets, by their names.
pub type Buckets = BTreeMap<String, Bucket>;

/// What a claim has of a bucket for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ours {
    /// Parts of its places.
    pub parts: BTreeSet<Part>,
    /// Its starts, which are counted one after the other.
    pub starts: bool,
}

/// A step that a limit holds up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldUp {
    /// Which step.
    pub step: StepId,
    /// The bucket of the limit.
    pub bucket: String,
    /// Until when.
    pub admission: Admission,
}

/// What the limits say to the steps of a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// The places of those that may start, one in each of their buckets. Who is neither here nor held up is left to another
    /// claim: somebody is taking the places of his buckets, or enough others may start.
    pub places: HashMap<StepId, Vec<(String, Place)>>,
    /// Those that have to stand aside.
    pub held_up: Vec<HeldUp>,
    /// The buckets that others are at.
    pub busy: BTreeSet<String>,
}

impl Admitted {
    /// Whether a step may start.
    pub fn admits(&self, step: StepId) -> bool {
        self.places.contains_key(&step)
    }

    /// The buckets that hold steps up.
    pub fn closed(&self) -> BTreeSet<&str> {
        self.held_up.iter().map(|held_up| held_up.bucket.as_str()).collect()
    }
}

/// Asks the limits whether these steps may start, in this order, up to `max_steps` of them.
///
/// Nothing has to be ours for a step to be held up: what others are taking meanwhile only leaves less.
pub fn admit(
    steps: &[StepId],
    max_steps: usize,
    limits: &Limits,
    mut buckets: Buckets,
    ours: &BTreeMap<String, Ours>,
    now: Timestamp,
) -> Admitted {
    let mut admitted = Admitted::default();
    for step in steps {
        let limits = limits.get(step).map_or(&[][..], Vec::as_slice);
        let refusal = limits.iter().find_map(|(name, limit)| {
            let admission = ask(limit, buckets.get(name)?, now);
            (admission != Admission::Granted).then_some((name, admission))
        });
        if let Some((bucket, admission)) = refusal {
            admitted.held_up.push(HeldUp { step: *step, bucket: bucket.clone(), admission });
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

/// A step has got its places.
pub fn enter(limits: &[(String, Limit)], places: &[(String, Place)], buckets: &mut Buckets, now: Timestamp) {
    for ((name, limit), (_, place)) in limits.iter().zip(places) {
        if let Some(bucket) = buckets.get_mut(name) {
            take(limit, bucket, *place, now);
        }
    }
}

/// The place that a step may take of what is ours.
fn place_in(limit: &Limit, bucket: Option<&Bucket>, ours: Option<&Ours>) -> Option<Place> {
    let (bucket, ours) = (bucket?, ours?);
    if limit.rate.is_some() && !ours.starts {
        return None;
    }
    free_place(limit, bucket, |part| ours.parts.contains(&part))
}
