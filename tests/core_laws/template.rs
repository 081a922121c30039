//! Task templates: what is refused and in which words, defaults, environments, versions, the graph.

use crate::core::error::TaskerError;
use crate::core::template::{Template, find_problems, graph_document};
use crate::core::version::latest;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A template as the engine's YAML files have it.
fn order() -> Value {
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
fn with(pointer: &str, value: Option<Value>) -> Value {
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

fn said(template: &Value) -> Vec<String> {
    find_problems(template).iter().map(ToString::to_string).collect()
}

#[test]
fn whatever_is_wrong_is_named_with_its_place() {
    let long = "x".repeat(65);
    let cases = [
        ("/nane", Some(json!("order")), "$.nane: there is no such key; did you mean \"name\"?"),
        ("/zzz", Some(json!(1)), "$.zzz: there is no such key"),
        ("/odd key", Some(json!(1)), "$.\"odd key\": there is no such key"),
        ("/name", None, "$.name: is missing"),
        ("/name", Some(json!(null)), "$.name: is missing"),
        ("/name", Some(json!("")), "$.name: must be text of 1 to 64 characters, not \"\""),
        ("/name", Some(json!(" ")), "$.name: must be text of 1 to 64 characters, not \" \""),
        ("/name", Some(json!(7)), "$.name: must be text of 1 to 64 characters, not 7"),
        (
            "/name",
            Some(json!(long)),
            "$.name: must be text of 1 to 64 characters, not \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
        ),
        ("/namespace_name", Some(json!([])), "$.namespace_name: must be text of 1 to 64 characters, not []"),
        (
            "/version",
            Some(json!("1.2")),
            "$.version: must be a semantic version such as \"1.2.0\" of at most 16 characters, not \"1.2\"",
        ),
        (
            "/version",
            Some(json!("v1.2.0")),
            "$.version: must be a semantic version such as \"1.2.0\" of at most 16 characters, not \"v1.2.0\"",
        ),
        (
            "/version",
            Some(json!("01.2.0")),
            "$.version: must be a semantic version such as \"1.2.0\" of at most 16 characters, not \"01.2.0\"",
        ),
        (
            "/version",
            Some(json!("1.2.0-alpha.12345")),
            "$.version: must be a semantic version such as \"1.2.0\" of at most 16 characters, not \"1.2.0-alpha.12345\"",
        ),
        (
            "/version",
            Some(json!(1.2)),
            "$.version: must be a semantic version such as \"1.2.0\" of at most 16 characters, not 1.2",
        ),
        (
            "/description",
            Some(json!("x".repeat(256))),
            "$.description: must be text of 1 to 255 characters, not \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
        ),
        (
            "/task_handler_class",
            Some(json!({})),
            "$.task_handler_class: must be text of 1 to 255 characters, not {}",
        ),
        ("/concurrent", Some(json!("yes")), "$.concurrent: must be true or false, not \"yes\""),
        ("/custom_events", Some(json!({})), "$.custom_events: must be a list, not {}"),
        ("/handler_config", Some(json!([])), "$.handler_config: must be a json object, not []"),
        ("/schema", Some(json!(true)), "$.schema: must be a json object, not true"),
        (
            "/named_steps",
            Some(json!("fetch_cart")),
            "$.named_steps: must be a list of texts, not \"fetch_cart\"",
        ),
        ("/named_steps/0", Some(json!(1)), "$.named_steps[0]: must be text of 1 to 128 characters, not 1"),
        (
            "/named_steps/0",
            Some(json!("fetch_card")),
            "$.step_templates[0].name: \"fetch_cart\" is not in named_steps; did you mean \"fetch_card\"?",
        ),
        ("/step_templates", None, "$.step_templates: is missing"),
        ("/step_templates", Some(json!({})), "$.step_templates: must be a list of json objects, not {}"),
        ("/step_templates", Some(json!([])), "$.step_templates: there must be at least one step"),
        (
            "/step_templates/0",
            Some(json!("fetch_cart")),
            "$.step_templates[0]: must be a json object, not \"fetch_cart\"",
        ),
        ("/step_templates/4/name", None, "$.step_templates[4].name: is missing"),
        (
            "/step_templates/4/name",
            Some(json!("create_order")),
            "$.step_templates[4].name: \"create_order\" is already the name of step 3",
        ),
        (
            "/step_templates/4/handler_klass",
            Some(json!("A")),
            "$.step_templates[4].handler_klass: there is no such key; did you mean \"handler_class\"?",
        ),
        (
            "/step_templates/4/default_retriable",
            Some(json!(true)),
            "$.step_templates[4].default_retriable: there is no such key; did you mean \"default_retryable\"?",
        ),
        (
            "/step_templates/4/default_retryable",
            Some(json!("true")),
            "$.step_templates[4].default_retryable: must be true or false, not \"true\"",
        ),
        (
            "/step_templates/4/default_retry_limit",
            Some(json!(-1)),
            "$.step_templates[4].default_retry_limit: must be a whole number from 0 to 1000, not -1",
        ),
        (
            "/step_templates/4/default_retry_limit",
            Some(json!(1001)),
            "$.step_templates[4].default_retry_limit: must be a whole number from 0 to 1000, not 1001",
        ),
        (
            "/step_templates/4/default_retry_limit",
            Some(json!(2.5)),
            "$.step_templates[4].default_retry_limit: must be a whole number from 0 to 1000, not 2.5",
        ),
        (
            "/step_templates/4/skippable",
            Some(json!(0)),
            "$.step_templates[4].skippable: must be true or false, not 0",
        ),
        (
            "/step_templates/4/dependent_system",
            Some(json!(long)),
            "$.step_templates[4].dependent_system: must be text of 1 to 64 characters, not \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
        ),
        (
            "/step_templates/4/handler_config",
            Some(json!("x")),
            "$.step_templates[4].handler_config: must be a json object, not \"x\"",
        ),
        (
            "/step_templates/4/depends_on_step",
            Some(json!("creat_order")),
            "$.step_templates[4].depends_on_step: there is no step \"creat_order\"; did you mean \"create_order\"?",
        ),
        (
            "/step_templates/4/depends_on_step",
            Some(json!("zzz")),
            "$.step_templates[4].depends_on_step: there is no step \"zzz\"",
        ),
        (
            "/step_templates/4/depends_on_step",
            Some(json!("publish_event")),
            "$.step_templates[4].depends_on_step: a step cannot depend on itself",
        ),
        (
            "/step_templates/4/depends_on_step",
            Some(json!(["create_order"])),
            "$.step_templates[4].depends_on_step: must be text of 1 to 128 characters, not [\"create_order\"]",
        ),
        (
            "/step_templates/4/depends_on_steps",
            Some(json!("create_order")),
            "$.step_templates[4].depends_on_steps: must be a list of texts, not \"create_order\"",
        ),
        (
            "/step_templates/4/depends_on_steps",
            Some(json!(["create_order", 3])),
            "$.step_templates[4].depends_on_steps[1]: must be text of 1 to 128 characters, not 3",
        ),
        (
            "/step_templates/2/depends_on_steps/1",
            Some(json!("validate_products")),
            "$.step_templates[2].depends_on_steps[1]: a step cannot depend on itself",
        ),
        (
            "/step_templates/0/depends_on_step",
            Some(json!("create_order")),
            "$.step_templates: these steps wait for each other: fetch_cart -> validate_products -> create_order -> fetch_cart",
        ),
        ("/schema/type", Some(json!("objekt")), "$.schema: is not a JSON Schema: "),
        (
            "/schema/properties/cart_id/$ref",
            Some(json!("https://example.org/cart.json")),
            "$.schema: is not a JSON Schema: ",
        ),
        (
            "/schema/properties/cart_id/$ref",
            Some(json!("file:///etc/passwd")),
            "$.schema: is not a JSON Schema: ",
        ),
        ("/schema/properties/cart_id/pattern", Some(json!("(")), "$.schema: is not a JSON Schema: "),
        ("/environments", Some(json!([])), "$.environments: must be a json object, not []"),
        ("/environments/test", Some(json!(1)), "$.environments.test: must be a json object, not 1"),
        (
            "/environments/test/step_template",
            Some(json!([])),
            "$.environments.test.step_template: there is no such key; did you mean \"step_templates\"?",
        ),
        (
            "/environments/test/step_templates/0/name",
            None,
            "$.environments.test.step_templates[0].name: is missing",
        ),
        (
            "/environments/test/step_templates/0/name",
            Some(json!("fetch_car")),
            "$.environments.test.step_templates[0].name: there is no step \"fetch_car\"; did you mean \"fetch_cart\"?",
        ),
        (
            "/environments/test/step_templates/0/depends_on_step",
            Some(json!("create_order")),
            "$.environments.test.step_templates[0].depends_on_step: there is no such key",
        ),
    ];
    assert!(cases.len() >= 40);
    for (pointer, value, message) in cases {
        let template = with(pointer, value);
        let said = said(&template);
        assert!(
            said.first().is_some_and(|first| first.starts_with(message)),
            "{message}\nis not what is said: {said:#?}"
        );
        assert!(matches!(Template::parse(&template), Err(TaskerError::InvalidTemplate(_))));
    }
    for not_an_object in [json!(null), json!([]), json!("order"), json!(1)] {
        assert_eq!(said(&not_an_object), [format!("$: must be a json object, not {not_an_object}")]);
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let template = json!({
        "version": "1",
        "step_templates": [
            { "name": "a", "depends_on_step": "c", "skipable": true },
            { "name": "b", "depends_on_steps": ["a", "x"] },
            { "name": "c", "depends_on_step": "b", "default_retry_limit": -1 },
            { "name": "p", "depends_on_step": "q" },
            { "name": "q", "depends_on_step": "p" },
            { "name": "q" }
        ]
    });
    assert_eq!(
        said(&template),
        [
            "$.step_templates[0].skipable: there is no such key; did you mean \"skippable\"?",
            "$.step_templates[2].default_retry_limit: must be a whole number from 0 to 1000, not -1",
            "$.version: must be a semantic version such as \"1.2.0\" of at most 16 characters, not \"1\"",
            "$.name: is missing",
            "$.step_templates[5].name: \"q\" is already the name of step 4",
            "$.step_templates[1].depends_on_steps[1]: there is no step \"x\"",
            "$.step_templates: these steps wait for each other: a -> b -> c -> a",
            "$.step_templates: these steps wait for each other: p -> q -> p",
        ]
    );
}

#[test]
fn a_flood_of_problems_is_counted() {
    let steps: Vec<Value> = (0..500).map(|_| json!({ "name": 1 })).collect();
    let said = said(&json!({ "name": "flood", "step_templates": steps }));
    assert_eq!(said.len(), 101);
    assert_eq!(said[100], "$: 400 more problems");
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
