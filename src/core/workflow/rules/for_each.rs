//! Maps: a step that has a copy for each element of a list in the results of one of its parents.
//!
//! No worker executes the mapped step itself. After its join and its conditions, the database adds the copies: steps of
//! the same name, each with one element in its inputs. Each copy depends on the parent with the list, and the mapped
//! step depends on all copies. So everything that depends on the mapped step waits for all of them. The mapped step is
//! complete when its copies have ended as the map's own join requires; its results are the list of theirs.

use super::definition::{ForEach, RuleFields};
use super::{Join, JoinState, ParentCount, ParentOutcome, Rule, RuleState, Wait};
use crate::core::wording::{described, question};
use serde_json::{Map, Value, json};

const KEYS: [&str; 4] = ["step", "path", "max", "join"];
/// The path to the results themselves.
const WHOLE: &str = "$";
const DEFAULT_MAX: u32 = 1_000;
/// The highest number of copies. One transaction adds them all.
pub const HIGHEST_MAX: u32 = 10_000;
/// The key in the inputs of a copy under which its element is.
pub const INPUT: &str = "for_each";

impl ForEach {
    /// The normal form.
    pub(super) fn to_json(&self) -> Value {
        let mut members = Map::new();
        members.insert("step".to_owned(), json!(self.step));
        members.insert("path".to_owned(), json!(self.path));
        members.insert("max".to_owned(), json!(self.max));
        members.extend(self.join.to_json().map(|join| ("join".to_owned(), join)));
        Value::Object(members)
    }

    /// Returns why a list of this length cannot be mapped; `None` if it can.
    pub fn refusal(&self, length: usize) -> Option<String> {
        let (step, path) = (&self.step, &self.path);
        if length > self.max as usize {
            return Some(format!(
                "the list in the results of \"{step}\" ({path}) has more than {} elements",
                self.max
            ));
        }
        if length > 0 && self.join.standing(&vec![None; length]) == JoinState::Unsatisfiable {
            return Some(format!(
                "the list in the results of \"{step}\" ({path}) has too few elements for its join: {length}"
            ));
        }
        None
    }
}

impl RuleState {
    /// Returns the outcomes of the copies of a mapped step; `None` if there are none.
    pub fn copies(&self) -> Option<Vec<Option<ParentOutcome>>> {
        self.rule.for_each.as_ref().filter(|_| self.are_copies.contains(&true))?;
        let copies = self.parents.iter().zip(&self.are_copies).filter(|(_, is_copy)| **is_copy);
        Some(copies.map(|(outcome, _)| *outcome).collect())
    }

    /// Returns whether the step is a mapped one that waits for all of its copies, as the engine's steps do for their
    /// parents. Its copies are then its last parents.
    pub fn needs_all_copies(&self) -> bool {
        let map = self.rule.for_each.as_ref().filter(|_| self.decided_at.is_some());
        map.is_some_and(|map| map.join == Join::Engine)
    }

    /// Returns the join that the step waits for: that over its parents, or that over its copies; `None` if it waits for
    /// neither any more.
    pub fn open_join(&self) -> Option<&Join> {
        match (self.decided_at, &self.rule.for_each) {
            (None, _) => Some(&self.rule.join),
            (Some(_), Some(map)) => Some(&map.join),
            (Some(_), None) => None,
        }
    }

    /// Returns whether the open join counts the parent at this place.
    pub fn counts(&self, place: usize) -> bool {
        self.decided_at.is_none() || self.are_copies.get(place).copied().unwrap_or(false)
    }
}

impl RuleFields<'_> {
    /// Reads the list with a copy of the step for each element.
    pub(super) fn for_each(&mut self, map: &Value) -> Option<ForEach> {
        let Value::Object(members) = map else {
            self.wrong("for_each", format!("must be a json object, not {}", described(map)));
            return None;
        };
        for name in members.keys().filter(|name| !KEYS.contains(&name.as_str())) {
            self.unknown("for_each", name, &KEYS);
        }
        let given = |name: &str| members.get(name).filter(|value| !value.is_null());
        let step = match given("step") {
            Some(Value::String(step)) => {
                if !self.parents.contains(step) {
                    let meant = question(step, self.parents.iter().map(String::as_str));
                    self.wrong("for_each.step", format!("the step does not depend on \"{step}\"{meant}"));
                }
                Some(step.clone())
            }
            other => {
                let found = described(other.unwrap_or(&Value::Null));
                self.wrong("for_each.step", format!("must be the name of a parent, not {found}"));
                None
            }
        };
        let path = match given("path") {
            None => WHOLE.to_owned(),
            Some(Value::String(path)) => path.clone(),
            Some(other) => {
                self.wrong("for_each.path", format!("must be a jsonpath, not {}", described(other)));
                WHOLE.to_owned()
            }
        };
        let max = match given("max") {
            None => DEFAULT_MAX,
            Some(max) => match max.as_u64().and_then(|max| u32::try_from(max).ok()) {
                Some(max) if (1..=HIGHEST_MAX).contains(&max) => max,
                _ => {
                    let (most, found) = (HIGHEST_MAX, described(max));
                    let message = format!("must be a whole number from 1 to {most}, not {found}");
                    self.wrong("for_each.max", message);
                    DEFAULT_MAX
                }
            },
        };
        let join = given("join").map_or(Join::Engine, |join| self.join("for_each.join", join, usize::MAX));
        Some(ForEach { step: step?, path, max, join })
    }

    /// Checks what a map requires of the other fields.
    pub(super) fn check_map(&mut self, rule: &Rule) {
        if matches!(rule.wait, Some(Wait::Signal { .. } | Wait::Seconds(_) | Wait::Until(_) | Wait::Task(_)))
        {
            self.wrong("for_each", "cannot be combined with wait".to_owned());
        }
        if matches!(rule.join, Join::Reached { least: ParentCount::Of(_), .. }) {
            let message = "must be all or none_failed with for_each, so that all parents have ended; \
                           for_each.join is the one over the copies";
            self.wrong("join", message.to_owned());
        }
    }
}
