use crate::core::exclusion::Exclusion;
use serde_json::json;

#[test]
fn what_is_left_out_or_null_excludes_nothing() {
    assert_eq!(Exclusion::parse(&json!({})), Ok(Exclusion::default()));
    assert_eq!(Exclusion::parse(&json!({"namespaces": null})), Ok(Exclusion::default()));
}

#[test]
fn names_are_read() {
    let read = Exclusion::parse(&json!({"step_names": ["mail"], "task_names": []}));
    let wanted = Exclusion {
        step_names: Some(vec!["mail".to_owned()]),
        task_names: Some(vec![]),
        ..Exclusion::default()
    };
    assert_eq!(read, Ok(wanted));
}

#[test]
fn anything_else_is_refused() {
    let documents = [
        json!(null),
        json!([]),
        json!("mail"),
        json!({"steps": []}),
        json!({"step_names": "mail"}),
        json!({"step_names": [1]}),
    ];
    for document in documents {
        assert!(Exclusion::parse(&document).is_err(), "{document}");
    }
}
