//! Task templates: defaults, environments, versions, the graph, and documents of any shape.

use crate::core::error::TaskerError;
use crate::core::template::{Template, find_problems, graph_document};
use crate::core::version::latest;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A template as the engine's YAML files have it.
pub(super) fn order() -> Value {
    json!({
        "name": "order",
        "namespace_name": "shop",
        "version": "1.2.0",
        "description": null,
        "task_handler_class": "OrderHandler",
        "default_dependent_system": "shop_system",
        "named_steps": ["fetch_cart", "fetch_products", "validate_products", "create_order", "publish_event"],
        "schema": { "type": "object", "required": ["cart_id"], "properties": { "cart_id": { "type": "integer" } } },
        "step_templates": [
            { "name": "fetch_cart", "handler_class": "FetchCart", "handler_config": { "url": "/carts", "retry": null } },
            { "name": "fetch_products", "handler_class": "FetchProducts", "default_retry_limit": 5 },
            {
                "name": "validate_products",
                "depends_on_steps": ["fetch_products", "fetch_cart"],
                "depends_on_step": "fetch_cart",
                "default_retryable": false
            },
            { "name": "create_order", "depends_on_step": "validate_products", "dependent_system": "ledger" },
            { "name": "publish_event", "depends_on_step": "create_order", "skippable": true, "description": null }
        ],
        "environments": {
            "test": { "step_templates": [{
                "name": "fetch_cart", "default_retry_limit": 1, "handler_config": { "url": "/test", "slow": true }
            }] }
        }
    })
}

/// The template with a value at a JSON pointer; `None` removes what stands there.
pub(super) fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut template = order();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = template.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(object), Some(value)) => drop(object.insert(name.to_owned(), value)),
        (Value::Object(object), None) => drop(object.remove(name)),
        (Value::Array(array), Some(value)) => array[name.parse::<usize>().unwrap()] = value,
        (Value::Array(array), None) => drop(array.remove(name.parse().unwrap())),
        _ => panic!("{pointer}"),
    }
    template
}

pub(super) fn said(template: &Value) -> Vec<String> {
    find_problems(template).iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_left_out_has_the_engines_defaults() {
    let template =
        Template::parse(&json!({ "name": "small", "step_templates": [{ "name": "only" }] })).unwrap();
    assert_eq!((template.namespace_name.as_str(), template.version.as_str()), ("default", "0.1.0"));
    let step = &template.step_templates[0];
    assert!(step.default_retryable && !step.skippable && step.depends_on_steps.is_empty());
    assert_eq!((step.default_retry_limit, template.system_of(step)), (3, "unknown"));
}

#[test]
fn the_normal_form_reads_as_the_same_template() {
    let template = Template::parse(&order()).unwrap();
    let normal = serde_json::to_value(&template).unwrap();
    assert_eq!(said(&normal), [""; 0]);
    assert_eq!(Template::parse(&normal).unwrap(), template);
    assert_eq!(Template::of_stored("x", &normal).unwrap(), template);
    let dependencies: Vec<&[String]> =
        template.step_templates.iter().map(|step| step.depends_on_steps.as_slice()).collect();
    assert_eq!(dependencies[2], ["fetch_products", "fetch_cart"], "each once");
    assert_eq!(dependencies[4], ["create_order"]);
    let systems: Vec<&str> = template.step_templates.iter().map(|step| template.system_of(step)).collect();
    assert_eq!(systems, ["shop_system", "shop_system", "shop_system", "ledger", "shop_system"]);
    assert_eq!(normal["step_templates"][0]["handler_config"], json!({ "url": "/carts", "retry": null }));
}

#[test]
fn an_environment_goes_over_the_template_member_by_member() {
    let template = Template::parse(&order()).unwrap();
    let test = template.clone().in_environment("test").unwrap();
    let step = &test.step_templates[0];
    assert_eq!(step.handler_config, Some(json!({ "url": "/test", "retry": null, "slow": true })));
    assert_eq!((step.default_retry_limit, step.handler_class.as_deref()), (1, Some("FetchCart")));
    assert!(test.environments.is_empty());
    assert_eq!(test.step_templates[1..], template.step_templates[1..]);

    let production = template.clone().in_environment("production").unwrap();
    assert_eq!(production.step_templates, template.step_templates);
}

#[test]
fn the_latest_version_goes_by_precedence() {
    let latest = |versions: &[&str]| latest(versions.iter().copied()).map(|at| versions[at].to_owned());
    assert_eq!(latest(&["0.9.0", "0.10.0", "0.2.0"]).as_deref(), Some("0.10.0"));
    assert_eq!(latest(&["2.0.0-rc.1", "1.9.0"]).as_deref(), Some("2.0.0-rc.1"));
    assert_eq!(latest(&["2.0.0", "2.0.0-rc.2", "2.0.0-rc.10"]).as_deref(), Some("2.0.0"));
    assert_eq!(latest(&["2.0.0-rc.2", "2.0.0-rc.10"]).as_deref(), Some("2.0.0-rc.10"));
    assert_eq!(latest(&["next", "0.1.0"]).as_deref(), Some("0.1.0"));
    assert_eq!(latest(&["next"]), None);
}

#[test]
fn the_graph_is_described_as_the_engine_does() {
    let template = Template::parse(&order()).unwrap();
    let document = serde_json::to_value(graph_document(&template, &template.dag().unwrap())).unwrap();
    assert_eq!(
        document["levels"],
        json!([["fetch_cart", "fetch_products"], ["validate_products"], ["create_order"], ["publish_event"]])
    );
    assert_eq!(
        document["summary"],
        json!({ "total_steps": 5, "total_dependencies": 4, "max_depth": 3, "parallel_branches": 2 })
    );
    assert_eq!(document["roots"], json!(["fetch_cart", "fetch_products"]));
    assert_eq!(document["leaves"], json!(["publish_event"]));
    assert_eq!(document["nodes"][4]["description"], "publish_event");
}

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just("name"),
        Just("version"),
        Just("step_templates"),
        Just("depends_on_step"),
        Just("depends_on_steps"),
        Just("environments"),
        Just("named_steps"),
        Just("schema"),
        Just("type"),
        Just("$ref"),
        Just("properties"),
        Just("handler_config"),
        Just("default_retry_limit"),
        Just("test"),
        Just("ключ"),
        Just("")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![Just("a"), Just("b"), Just("object"), Just("#"), Just("1.0.0"), Just("é…")]
            .prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..8).prop_map(|members| {
                Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

/// Places in [`order`] to put anything.
fn any_place() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "/name",
        "/version",
        "/schema",
        "/schema/properties",
        "/schema/properties/cart_id",
        "/named_steps",
        "/step_templates",
        "/step_templates/0",
        "/step_templates/2/depends_on_steps",
        "/step_templates/0/depends_on_step",
        "/environments",
        "/environments/test",
        "/environments/test/step_templates",
        "/step_templates/3/name",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_read_or_refused(document in any_json(), place in any_place(), value in any_json()) {
        for document in [document, with(place, Some(value))] {
            let problems = find_problems(&document);
            match Template::parse(&document) {
                Err(error) => prop_assert_eq!(error, TaskerError::InvalidTemplate(problems)),
                Ok(template) => {
                    prop_assert!(problems.is_empty());
                    prop_assert!(template.dag().is_some());
                    let normal = serde_json::to_value(&template).unwrap();
                    prop_assert_eq!(Template::parse(&normal).unwrap(), template.clone());
                    prop_assert!(template.in_environment("test").is_ok());
                }
            }
        }
    }
}
