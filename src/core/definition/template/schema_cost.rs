//! Estimates what it costs to prepare a JSON Schema and to check a document with it, before either is done.
//!
//! Both can take time that grows exponentially with the length of the schema, and no signal interrupts them.

use serde_json::{Map, Value};
use std::collections::HashMap;

/// A schema has this many objects at most: preparing it takes the square of that.
const MOST_OBJECTS: usize = 5_000;

/// The highest number of patterns; each may take 10 MB of memory.
const MOST_PATTERNS: usize = 100;

/// A schema that is applied, with all its references, at most this many times is not checked again for each document.
const FEW_VISITS: usize = 10_000;

/// The highest number of schemas that a check may apply; each takes about a microsecond.
const MOST_VISITS: usize = 1_000_000;

/// Schemas are applied within each other so many times at most: each takes its part of the stack.
const DEEPEST: usize = 400;

/// The deepest nesting of objects and lists in a schema.
const DEEPEST_DOCUMENT: usize = 200;

/// Keywords whose values are data and not schemas.
const DATA: [&str; 4] = ["const", "default", "enum", "examples"];
/// Keywords whose values map arbitrary names to schemas.
const MAPS: [&str; 6] =
    ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"];

/// Says that a check would take too long, or nest too deep.
pub struct CostExceeded;

/// The objects of a schema that others refer to.
#[derive(Default)]
struct Targets<'a> {
    /// The schema itself, and those in it that have an `$id`, with that.
    resources: Vec<(&'a str, &'a Value)>,
    anchors: HashMap<&'a str, Vec<&'a Value>>,
    objects: usize,
    patterns: Vec<&'a str>,
    /// The nesting depth of objects and lists.
    depth: usize,
}

impl<'a> Targets<'a> {
    fn of(schema: &'a Value) -> Self {
        let mut targets = Self { resources: vec![("", schema)], ..Self::default() };
        targets.collect(schema, 1);
        targets
    }

    fn collect(&mut self, value: &'a Value, depth: usize) {
        self.depth = self.depth.max(depth);
        match value {
            Value::Array(elements) => elements.iter().for_each(|element| self.collect(element, depth + 1)),
            Value::Object(members) => {
                self.objects += 1;
                for name in ["$id", "id"] {
                    self.resources.extend(value[name].as_str().map(|id| (id, value)));
                }
                for name in ["$anchor", "$dynamicAnchor", "$id", "id"] {
                    if let Some(anchor) = value[name].as_str() {
                        self.anchors.entry(anchor.trim_start_matches('#')).or_default().push(value);
                    }
                }
                self.patterns.extend(value["pattern"].as_str());
                if let Value::Object(patterns) = &value["patternProperties"] {
                    self.patterns.extend(patterns.keys().map(String::as_str));
                }
                for (name, member) in members.iter().filter(|(name, _)| !DATA.contains(&name.as_str())) {
                    match member {
                        Value::Object(schemas) if MAPS.contains(&name.as_str()) => {
                            schemas.values().for_each(|schema| self.collect(schema, depth + 2));
                        }
                        other => self.collect(other, depth + 1),
                    }
                }
            }
            _ => {}
        }
    }

