//! Decides which steps and edges may be added to a running task.

use crate::core::dag::Dag;
use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::rules::{self, Rule};
use crate::core::time_limits::{self, StepTimes};
use crate::core::wording::question;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A step that the task has already.
#[derive(Clone, Debug)]
pub struct ExistingStep {
    /// The id of the step.
    pub id: StepId,
    /// The name of the step.
    pub name: String,
    /// Whether it is pending and no worker holds it: only then can more parents be added.
    pub is_untouched: bool,
    /// Whether it has a rule. A parent of the same name is then a copy of it.
    pub has_rule: bool,
}

/// A new step.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct NewStep {
    /// The name, unique in the task.
    pub name: String,
    /// The dependent system that the step calls, as in the engine's templates.
    pub dependent_system: String,
    /// The description for people; the name by default.
    pub description: String,
    /// The inputs of the handler; `None`: the context of the task.
    pub inputs: Option<Value>,
    /// Whether it may be tried again.
    pub retryable: bool,
    /// The number of allowed executions.
    pub retry_limit: i32,
    /// Whether operators may leave it out.
    pub skippable: bool,
    /// Its time limits.
    #[serde(skip)]
    pub times: StepTimes,
}

/// An end of a new edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeEnd {
    /// A step of the task.
    Known(StepId),
    /// A new step, by its index in [`Expansion::steps`].
    New(usize),
}

/// The steps and edges to add to a task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expansion {
    /// The steps.
    pub steps: Vec<NewStep>,
    /// The edges: parent, child.
    pub edges: Vec<(EdgeEnd, EdgeEnd)>,
    /// The rules of those that have one, by the indexes of the steps.
    pub rules: Vec<(usize, Rule)>,
    /// Requested steps that already exist, so that a repeated call after a crash adds nothing.
    pub present: Vec<(String, StepId)>,
}

/// The length of the columns in the engine's tables.
const LONGEST_NAME: usize = 128;
const LONGEST_SYSTEM: usize = 64;
const LONGEST_DESCRIPTION: usize = 255;
const FIELDS: [&str; 12] = [
    "name",
    "depends_on",
    "before",
    "inputs",
    "retryable",
    "retry_limit",
    "skippable",
    "dependent_system",
    "description",
    "timeout_seconds",
    "heartbeat_seconds",
    "start_within_seconds",
];

/// A requested step, as read.
struct StepRequest {
    step: NewStep,
    depends_on: Vec<String>,
    before: Vec<String>,
    /// The fields as written: the rule is read when all parents are known.
    fields: Map<String, Value>,
}

/// The existing steps that the new steps refer to: these must be locked first.
///
/// # Complexity
/// O(V + E).
pub fn touched(known: &[ExistingStep], edges: &[(StepId, StepId)], wanted: &Value) -> Vec<StepId> {
    let listed = |field: &'static str| {
        wanted.as_array().into_iter().flatten().flat_map(move |step| names_in(step.get(field)))
    };
    let names: BTreeSet<&str> = listed("depends_on").chain(listed("before")).collect();
    let copies = copies(known, edges);
    let named = known.iter().filter(|step| names.contains(step.name.as_str()));
    named.map(|step| step.id).filter(|step| !copies.contains_key(step)).collect()
}

