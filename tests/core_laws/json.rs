//! Documents come back as they were given, or are refused.

use crate::core::error::TaskerError;
use crate::core::json::{DEEPEST, parse};
use crate::core::outcome::error_results;
use crate::core::template::{TaskRequest, Template};
use proptest::prelude::*;
use serde_json::{Value, json};

fn nested(levels: usize) -> String {
    format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn a_document_may_be_nested_so_deep_and_no_deeper() {
    assert_eq!(parse(&nested(DEEPEST)).unwrap().to_string(), nested(DEEPEST));
    let refusal = Err(TaskerError::UnreadableJson(format!("is nested more than {DEEPEST} levels deep")));
    assert_eq!(parse(&nested(DEEPEST + 1)), refusal);
    assert_eq!(parse(&nested(1_000_000)), refusal);
}

#[test]
fn brackets_in_texts_are_not_levels() {
    let text = format!(r#"{{"a\"{}": "\\{}"}}"#, "[{".repeat(2 * DEEPEST), "]".repeat(2 * DEEPEST));
    assert_eq!(parse(&text).unwrap().as_object().unwrap().len(), 1);
}

#[test]
fn the_mark_of_numbers_is_no_key() {
    let document = r#"{"$serde_json::private::Number": "1"}"#;
    assert!(matches!(parse(document), Err(TaskerError::UnreadableJson(_))));
}

/// Beyond 64 bits, beyond double precision, with zeros at the end, and of more digits than a double has.
const NUMBERS: [&str; 5] =
    ["123456789012345678901", "1.10", "0.12345678901234567890123", "-0.0", "10000000000000000000000000"];

#[test]
fn numbers_keep_their_digits_in_templates_requests_and_errors() {
    for number in NUMBERS.map(str::to_owned).into_iter().chain([format!("1{}", "0".repeat(400))]) {
        let value = parse(&number).unwrap();
        assert_eq!(value.to_string(), number);
        let mut template = json!({
            "name": "t", "custom_events": [value], "handler_config": { "n": value },
            "step_templates": [
                { "name": "a", "handler_config": { "n": value }, "custom_events": [value] },
                { "name": "b", "depends_on_step": "a", "subtask": { "task_name": "t", "context": { "n": value } } }
            ],
            "environments": { "test": { "step_templates": [{ "name": "a", "handler_config": { "m": value } }] } }
        });
        let read = Template::parse(&template).unwrap();
        let stored = serde_json::to_string(&read).unwrap();
        assert_eq!(stored.matches(&number).count(), 6, "{stored}");
        let read = Template::of_stored("t", &parse(&stored).unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        let in_test = serde_json::to_value(read.in_environment("test").unwrap()).unwrap();
        assert_eq!(in_test["step_templates"][0]["handler_config"], json!({ "n": value, "m": value }));
        assert_eq!(in_test["step_templates"][1]["subtask"]["context"]["n"], value);
        template["schema"] = json!({ "properties": { "n": { "maximum": 5 } } });
        let request =
            TaskRequest::parse_list(&json!([{ "task_name": "t", "context": { "n": value } }])).unwrap();
        assert_eq!(request[0].context["n"], value);
        assert_eq!(error_results(json!({ "message": value, "n": value }))["n"].to_string(), number);
        assert_eq!(error_results(value)["error"], number);
    }
}

proptest! {
    #[test]
    fn every_number_comes_back(sign in "-?", whole in "(0|[1-9][0-9]{0,40})", fraction in "([.][0-9]{1,40})?") {
        let number = format!("{sign}{whole}{fraction}");
        prop_assert_eq!(parse(&number).unwrap().to_string(), number);
    }

    #[test]
    fn whole_numbers_are_read_as_such(number: i64) {
        prop_assert_eq!(parse(&number.to_string()).unwrap().as_i64(), Some(number));
        prop_assert_eq!(parse(&number.to_string()).unwrap(), Value::from(number));
    }
}
