use crate::core::version::Version;

#[test]
fn versions_have_the_order_of_semantic_versioning() {
    let ordered = [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "latest",
        "v1.0.0",
        "0.9.0",
        "0.10.0-1",
        "0.10.0-alpha",
        "0.10.0-alpha.1",
        "0.10.0-alpha.beta",
        "0.10.0-beta.2",
        "0.10.0-beta.11",
        "0.10.0-rc.1",
        "0.10.0",
        "0.10.1",
        "1.0.0",
        "10.0.0",
    ];
    let versions: Vec<Version> = ordered.iter().map(|text| Version::parse(text)).collect();
    for (at, pair) in versions.windows(2).enumerate() {
        assert!(pair[0] < pair[1], "{} before {}", ordered[at], ordered[at + 1]);
    }
}

#[test]
fn what_follows_a_plus_does_not_count() {
    assert_eq!(Version::parse("1.0.0+a-b"), Version::parse("1.0.0"));
}

#[test]
fn what_has_no_identifier_is_no_semantic_version() {
    for text in ["1.0.0-", "1.0.0-a..b", "1..0", "1.0.x", "-1.0.0", "1.0.99999999999999999999"] {
        assert_eq!(Version::parse(text), Version::Other(text.to_owned()));
    }
}
