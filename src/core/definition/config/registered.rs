//! Sections that applications and plugins register, each with a JSON Schema for its options.

use super::{EffectiveOptions, Section, foreign_sections};
use crate::core::error::TaskerError;
use crate::core::template::{ContextSchema, Problem, Problems};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// A section that an application has registered.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisteredSection {
    name: String,
    schema: Value,
    description: Option<String>,
}

/// An option of a registered section, with the value that applies.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisteredOption {
    /// `currency`, or `limits.daily`
    pub path: String,
    /// The value or the default; null if there is neither.
    pub value: Value,
    /// The default of the schema; null if it has none.
    pub default: Value,
    /// The description of the schema.
    pub about: String,
}

/// The name of a section is this long at most, as one of PostgreSQL's.
const LONGEST_NAME: usize = 63;

impl RegisteredSection {
    /// The scope under which a registration is stored beside the options of its section.
    pub const SCOPE: &'static str = "registration";

    /// Checks a section that an application registers.
    ///
    /// # Errors
    /// [`TaskerError::InvalidArgument`] for a name that is taken or no name, for what is no JSON Schema, and for one that describes two
    /// options of one path.
    pub fn new(name: &str, schema: Value, description: Option<String>) -> Result<Self, TaskerError> {
        Self::check_name(name)?;
        if !schema.is_object() {
            return Err(TaskerError::invalid("schema", "must be a JSON Schema, which is a json object"));
        }
        ContextSchema::compile(&schema).map_err(|problem| TaskerError::invalid("schema", problem))?;
        let mut options = Vec::new();
        list("", &schema, &Map::new(), &mut options);
        if let Some(path) = repeated(&options).next() {
            return Err(TaskerError::invalid(
                "schema",
                format!("describes option \"{path}\" twice: {TWICE}"),
            ));
        }
        Ok(Self { name: name.to_owned(), schema, description })
    }

    fn check_name(name: &str) -> Result<(), TaskerError> {
        let invalid = |problem: String| Err(TaskerError::invalid("section", problem));
        if Section::find(name).is_some() {
            return invalid(format!("must not be \"{name}\", which is a section of tasker_core"));
        }
        if let Some((_, why)) = foreign_sections().find(|(section, _)| *section == name) {
            return invalid(format!("must not be \"{name}\", which is a section of the Rails engine: {why}"));
        }
        let is_name = name.len() <= LONGEST_NAME
            && name.starts_with(|letter: char| letter.is_ascii_lowercase())
            && name.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_');
        match is_name {
            true => Ok(()),
            false => invalid(format!(
                "must be at most {LONGEST_NAME} lower-case letters, digits and underscores, beginning with a letter"
            )),
        }
    }

