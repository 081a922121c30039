//! Reads and writes rules: the fields `join`, `when`, `wait`, `subtask` and `for_each` of a step.

use super::ParentOutcome;
use crate::core::ids::TaskId;
use crate::core::template::TaskRequest;
use crate::core::time::Timestamp;
use crate::core::wording::{described, question};
use serde_json::{Map, Value, json};

/// The rule of a step. Its JSON is the normal form, which reads as the same rule again.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The required ends of the parents.
    pub join: Join,
    /// The conditions on the results of the parents.
    pub when: Vec<Condition>,
    /// The wait that replaces a worker, after join and conditions; that of each copy, if there is a map.
    pub wait: Option<Wait>,
    /// The list with a copy of the step for each element.
    pub for_each: Option<ForEach>,
}

/// The required ends of a step's parents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Join {
    /// All parents are complete, skipped or resolved: the engine's rule.
    Engine,
    /// Enough parents with one of these outcomes.
    Reached {
        /// The number of parents.
        least: ParentCount,
        /// The outcomes that count.
        over: Vec<ParentOutcome>,
    },
    /// All parents have ended, and none has failed.
    NoneFailed,
}

/// A number of parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParentCount {
    /// All parents.
    All,
    /// A fixed number of parents.
    Of(u32),
}

/// A condition on the results of a parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The name of the parent.
    pub parent: String,
    /// A predicate in PostgreSQL's jsonpath.
    pub path: String,
}

/// The list of a map, and what the step waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForEach {
    /// The name of the parent with the list in its results.
    pub step: String,
    /// A jsonpath to the list.
    pub path: String,
    /// The highest number of elements.
    pub max: u32,
    /// The required ends of the copies.
    pub join: Join,
}

/// The wait of a step that no worker executes.
#[derive(Clone, Debug, PartialEq)]
pub enum Wait {
    /// A signal, for so many seconds at most.
    Signal {
        /// The name of the signal.
        name: String,
        /// The longest wait.
        seconds: Option<u32>,
    },
    /// A number of seconds.
    Seconds(u32),
    /// A time.
    Until(Timestamp),
    /// A task.
    Task(TaskId),
    /// A task of its own, created from this request.
    Subtask(Value),
}

/// The fields of a step that make up its rule.
pub const FIELDS: [&str; 5] = ["join", "when", "wait", "subtask", "for_each"];
/// The default outcomes of a join: those that the engine takes for finished.
const FINISHED: [ParentOutcome; 3] =
    [ParentOutcome::Complete, ParentOutcome::Skipped, ParentOutcome::Resolved];
const LONGEST_SIGNAL: usize = 128;

/// Reads the rule of a step from its fields; `None` for a step without a rule. `parents`: the names that it depends on;
/// `total_parents`: the number of all parents. Problems go to `problem`, with the path below the step.
///
/// # Complexity
/// O(length of the fields + parents for each condition).
pub fn parse(
    fields: &Map<String, Value>,
    parents: &[String],
    total_parents: usize,
    problem: &mut dyn FnMut(String, String),
) -> Option<Rule> {
    let given = |name: &str| fields.get(name).filter(|value| !value.is_null());
    let mut reading = RuleFields { parents, problem };
    let rule = Rule {
        join: given("join").map_or(Join::Engine, |join| reading.join("join", join, total_parents)),
        when: given("when").map_or_else(Vec::new, |when| reading.when(when)),
        wait: match (given("wait"), given("subtask")) {
            (Some(_), Some(_)) => {
                reading.wrong("subtask", "cannot be combined with wait".to_owned());
                None
            }
            (Some(wait), None) => reading.wait(wait),
            (None, Some(subtask)) => reading.subtask(subtask),
            (None, None) => None,
        },
        for_each: given("for_each").and_then(|map| reading.for_each(map)),
    };
    if rule.for_each.is_some() {
        reading.check_map(&rule);
    }
    (rule != Rule::ENGINE).then_some(rule)
}

/// The jsonpath predicates of a step, right or wrong, each with the name of the parent that it is about.
pub fn condition_paths(step: &Value) -> impl Iterator<Item = (&str, &str)> {
    let members = step.get("when").and_then(Value::as_object).into_iter().flatten();
    members.filter_map(|(parent, path)| Some((parent.as_str(), path.as_str()?)))
}

impl Default for Rule {
    fn default() -> Self {
        Self::ENGINE
    }
}

impl Rule {
    /// The rule that applies to a step without a rule.
    const ENGINE: Self = Self { join: Join::Engine, when: Vec::new(), wait: None, for_each: None };

    /// Returns whether nothing follows the join: neither conditions nor a wait.
    pub fn begins_at_once(&self) -> bool {
        self.when.is_empty() && self.wait.is_none() && self.for_each.is_none()
    }

