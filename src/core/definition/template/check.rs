//! Checks a template, and reports all problems at once.

use super::place_id;
use super::schema::ContextSchema;
use super::{fields, schema};
use crate::core::dag::Defect;
use crate::core::dag::guard::{Dependency, find_closed_cycles};
use crate::core::ids::StepId;
use crate::core::problem::{Problem, Problems, element, member};
use crate::core::rules;
use crate::core::wording::{described, question};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Finds all problems of a template; none if it may be registered.
///
/// # Complexity
/// O(length of the document), and O(steps) more for each name that is not a step's.
pub fn find_problems(template: &Value) -> Vec<Problem> {
    let mut problems = Problems::default();
    match template {
        Value::Object(template) => check(template, &mut problems),
        other => problems.add("$", || format!("must be a json object, not {}", described(other))),
    }
    problems.into_list()
}

fn check(template: &Map<String, Value>, problems: &mut Problems) {
    fields::check("$", fields::TEMPLATE, template, problems);
    let steps = Steps::of(template);
    steps.check_names(template.get("named_steps"), problems);
    steps.check_dependencies(problems);
    steps.check_environments(template.get("environments"), problems);
    if let Some(schema @ Value::Object(_)) = template.get("schema")
        && let Err(problem) = ContextSchema::compile(schema)
    {
        problems.add(schema::PATH, || problem);
    }
}

/// The steps of a template, right or wrong, and the names that can be read.
struct Steps<'a> {
    all: &'a [Value],
    /// The first of a name.
    places: HashMap<&'a str, usize>,
}

impl<'a> Steps<'a> {
    const PATH: &'static str = "$.step_templates";

    fn of(template: &'a Map<String, Value>) -> Self {
        let all = template.get("step_templates").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut places = HashMap::new();
        for (at, step) in all.iter().enumerate() {
            if let Some(name) = step["name"].as_str() {
                places.entry(name).or_insert(at);
            }
        }
        Self { all, places }
    }

    fn path(at: usize) -> String {
        element(Self::PATH, at)
    }

    /// The message for a name that no step has.
    fn unknown(&self, name: &str) -> String {
        format!("there is no step \"{name}\"{}", question(name, self.names()))
    }

    /// The names in the order of the template, so that the suggestion for a name is always the same.
    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.all.iter().filter_map(|step| step["name"].as_str())
    }

    fn check_names(&self, named_steps: Option<&Value>, problems: &mut Problems) {
        let listed: Option<Vec<&str>> = named_steps
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect());
        let is_listed = |name: &str| listed.as_ref().is_none_or(|listed| listed.contains(&name));
        if self.all.is_empty() {
            problems.add(Self::PATH, || "there must be at least one step".to_owned());
        }
        for (at, step) in self.all.iter().enumerate() {
            let Some(name) = step["name"].as_str() else { continue };
            let path = || member(&Self::path(at), "name");
            match self.places.get(name) {
                Some(&first) if first < at => {
                    problems.add(path(), || format!("\"{name}\" is already the name of step {first}"));
                }
                _ if !is_listed(name) => {
                    let known = listed.iter().flatten().copied();
                    problems
                        .add(path(), || format!("\"{name}\" is not in named_steps{}", question(name, known)));
                }
                _ => {}
            }
        }
    }

    fn check_dependencies(&self, problems: &mut Problems) {
        let mut edges = Vec::new();
        for (at, step) in self.all.iter().enumerate() {
            for (path, name) in dependencies(&Self::path(at), step) {
                match self.places.get(name) {
                    _ if step["name"] == name => {
                        problems.add(path, || "a step cannot depend on itself".to_owned());
                    }
                    None => problems.add(path, || self.unknown(name)),
                    Some(&parent) => edges.push(Dependency { from: place_id(parent), to: place_id(at) }),
                }
            }
        }
        self.check_rules(problems);
        for defect in find_closed_cycles(&edges, &[]) {
            if let Defect::Cycle(steps) = defect {
                let round = steps.iter().chain(steps.first()).map(|step| self.name(*step));
                let round: Vec<&str> = round.collect();
                problems
                    .add(Self::PATH, || format!("these steps wait for each other: {}", round.join(" -> ")));
            }
        }
    }

    fn check_rules(&self, problems: &mut Problems) {
        for (at, step) in self.all.iter().enumerate() {
            let Value::Object(fields) = step else { continue };
            let mut parents: Vec<String> =
                dependencies("", step).into_iter().map(|(_, name)| name.to_owned()).collect();
            parents.sort_unstable();
            parents.dedup();
            rules::parse(fields, &parents, parents.len(), &mut |path, problem| {
                problems.add(format!("{}.{path}", Self::path(at)), || problem);
            });
        }
    }

    fn name(&self, step: StepId) -> &'a str {
        let place = usize::try_from(step.0).ok().and_then(|place| self.all.get(place));
        place.and_then(|step| step["name"].as_str()).unwrap_or("?")
    }

    fn check_environments(&self, environments: Option<&Value>, problems: &mut Problems) {
        for (environment, overrides) in environments.and_then(Value::as_object).into_iter().flatten() {
            let path = member(&member("$.environments", environment), "step_templates");
            let steps = overrides["step_templates"].as_array().into_iter().flatten();
            for (at, name) in steps.enumerate().filter_map(|(at, step)| Some((at, step["name"].as_str()?))) {
                if !self.places.contains_key(name) {
                    problems.add(member(&element(&path, at), "name"), || self.unknown(name));
                }
            }
        }
    }
}

/// The names that a step depends on, each with its path.
fn dependencies<'a>(path: &str, step: &'a Value) -> Vec<(String, &'a str)> {
    let one = step["depends_on_step"].as_str().map(|name| (member(path, "depends_on_step"), name));
    let several = member(path, "depends_on_steps");
    let names = step["depends_on_steps"].as_array().into_iter().flatten().enumerate();
    let names = names.filter_map(|(at, name)| Some((element(&several, at), name.as_str()?)));
    one.into_iter().chain(names).collect()
}