    /// Reads a stored section.
    ///
    /// # Errors
    /// [`TaskerError::StoredConfig`] if it was changed by hand.
    pub fn of_stored(name: &str, stored: &Map<String, Value>) -> Result<Self, TaskerError> {
        let schema = stored.get("schema").filter(|schema| schema.is_object()).cloned();
        let schema = schema.ok_or_else(|| broken(name, "it has no schema"))?;
        let description = stored.get("description").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { name: name.to_owned(), schema, description })
    }

    /// The section as it is stored.
    pub fn to_stored(&self) -> Map<String, Value> {
        let mut stored = Map::new();
        stored.insert("schema".to_owned(), self.schema.clone());
        if let Some(description) = &self.description {
            stored.insert("description".to_owned(), description.as_str().into());
        }
        stored
    }

    /// The name of the section.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The schema that options of the section must satisfy.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// The description of the section.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Checks what every scope sets: first what is set for everything, then each narrower scope laid over that.
    ///
    /// # Errors
    /// [`TaskerError::InvalidConfig`] with a line for each problem.
    pub fn check(&self, scopes: &BTreeMap<String, Map<String, Value>>) -> Result<(), TaskerError> {
        let schema = ContextSchema::compile(&self.schema)
            .map_err(|problem| broken(&self.name, &format!("its schema {problem}")))?;
        let global = scopes.get("global").filter(|options| !options.is_empty());
        let global = global.map(|options| ("global", options));
        let check = |problems: &mut Problems, prefix: &str, layers: Vec<(&str, &Map<String, Value>)>| {
            let effective = EffectiveOptions::over(self.defaults(), layers);
            for path in repeated(&self.options(&effective)) {
                problems.add(format!("{prefix}{path}"), || format!("is there twice: {TWICE}"));
            }
            let mut found = Problems::default();
            schema.check("", &Value::Object(effective.options), &mut found);
            for Problem { path, message } in found.into_list() {
                let path = path.trim_start_matches('.');
                let path = if path.is_empty() { "options" } else { path };
                problems.add(format!("{prefix}{path}"), || message);
            }
        };
        let mut problems = Problems::default();
        global.into_iter().for_each(|global| check(&mut problems, "", vec![global]));
        if problems.is_empty() {
            for (scope, options) in scopes.iter().filter(|(scope, set)| *scope != "global" && !set.is_empty())
            {
                let layers = global.into_iter().chain([(scope.as_str(), options)]);
                check(&mut problems, &format!("{scope}: "), layers.collect());
            }
        }
        let problems: Vec<String> = problems.into_list().iter().map(ToString::to_string).collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(TaskerError::InvalidConfig { section: self.name.clone(), problems })
        }
    }

    /// The defaults of the schema.
    pub fn defaults(&self) -> Map<String, Value> {
        defaults(&self.schema)
    }

    /// Every option that the schema describes or that is set, in the order of their paths.
    pub fn options(&self, effective: &EffectiveOptions) -> Vec<RegisteredOption> {
        let mut found = Vec::new();
        list("", &self.schema, &effective.options, &mut found);
        found
    }
}

fn broken(name: &str, problem: &str) -> TaskerError {
    TaskerError::StoredConfig { problem: format!("the registration of section \"{name}\": {problem}") }
}

/// The reason why two options have one path.
const TWICE: &str = "by a name with a dot, and in a group";

/// The paths that more than one option has.
fn repeated(options: &[RegisteredOption]) -> impl Iterator<Item = &str> {
    let mut known = HashSet::new();
    options.iter().map(|option| option.path.as_str()).filter(move |path| !known.insert(*path))
}

/// The properties that a schema describes for an object.
fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

/// Returns whether a schema describes a group of options, and not one option.
fn is_group(schema: &Value) -> bool {
    schema.get("default").is_none() && properties(schema).next().is_some()
}

fn defaults(schema: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    for (name, schema) in properties(schema) {
        if let Some(default) = schema.get("default") {
            found.insert(name.clone(), default.clone());
        } else {
            let group = defaults(schema);
            if !group.is_empty() {
                found.insert(name.clone(), group.into());
            }
        }
    }
    found
}

fn list(prefix: &str, schema: &Value, values: &Map<String, Value>, found: &mut Vec<RegisteredOption>) {
    let empty = Map::new();
    for (name, schema) in properties(schema) {
        let path = format!("{prefix}{name}");
        match values.get(name) {
            None if is_group(schema) => list(&format!("{path}."), schema, &empty, found),
            Some(Value::Object(values)) if is_group(schema) => {
                list(&format!("{path}."), schema, values, found);
            }
            value => found.push(RegisteredOption {
                path,
                value: value.cloned().unwrap_or_default(),
                default: schema.get("default").cloned().unwrap_or_default(),
                about: schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
            }),
        }
    }
    let is_described = |name: &String| schema.get("properties").is_some_and(|it| it.get(name).is_some());
    for (name, value) in values.iter().filter(|(name, _)| !is_described(name)) {
        found.push(RegisteredOption {
            path: format!("{prefix}{name}"),
            value: value.clone(),
            default: Value::Null,
            about: String::new(),
        });
    }
}