    /// Returns everything that a reference may mean; it may return too much, but never too little.
    fn find(&self, reference: &str) -> Vec<&'a Value> {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let fragment = percent_decoded(fragment);
        let resources = self.resources.iter().filter(|(id, _)| base.is_empty() || id.contains(base));
        if fragment.is_empty() || fragment.starts_with('/') {
            resources.filter_map(|(_, resource)| resource.pointer(&fragment)).collect()
        } else {
            self.anchors.get(fragment.as_str()).cloned().unwrap_or_default()
        }
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let code = || u8::from_str_radix(std::str::from_utf8(more.get(..2)?).ok()?, 16).ok();
        (rest, _) = match code().filter(|_| *first == b'%') {
            Some(code) => (&more[2..], bytes.push(code)),
            None => (more, bytes.push(*first)),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The patterns of a schema that can be prepared: one that is neither too large nor too deep, and has few of them.
pub fn patterns(schema: &Value) -> Result<Vec<&str>, String> {
    let targets = Targets::of(schema);
    if targets.objects > MOST_OBJECTS {
        return Err(format!("has {} objects in it, more than {MOST_OBJECTS}", targets.objects));
    }
    if targets.depth > DEEPEST_DOCUMENT {
        return Err(format!("is nested more than {DEEPEST_DOCUMENT} levels deep"));
    }
    if targets.patterns.len() > MOST_PATTERNS {
        return Err(format!("has {} patterns in it, more than {MOST_PATTERNS}", targets.patterns.len()));
    }
    Ok(targets.patterns)
}

/// Returns whether every document can be checked in time that grows with its length alone.
pub fn is_simple(schema: &Value) -> bool {
    Walk { targets: Targets::of(schema), visits: FEW_VISITS }.visit(schema, None, DEEPEST).is_ok()
}

/// Returns whether this document can be checked.
pub fn check(schema: &Value, document: &Value) -> Result<(), CostExceeded> {
    Walk { targets: Targets::of(schema), visits: MOST_VISITS }.visit(schema, Some(document), DEEPEST)
}

/// The number of names and values that each application of a schema goes through.
fn listed(keywords: &Map<String, Value>) -> usize {
    let length = |value: &Value| value.as_array().map_or(0, Vec::len);
    let lists = ["required", "enum"].into_iter().filter_map(|name| keywords.get(name)).map(length);
    let maps =
        ["dependentRequired", "dependencies"].into_iter().filter_map(|name| keywords.get(name)?.as_object());
    let properties = keywords.get("properties").and_then(Value::as_object).map_or(0, Map::len);
    lists.chain(maps.flat_map(|map| map.values().map(length))).sum::<usize>() + properties
}

/// Visits everything that a check might visit.
struct Walk<'a> {
    targets: Targets<'a>,
    /// The number of schemas that may still be applied.
    visits: usize,
}

/// Keywords whose schemas apply to the same value.
const SAME: [&str; 4] = ["not", "if", "then", "else"];
const SAME_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
const SAME_MAPS: [&str; 2] = ["dependentSchemas", "dependencies"];
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];
/// Keywords whose schemas apply to every member of an object.
const MEMBERS: [&str; 2] = ["additionalProperties", "unevaluatedProperties"];
/// Keywords whose schemas apply to every element of an array.
const ELEMENTS: [&str; 4] = ["items", "additionalItems", "unevaluatedItems", "contains"];

impl<'a> Walk<'a> {
    /// Applies a schema to a value, or once to any value for `None`.
    fn visit(&mut self, schema: &'a Value, value: Option<&Value>, depth: usize) -> Result<(), CostExceeded> {
        let Value::Object(keywords) = schema else { return Ok(()) };
        self.visits = self.visits.checked_sub(1 + listed(keywords)).ok_or(CostExceeded)?;
        let depth = depth.checked_sub(1).ok_or(CostExceeded)?;
        let get = |name: &str| keywords.get(name);
        for schema in SAME.into_iter().filter_map(get) {
            self.visit(schema, value, depth)?;
        }
        let lists = SAME_LISTS.into_iter().filter_map(get).filter_map(Value::as_array).flatten();
        let maps = SAME_MAPS.into_iter().filter_map(get).filter_map(Value::as_object);
        for schema in lists.chain(maps.flat_map(|map| map.values())) {
            self.visit(schema, value, depth)?;
        }
        for reference in REFERENCES.into_iter().filter_map(get).filter_map(Value::as_str) {
            for schema in self.targets.find(reference) {
                self.visit(schema, value, depth)?;
            }
        }
        let members: Vec<Option<&Value>> = match value {
            None => vec![None],
            Some(value) => value.as_object().into_iter().flat_map(|it| it.values()).map(Some).collect(),
        };
        for (name, schema) in get("properties").and_then(Value::as_object).into_iter().flatten() {
            match value {
                None => self.visit(schema, None, depth)?,
                Some(value) => {
                    if let Some(member) = value.get(name) {
                        self.visit(schema, Some(member), depth)?;
                    }
                }
            }
        }
        let patterns = get("patternProperties").and_then(Value::as_object);
        let of_members = MEMBERS.into_iter().filter_map(get);
        for schema in of_members.chain(patterns.into_iter().flat_map(|it| it.values())) {
            for member in &members {
                self.visit(schema, *member, depth)?;
            }
        }
        if let Some(schema) = get("propertyNames") {
            for _ in &members {
                self.visit(schema, Some(&Value::Null), depth)?;
            }
        }
        let elements: Vec<Option<&Value>> = match value {
            None => vec![None],
            Some(value) => value.as_array().into_iter().flatten().map(Some).collect(),
        };
        for schemas in [get("prefixItems"), get("items")].into_iter().flatten().filter_map(Value::as_array) {
            for (at, schema) in schemas.iter().enumerate() {
                match value {
                    None => self.visit(schema, None, depth)?,
                    Some(_) => {
                        if let Some(element) = elements.get(at) {
                            self.visit(schema, *element, depth)?;
                        }
                    }
                }
            }
        }
        for schema in ELEMENTS.into_iter().filter_map(get) {
            for element in &elements {
                self.visit(schema, *element, depth)?;
            }
        }
        Ok(())
    }
}
