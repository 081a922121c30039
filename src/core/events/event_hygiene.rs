//! What the payload of an event may show: sensitive members are masked, and long ones are left out.

use crate::core::config::EventSettings;
use crate::core::event_pattern::EventPattern;
use crate::core::ids::TaskId;
use serde_json::Value;

/// The name of the member that lists what was left out.
pub const OMITTED: &str = "omitted";

/// The members that are never left out.
const ALWAYS_SHOWN: [&str; 4] = ["event_type", "timestamp", "task_id", "step_id"];

/// The largest number of names in `omitted`.
const MOST_NAMES: usize = 100;

/// The length of what stands around the name and the value of a member: two quotes, a colon, a comma.
const SEPARATORS: usize = 4;

/// The rules for payloads.
#[derive(Clone, Debug)]
pub struct Hygiene {
    /// Parts of the names of sensitive members, in lower case.
    filters: Vec<String>,
    mask: String,
    most_bytes: usize,
    sampling_rate: f64,
    unwanted: Vec<EventPattern>,
}

impl Hygiene {
    /// Takes the rules of the configuration.
    pub fn of(settings: &EventSettings) -> Self {
        Self {
            filters: settings.filter_parameters.iter().map(|part| part.to_lowercase()).collect(),
            mask: settings.filter_mask.clone(),
            most_bytes: usize::try_from(settings.max_payload_bytes).unwrap_or(usize::MAX),
            sampling_rate: settings.sampling_rate,
            unwanted: settings.filtered_events.iter().filter_map(|pattern| pattern.parse().ok()).collect(),
        }
    }

    /// Returns whether consumers get an event. Of a task, they get all events or none.
    pub fn delivers(&self, event: &str, task: Option<TaskId>) -> bool {
        let is_sampled = || task.is_none_or(|task| share(task) < self.sampling_rate);
        !self.unwanted.iter().any(|pattern| pattern.matches(event)) && is_sampled()
    }

    /// Masks the sensitive members of a payload at any depth, and leaves out one member that was too long to be read
    /// (`unread`) and the longest others until it is short enough; `omitted` names these. What says which event it is
    /// stays.
    ///
    /// # Complexity
    /// O(length of the payload), and O(n log n) for n members.
    pub fn clean(&self, payload: &mut Value, unread: Option<String>) {
        self.mask(payload);
        let Value::Object(members) = payload else { return };
        let mut omitted: Vec<String> = unread.into_iter().collect();
        omitted.iter().for_each(|name| _ = members.remove(name));
        let mut lengths: Vec<(String, usize)> = members
            .iter()
            .map(|(name, member)| (name.clone(), name.len() + length(member) + SEPARATORS))
            .collect();
        let mut total: usize = lengths.iter().map(|(_, length)| length).sum();
        lengths.retain(|(name, _)| !ALWAYS_SHOWN.contains(&name.as_str()));
        lengths.sort_by(|(one, length), (other, than)| than.cmp(length).then_with(|| one.cmp(other)));
        for (name, length) in lengths {
            if total <= self.most_bytes {
                break;
            }
            members.remove(&name);
            total -= length;
            if omitted.len() < MOST_NAMES {
                total += name.len() + SEPARATORS;
                omitted.push(name);
            }
        }
        if !omitted.is_empty() {
            members.insert(OMITTED.to_owned(), omitted.into());
        }
    }

    fn mask(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    let name = name.to_lowercase();
                    if !member.is_null() && self.filters.iter().any(|part| name.contains(part)) {
                        *member = self.mask.clone().into();
                    } else {
                        self.mask(member);
                    }
                }
            }
            Value::Array(elements) => elements.iter_mut().for_each(|element| self.mask(element)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn length(value: &Value) -> usize {
    value.to_string().len()
}

/// Spreads tasks evenly from 0 to 1.
fn share(task: TaskId) -> f64 {
    // The multiplier is 2 to the power of 64, divided by the golden ratio; 53 bits fit into a double precision.
    let spread = task.0.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (spread >> 11) as f64 / (1_u64 << 53) as f64
}