fn names_in(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Decides what to add to a task of these steps and edges.
///
/// # Errors
/// [`TaskerError::InvalidSteps`] with a line for each thing that is wrong: fields that do not exist or have values that
/// make no sense, names that nothing has or two things have, steps that would wait for each other, and steps that would
/// have to wait although they have started.
///
/// # Complexity
/// O(V + E), old and new; names are looked up by hashing.
pub fn expand(
    known: &[ExistingStep],
    edges: &[(StepId, StepId)],
    wanted: &Value,
) -> Result<Expansion, TaskerError> {
    let mut problems = Vec::new();
    let wanted = read_all(wanted, &mut problems);
    let mut expansion = Expansion::default();
    let mut added: Vec<&StepRequest> = Vec::new();
    let mut by_name: HashMap<&str, Vec<EdgeEnd>> = HashMap::new();
    let mapping = copies(known, edges);
    for step in known.iter().filter(|step| !mapping.contains_key(&step.id)) {
        by_name.entry(&step.name).or_default().push(EdgeEnd::Known(step.id));
    }
    // A mapped step with copies waits for its copies alone.
    let mapped: HashSet<StepId> = mapping.values().copied().collect();
    let is_untouched = |step: &ExistingStep| step.is_untouched && !mapped.contains(&step.id);
    let mut is_seen = BTreeSet::new();
    for step in &wanted {
        let name = step.step.name.as_str();
        if !is_seen.insert(name) {
            problems.push(format!("{name}: occurs twice"));
            continue;
        }
        match by_name.get(name).and_then(|ends| ends.first()) {
            Some(EdgeEnd::Known(id)) => expansion.present.push((name.to_owned(), *id)),
            _ => {
                by_name.entry(name).or_default().push(EdgeEnd::New(added.len()));
                added.push(step);
            }
        }
    }
    let untouched: HashMap<StepId, bool> = known.iter().map(|step| (step.id, is_untouched(step))).collect();
    let mut ends = BTreeSet::new();
    for (at, step) in added.iter().enumerate() {
        let name = &step.step.name;
        for (field, others) in [("depends_on", &step.depends_on), ("before", &step.before)] {
            for other in others {
                let end = match find(&by_name, other, name) {
                    Ok(end) => end,
                    Err(problem) => {
                        problems.push(format!("{name}.{field}: {problem}"));
                        continue;
                    }
                };
                let edge = if field == "before" { (EdgeEnd::New(at), end) } else { (end, EdgeEnd::New(at)) };
                match edge {
                    (_, EdgeEnd::Known(child)) if untouched.get(&child) != Some(&true) => {
                        problems.push(format!("{name}.{field}: step \"{other}\" has already started"));
                    }
                    (from, to) if from == to => problems.push(format!("{name}.{field}: is the step itself")),
                    edge => _ = ends.insert(edge),
                }
            }
        }
    }
    for (at, step) in added.iter().enumerate() {
        let name = &step.step.name;
        let total_parents = ends.iter().filter(|(_, to)| *to == EdgeEnd::New(at)).count();
        let mut note = |path: String, problem: String| problems.push(format!("{name}.{path}: {problem}"));
        let rule = rules::parse(&step.fields, &step.depends_on, total_parents, &mut note);
        let is_map = rule.as_ref().is_some_and(|rule| rule.for_each.is_some());
        if is_map && step.step.inputs.as_ref().is_some_and(|inputs| !inputs.is_object()) {
            note("inputs".to_owned(), "must be a json object with for_each, which adds a key".to_owned());
        }
        expansion.rules.extend(rule.map(|rule| (at, rule)));
    }
    expansion.edges = ends.into_iter().collect();
    expansion.steps = added.iter().map(|step| step.step.clone()).collect();
    if problems.is_empty() {
        problems.extend(cycle(known, edges, &expansion));
    }
    if problems.is_empty() { Ok(expansion) } else { Err(TaskerError::InvalidSteps { problems }) }
}

/// The copies of mapped steps, each with its mapped step: a parent of the same name. No name means a copy.
fn copies(known: &[ExistingStep], edges: &[(StepId, StepId)]) -> HashMap<StepId, StepId> {
    if !known.iter().any(|step| step.has_rule) {
        return HashMap::new();
    }
    let steps: HashMap<StepId, &ExistingStep> = known.iter().map(|step| (step.id, step)).collect();
    let is_copy = |(from, to): &&(StepId, StepId)| match (steps.get(from), steps.get(to)) {
        (Some(from), Some(to)) => to.has_rule && from.name == to.name,
        _ => false,
    };
    edges.iter().filter(is_copy).copied().collect()
}

/// The step with this name, which `asker` refers to.
fn find(by_name: &HashMap<&str, Vec<EdgeEnd>>, name: &str, asker: &str) -> Result<EdgeEnd, String> {
    match by_name.get(name).map(Vec::as_slice) {
        Some([end]) => Ok(*end),
        Some(ends) => Err(format!("\"{name}\" is the name of {} steps", ends.len())),
        None => {
            let others = by_name.keys().copied().filter(|known| *known != asker);
            Err(format!("there is no step \"{name}\"{}", question(name, others)))
        }
    }
}

/// Names the steps that would wait for each other.
fn cycle(known: &[ExistingStep], edges: &[(StepId, StepId)], expansion: &Expansion) -> Option<String> {
    // Give new steps temporary ids after all known ones, because the graph needs ids.
    let first = known.iter().map(|step| step.id.0).max().unwrap_or(0) + 1;
    let id = |end: EdgeEnd| match end {
        EdgeEnd::Known(id) => id,
        EdgeEnd::New(at) => StepId(first + at as i64),
    };
    let mut steps: Vec<StepId> = known.iter().map(|step| step.id).collect();
    steps.extend((0..expansion.steps.len()).map(|at| id(EdgeEnd::New(at))));
    steps.sort_unstable();
    let added = expansion.edges.iter().map(|(from, to)| (id(*from), id(*to)));
    match Dag::build(&steps, edges.iter().copied().chain(added)) {
        Err(TaskerError::Cycle(cycle)) => {
            let names: HashMap<StepId, &str> = known
                .iter()
                .map(|step| (step.id, step.name.as_str()))
                .chain(
                    expansion
                        .steps
                        .iter()
                        .enumerate()
                        .map(|(at, step)| (id(EdgeEnd::New(at)), step.name.as_str())),
                )
                .collect();
            let path: Vec<&str> = cycle.iter().filter_map(|step| names.get(step).copied()).collect();
            Some(format!("these steps would wait for each other: {}", path.join(" -> ")))
        }
        _ => None,
    }
}

fn read_all(wanted: &Value, problems: &mut Vec<String>) -> Vec<StepRequest> {
    let Some(wanted) = wanted.as_array() else {
        problems.push("must be a json array of objects".to_owned());
        return Vec::new();
    };
    wanted.iter().enumerate().filter_map(|(at, step)| read(at, step, problems)).collect()
}

fn read(at: usize, step: &Value, problems: &mut Vec<String>) -> Option<StepRequest> {
    let Some(fields) = step.as_object() else {
        problems.push(format!("{at}: must be a json object"));
        return None;
    };
    let name = match fields.get("name").and_then(Value::as_str) {
        Some(name) if !name.is_empty() && name.chars().count() <= LONGEST_NAME => name.to_owned(),
        _ => {
            problems.push(format!("{at}.name: must be a text of 1 to {LONGEST_NAME} characters"));
            return None;
        }
    };
    let is_known = |field: &str| FIELDS.contains(&field) || rules::FIELDS.contains(&field);
    for field in fields.keys().filter(|field| !is_known(field)) {
        let meant = question(field, FIELDS.into_iter().chain(rules::FIELDS));
        problems.push(format!("{name}.{field}: there is no such field{meant}"));
    }
    let mut fields = Fields { step: &name, fields, problems };
    let depends_on = fields.names("depends_on");
    let before = fields.names("before");
    let step = NewStep {
        dependent_system: fields.text("dependent_system", LONGEST_SYSTEM).unwrap_or("unknown").to_owned(),
        description: fields.text("description", LONGEST_DESCRIPTION).unwrap_or(&name).to_owned(),
        inputs: fields.fields.get("inputs").filter(|inputs| !inputs.is_null()).cloned(),
        retryable: fields.boolean("retryable", true),
        retry_limit: fields.count("retry_limit", 3),
        skippable: fields.boolean("skippable", false),
        times: StepTimes::read(|field| fields.seconds(field)),
        name: name.clone(),
    };
    Some(StepRequest { step, depends_on, before, fields: fields.fields.clone() })
}

/// The fields of one requested step, and their problems.
struct Fields<'a> {
    step: &'a str,
    fields: &'a Map<String, Value>,
    problems: &'a mut Vec<String>,
}

