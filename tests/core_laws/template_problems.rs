//! The problems of invalid task templates: each with its place, and all at once.

use crate::core::error::TaskerError;
use crate::core::template::Template;
use crate::core_laws::template::{said, with};
use serde_json::{Value, json};

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