    /// The rule of the copies of a step with this rule; `None` if they have none.
    pub fn of_copies(&self) -> Option<Self> {
        self.wait.is_some().then(|| Self { wait: self.wait.clone(), ..Self::ENGINE })
    }

    /// The normal form.
    pub fn to_json(&self) -> Value {
        let mut fields = Map::new();
        fields.extend(self.join.to_json().map(|join| ("join".to_owned(), join)));
        if !self.when.is_empty() {
            let when = self.when.iter().map(|it| (it.parent.clone(), Value::from(it.path.as_str())));
            fields.insert("when".to_owned(), Value::Object(when.collect()));
        }
        let mut wait = |value| _ = fields.insert("wait".to_owned(), value);
        match &self.wait {
            None => {}
            Some(Wait::Signal { name, seconds: None }) => wait(json!({ "signal": name })),
            Some(Wait::Signal { name, seconds }) => wait(json!({ "signal": name, "seconds": seconds })),
            Some(Wait::Seconds(seconds)) => wait(json!({ "seconds": seconds })),
            Some(Wait::Until(until)) => wait(json!({ "until": until })),
            Some(Wait::Task(task)) => wait(json!({ "task": task })),
            Some(Wait::Subtask(request)) => _ = fields.insert("subtask".to_owned(), request.clone()),
        }
        fields.extend(self.for_each.as_ref().map(|map| ("for_each".to_owned(), map.to_json())));
        Value::Object(fields)
    }

    /// Reads a stored rule; returns the engine's rule for one that was changed by hand.
    pub fn of_stored(stored: &Value) -> Self {
        let empty = Map::new();
        let fields = stored.as_object().unwrap_or(&empty);
        let parents: Vec<String> = condition_paths(stored).map(|(parent, _)| parent.to_owned()).collect();
        parse(fields, &parents, usize::MAX, &mut |_, _| {}).unwrap_or(Self::ENGINE)
    }
}

impl Join {
    /// The normal form; `None` for the default.
    pub(super) fn to_json(&self) -> Option<Value> {
        match self {
            Self::Engine => None,
            Self::NoneFailed => Some("none_failed".into()),
            Self::Reached { least, over } => {
                let over: Vec<&str> = over.iter().map(|outcome| outcome.as_str()).collect();
                let least = match least {
                    ParentCount::All => json!("all"),
                    ParentCount::Of(1) => json!("any"),
                    ParentCount::Of(number) => json!(number),
                };
                Some(json!({ "rule": least, "over": over }))
            }
        }
    }
}

/// The place at which the fields of one step are read.
pub(super) struct RuleFields<'a> {
    /// The names that the step depends on.
    pub(super) parents: &'a [String],
    problem: &'a mut dyn FnMut(String, String),
}