impl<'a> Fields<'a> {
    fn wrong(&mut self, field: &str, wanted: &str) {
        self.problems.push(format!("{}.{field}: must be {wanted}", self.step));
    }

    fn names(&mut self, field: &str) -> Vec<String> {
        let value = self.fields.get(field);
        let is_right = match value {
            None | Some(Value::Null | Value::String(_)) => true,
            Some(Value::Array(names)) => names.iter().all(Value::is_string),
            Some(_) => false,
        };
        if !is_right {
            self.wrong(field, "the name of a step, or a list of names");
        }
        names_in(value).into_iter().map(str::to_owned).collect()
    }

    fn text(&mut self, field: &str, longest: usize) -> Option<&'a str> {
        match self.fields.get(field) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if !text.is_empty() && text.chars().count() <= longest => Some(text),
            Some(_) => {
                self.wrong(field, &format!("a text of 1 to {longest} characters"));
                None
            }
        }
    }

    fn boolean(&mut self, field: &str, default: bool) -> bool {
        match self.fields.get(field) {
            None | Some(Value::Null) => default,
            Some(Value::Bool(value)) => *value,
            Some(_) => {
                self.wrong(field, "true or false");
                default
            }
        }
    }

    fn seconds(&mut self, field: &str) -> Option<i32> {
        let value = self.fields.get(field).filter(|value| !value.is_null())?;
        let seconds = time_limits::seconds(value);
        if seconds.is_none() {
            self.wrong(
                field,
                &format!("a whole number of seconds from 1 to {}", time_limits::LONGEST_SECONDS),
            );
        }
        seconds
    }

    fn count(&mut self, field: &str, default: i32) -> i32 {
        match self.fields.get(field) {
            None | Some(Value::Null) => default,
            Some(value) => match value.as_i64().and_then(|count| i32::try_from(count).ok()) {
                Some(count) if count >= 0 => count,
                _ => {
                    self.wrong(field, "a whole number from 0 to 2147483647");
                    default
                }
            },
        }
    }
}
