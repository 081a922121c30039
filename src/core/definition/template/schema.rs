//! Checks a context by its JSON Schema (draft 2020-12, or the one that `$schema` names).

use super::schema_cost;
use crate::core::problem::{Problems, element, member};
use crate::core::wording::described;
use boon::{Compiler, Draft, InstanceToken, SchemaIndex, Schemas, UrlLoader, ValidationError};
use serde_json::{Value, json};
use std::error::Error;

/// The path of the schema in a template.
pub const PATH: &str = "$.schema";

/// The name of the schema while it is compiled; references must stay inside it.
const LOCATION: &str = "tasker:///schema";

/// A schema that is ready to be used.
pub struct ContextSchema {
    schemas: Schemas,
    index: SchemaIndex,
    /// The schema itself, if the length of a check depends on the document.
    costly: Option<Value>,
}

/// A loader of schemas that loads nothing, from neither files nor a network.
struct NoRetrieval;

impl UrlLoader for NoRetrieval {
    fn load(&self, url: &str) -> Result<Value, Box<dyn Error>> {
        Err(format!("\"{url}\" is outside of the schema").into())
    }
}

impl ContextSchema {
    /// Prepares a schema.
    ///
    /// # Errors
    /// What is wrong with it, in a line.
    pub fn compile(schema: &Value) -> Result<Self, String> {
        for pattern in schema_cost::patterns(schema)? {
            // `boon` reports a pattern that takes too much memory as a bug, except here.
            compiled(&json!({ "patternProperties": { (pattern): true } })).map_err(|_| {
                let pattern = described(&pattern.into());
                format!("is not a JSON Schema: a pattern is not valid, or takes too much memory: {pattern}")
            })?;
        }
        let (schemas, index) = compiled(schema)?;
        let costly = (!schema_cost::is_simple(schema)).then(|| schema.clone());
        Ok(Self { schemas, index, costly })
    }

    /// Adds the problems of a context under the schema; `path` is its place.
    pub fn check(&self, path: &str, context: &Value, problems: &mut Problems) {
        add_unmeasurable(path, context, problems);
        if self.costly.as_ref().is_some_and(|schema| schema_cost::check(schema, context).is_err()) {
            problems.add(path, || {
                "cannot be checked by the schema: the check would take too long, or nest too deep".to_owned()
            });
        } else if let Err(error) = self.schemas.validate(context, self.index) {
            add_leaves(path, &error, problems);
        }
    }
}

fn compiled(schema: &Value) -> Result<(Schemas, SchemaIndex), String> {
    let mut compiler = Compiler::new();
    compiler.set_default_draft(Draft::V2020_12);
    compiler.use_loader(Box::new(NoRetrieval));
    let mut schemas = Schemas::new();
    let compiled = match compiler.add_resource(LOCATION, schema.clone()) {
        Ok(()) => compiler.compile(LOCATION, &mut schemas),
        Err(error) => Err(error),
    };
    match compiled {
        Ok(index) => Ok((schemas, index)),
        Err(error) => {
            let text = format!("is not a JSON Schema: {error:#}");
            Err(text.split_whitespace().collect::<Vec<_>>().join(" "))
        }
    }
}

/// Adds the numbers beyond double precision: `boon` would take them to be within any bounds.
fn add_unmeasurable(path: &str, value: &Value, problems: &mut Problems) {
    match value {
        Value::Number(number) if number.as_f64().is_none() => {
            problems
                .add(path, || "is a number beyond double precision, which a schema cannot check".to_owned());
        }
        Value::Array(elements) => {
            for (at, value) in elements.iter().enumerate() {
                add_unmeasurable(&element(path, at), value, problems);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                add_unmeasurable(&member(path, name), value, problems);
            }
        }
        _ => {}
    }
}

/// The errors at the ends of the tree, which say what is wrong; those above only say that something is.
fn add_leaves(path: &str, error: &ValidationError, problems: &mut Problems) {
    if error.causes.is_empty() {
        let tokens = error.instance_location.tokens.iter();
        let path = tokens.fold(path.to_owned(), |path, token| match token {
            InstanceToken::Prop(name) => member(&path, name),
            InstanceToken::Item(at) => element(&path, *at),
        });
        problems.add(path, || error.kind.to_string());
    }
    for cause in &error.causes {
        add_leaves(path, cause, problems);
    }
}