impl RuleFields<'_> {
    pub(super) fn wrong(&mut self, path: &str, message: String) {
        (self.problem)(path.to_owned(), message);
    }

    pub(super) fn unknown(&mut self, path: &str, name: &str, known: &[&'static str]) {
        let message = format!("there is no such key{}", question(name, known.iter().copied()));
        self.wrong(&format!("{path}.{name}"), message);
    }

    /// Reads the join at this path, over so many steps.
    pub(super) fn join(&mut self, at: &str, join: &Value, total: usize) -> Join {
        let (rule, over) = match join {
            Value::Object(members) => {
                for name in members.keys().filter(|name| !["rule", "over"].contains(&name.as_str())) {
                    self.unknown(at, name, &["rule", "over"]);
                }
                (members.get("rule").unwrap_or(&Value::Null), members.get("over").filter(|it| !it.is_null()))
            }
            rule => (rule, None),
        };
        let least = match rule {
            Value::String(word) if word == "all" => ParentCount::All,
            Value::String(word) if word == "any" => ParentCount::Of(1),
            Value::String(word) if word == "none_failed" => {
                if over.is_some() {
                    let message = "cannot be combined with none_failed, which counts all ended parents";
                    self.wrong(&format!("{at}.over"), message.to_owned());
                }
                return Join::NoneFailed;
            }
            rule => match rule.as_u64().and_then(|number| u32::try_from(number).ok()) {
                Some(number) if number > 0 => ParentCount::Of(number),
                _ => {
                    let found = described(rule);
                    self.wrong(at, format!("must be all, any, none_failed or a number, not {found}"));
                    return Join::Engine;
                }
            },
        };
        if let ParentCount::Of(number) = least
            && number as usize > total
        {
            let message = format!("wants {number} of {total} parents");
            self.wrong(at, message);
        }
        let over = over.map_or_else(|| FINISHED.to_vec(), |over| self.over(at, over));
        if least == ParentCount::All && over == FINISHED {
            Join::Engine
        } else {
            Join::Reached { least, over }
        }
    }

    fn over(&mut self, at: &str, over: &Value) -> Vec<ParentOutcome> {
        let named = |word: &Value| ParentOutcome::OVER.into_iter().find(|outcome| word == outcome.as_str());
        let words = over.as_array().filter(|words| !words.is_empty());
        let Some(mut outcomes) =
            words.and_then(|words| words.iter().map(named).collect::<Option<Vec<ParentOutcome>>>())
        else {
            let known = ParentOutcome::OVER.map(ParentOutcome::as_str).join(", ");
            self.wrong(&format!("{at}.over"), format!("must be a list of {known}, not {}", described(over)));
            return FINISHED.to_vec();
        };
        outcomes.sort_unstable();
        outcomes.dedup();
        outcomes
    }

    fn when(&mut self, when: &Value) -> Vec<Condition> {
        let Value::Object(members) = when else {
            self.wrong("when", format!("must be a json object, not {}", described(when)));
            return Vec::new();
        };
        let mut conditions = Vec::with_capacity(members.len());
        for (parent, path) in members {
            if !self.parents.contains(parent) {
                let meant = question(parent, self.parents.iter().map(String::as_str));
                self.wrong(&format!("when.{parent}"), format!("the step does not depend on it{meant}"));
            }
            match path.as_str() {
                Some(path) => {
                    conditions.push(Condition { parent: parent.clone(), path: path.to_owned() });
                }
                None => {
                    let message = format!("must be a jsonpath predicate, not {}", described(path));
                    self.wrong(&format!("when.{parent}"), message);
                }
            }
        }
        conditions
    }

    fn wait(&mut self, wait: &Value) -> Option<Wait> {
        const KEYS: [&str; 4] = ["signal", "seconds", "until", "task"];
        let Value::Object(members) = wait else {
            self.wrong("wait", format!("must be a json object, not {}", described(wait)));
            return None;
        };
        for name in members.keys().filter(|name| !KEYS.contains(&name.as_str())) {
            self.unknown("wait", name, &KEYS);
        }
        let given = |name: &str| members.get(name).filter(|value| !value.is_null());
        match KEYS.map(given) {
            [Some(signal), seconds, None, None] => {
                let seconds = seconds.map(|seconds| self.seconds(seconds));
                let name =
                    signal.as_str().filter(|name| !name.is_empty() && name.chars().count() <= LONGEST_SIGNAL);
                match (name, seconds) {
                    (None, _) => {
                        let found = described(signal);
                        let message =
                            format!("must be text of 1 to {LONGEST_SIGNAL} characters, not {found}");
                        self.wrong("wait.signal", message);
                        None
                    }
                    (Some(_), Some(None)) => None,
                    (Some(name), seconds) => {
                        Some(Wait::Signal { name: name.to_owned(), seconds: seconds.flatten() })
                    }
                }
            }
            [None, Some(seconds), None, None] => self.seconds(seconds).map(Wait::Seconds),
            [None, None, Some(until), None] => {
                let time = until.as_str().and_then(crate::core::template::time);
                if time.is_none() {
                    let message = "must be a time such as \"2026-01-31T12:00:00Z\"";
                    self.wrong("wait.until", format!("{message}, not {}", described(until)));
                }
                time.map(Wait::Until)
            }
            [None, None, None, Some(task)] => {
                if task.as_i64().is_none() {
                    self.wrong("wait.task", format!("must be the id of a task, not {}", described(task)));
                }
                task.as_i64().map(|id| Wait::Task(TaskId(id)))
            }
            _ => {
                let message = "must have one of signal, seconds, until and task; only signal and seconds can be combined";
                self.wrong("wait", message.to_owned());
                None
            }
        }
    }

    fn seconds(&mut self, seconds: &Value) -> Option<u32> {
        let number = seconds.as_u64().and_then(|number| u32::try_from(number).ok());
        if number.is_none() {
            let found = described(seconds);
            self.wrong("wait.seconds", format!("must be a whole number of seconds, not {found}"));
        }
        number
    }

    /// Reads a request as `tasker_create_tasks` takes it. Without a context, the inputs of the step are the context.
    fn subtask(&mut self, subtask: &Value) -> Option<Wait> {
        let mut request = subtask.clone();
        if let Value::Object(members) = &mut request
            && members.get("context").is_none_or(Value::is_null)
        {
            members.insert("context".to_owned(), Value::Object(Map::new()));
        }
        match TaskRequest::parse_list(&Value::Array(vec![request])) {
            Ok(_) => Some(Wait::Subtask(subtask.clone())),
            Err(problems) => {
                for it in problems {
                    self.wrong(&format!("subtask{}", it.path.trim_start_matches("$[0]")), it.message);
                }
                None
            }
        }
    }
}
