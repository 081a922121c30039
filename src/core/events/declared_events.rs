//! Events that registered templates declare in `custom_events`.

use crate::core::event_types::{EventSource, EventType, check_published};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An event that templates declare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredEvent {
    /// The name.
    pub name: String,
    /// The program that records it: a client, or nothing if its name cannot be published.
    pub source: EventSource,
    /// What it means, what fires it, and which template says so.
    pub about: String,
}

/// What templates say of an event.
#[derive(Default)]
struct Declaration {
    about: Vec<String>,
    template: String,
    others: usize,
}

/// Returns the events that are declared in the lists of templates, each with the name of its template, in the order of
/// their names. What the catalogue has is left out, and so is what has no name. A declaration is a name, or an object with
/// the members `name`, `description` and `fired_by`, as in the engine. If templates differ, the first one counts.
pub fn declared(templates: impl IntoIterator<Item = (String, Value)>) -> Vec<DeclaredEvent> {
    let mut found: BTreeMap<String, Declaration> = BTreeMap::new();
    for (template, list) in templates {
        for declared in list.as_array().into_iter().flatten() {
            let Some(name) = declared.as_str().or(declared["name"].as_str()) else { continue };
            if EventType::find(name).is_some() {
                continue;
            }
            let declaration = found.entry(name.to_owned()).or_default();
            if declaration.template.is_empty() {
                declaration.about = about(declared);
                declaration.template.clone_from(&template);
            } else if declaration.template != template {
                declaration.others += 1;
            }
        }
    }
    found.into_iter().map(|(name, declaration)| declaration.of(name)).collect()
}

fn about(declared: &Value) -> Vec<String> {
    let fired_by = match &declared["fired_by"] {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        one => one.as_str().unwrap_or_default().to_owned(),
    };
    let description = declared["description"].as_str().unwrap_or_default().to_owned();
    let fired_by = if fired_by.is_empty() { fired_by } else { format!("fired by {fired_by}") };
    [description, fired_by].into_iter().filter(|text| !text.is_empty()).collect()
}

impl Declaration {
    fn of(self, name: String) -> DeclaredEvent {
        let more = match self.others {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        let mut about = self.about;
        about.push(format!("declared by template {}{more}", self.template));
        let source = if check_published(&name).is_ok() { EventSource::Client } else { EventSource::Nothing };
        DeclaredEvent { name, source, about: about.join("; ") }
    }
}

impl DeclaredEvent {
    /// The JSON Schema of its payload: templates do not say what is in it.
    pub fn payload_schema() -> Value {
        json!({ "type": "object" })
    }
}
