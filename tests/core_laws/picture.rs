//! Mermaid and Graphviz source; what an operator is shown.

use crate::core::ids::StepId;
use crate::core::picture::{Picture, PictureNode, PictureState, dot, mermaid};
use crate::core::readiness::{Reason, Verdict};
use crate::core::state::StepState;
use proptest::prelude::*;

/// Steps numbered from 1 that are named alike and take the states in turn.
pub fn numbered(count: usize, name: &str, edges: Vec<(usize, usize)>) -> Picture {
    let node = |at: usize| PictureNode {
        id: StepId(at as i64 + 1),
        name: name.to_owned(),
        state: PictureState::ALL[at % PictureState::ALL.len()],
        detail: name.to_owned(),
        copies: Vec::new(),
    };
    Picture { title: name.to_owned(), nodes: (0..count).map(node).collect(), edges }
}

/// Any picture: any text, any edges, some of them to steps that do not exist.
pub fn pictures(most: usize) -> impl Strategy<Value = Picture> {
    let edge = (0..most + 2, 0..most + 2);
    (0..=most, ".{0,40}", prop::collection::vec(edge, 0..=most * 2))
        .prop_map(|(count, name, edges)| numbered(count, &name, edges))
}

#[test]
fn a_running_or_finished_step_shows_its_state_whatever_the_rule_says() {
    for reason in [None, Some(Reason::TaskClosed), Some(Reason::Finished), Some(Reason::TaskPaused)] {
        let shown = |state| PictureState::of(state, Verdict::from(reason));
        assert_eq!(shown(StepState::InProgress), PictureState::Running);
        assert_eq!(shown(StepState::Complete), PictureState::Complete);
        assert_eq!(shown(StepState::ResolvedManually), PictureState::Resolved);
        assert_eq!(shown(StepState::Cancelled), PictureState::Cancelled);
    }
}

#[test]
fn a_step_that_may_still_run_shows_what_it_waits_for() {
    let table = [
        (None, PictureState::Ready, PictureState::Error),
        (Some(Reason::TaskClosed), PictureState::Skipped, PictureState::Failed),
        (Some(Reason::TaskPaused), PictureState::Paused, PictureState::Paused),
        (Some(Reason::InProcess), PictureState::Running, PictureState::Running),
        (Some(Reason::NotRetryable), PictureState::Blocked, PictureState::Blocked),
        (Some(Reason::RetriesExhausted), PictureState::Blocked, PictureState::Blocked),
        (Some(Reason::Processed), PictureState::Blocked, PictureState::Blocked),
        (Some(Reason::BlockedByCancellation), PictureState::CutOff, PictureState::CutOff),
        (Some(Reason::SkippedByCancellation), PictureState::Skipped, PictureState::Skipped),
        (Some(Reason::DependenciesNotSatisfied), PictureState::Pending, PictureState::Error),
        (Some(Reason::WaitingForBackoff), PictureState::Waiting, PictureState::Waiting),
    ];
    for (reason, pending, error) in table {
        assert_eq!(PictureState::of(StepState::Pending, Verdict::from(reason)), pending, "{reason:?}");
        assert_eq!(PictureState::of(StepState::Error, Verdict::from(reason)), error, "{reason:?}");
    }
}

#[test]
fn a_state_has_a_shape_of_its_own_in_either_language() {
    let picture = numbered(PictureState::ALL.len(), "x", vec![]);
    let boxes = |line: &&str| line.contains(":::");
    let shapes = mermaid(&picture);
    let mut shapes: Vec<_> = shapes
        .lines()
        .filter(boxes)
        .map(|line| {
            let (open, rest) = line.trim().split_once('"').unwrap();
            (
                open.trim_start_matches(|c: char| c.is_alphanumeric()).to_owned(),
                rest.split_once('"').unwrap().1[..2].to_owned(),
            )
        })
        .collect();
    shapes.sort();
    shapes.dedup();
    assert_eq!(shapes.len(), PictureState::ALL.len(), "{shapes:?}");
}

#[test]
fn an_edge_joins_the_ids_of_its_steps_once() {
    let picture = numbered(2, "x", vec![(0, 1), (0, 1), (0, 7)]);
    assert_eq!(mermaid(&picture).matches("s1 --> s2\n").count(), 1);
    assert_eq!(mermaid(&picture).matches("-->").count(), 1);
    assert_eq!(dot(&picture).matches("s1 -> s2;\n").count(), 1);
    assert_eq!(dot(&picture).matches("->").count(), 1);
}

#[test]
fn a_name_cannot_speak_mermaid_or_dot() {
    let picture = numbered(1, "a\"]; click s1 \"javascript:x\" `**b**` <i>&amp;\\", vec![]);
    let source = mermaid(&picture);
    let label = source.lines().find(|line| line.contains("s1[")).unwrap();
    assert_eq!(
        label,
        "    s1[\"a#34;#93;#59; click s1 #34;javascript#58;x#34; #96;#42;#42;b#42;#42;#96; \
         #60;i#62;#38;amp#59;#92; #35;1<br/>pending\"]:::pending"
    );
    assert!(
        dot(&picture)
            .contains(r#"label="a\"]; click s1 \"javascript:x\" `**b**` <i>&amp;amp;\\\n#1 pending""#)
    );
}

#[test]
fn a_word_that_markdown_leaves_alone_can_be_read_in_the_source() {
    let source = mermaid(&numbered(1, "fetch_cart-v1.2", vec![]));
    assert!(source.contains("\"fetch_cart-v1.2 #35;1"), "{source}");
    let source = mermaid(&numbered(1, "1. _list_", vec![]));
    assert!(source.contains("\"1#46; #95;list#95; #35;1"), "{source}");
}

/// What stands outside the quoted strings of Graphviz source.
fn outside_quotes(source: &str) -> String {
    let (mut outside, mut quoted, mut characters) = (String::new(), false, source.chars());
    while let Some(character) = characters.next() {
        match character {
            '\\' if quoted => drop(characters.next()),
            '"' => quoted = !quoted,
            _ if !quoted => outside.push(character),
            _ => {}
        }
    }
    assert!(!quoted, "a string is not closed: {source}");
    outside
}

proptest! {
    #[test]
    fn a_label_never_leaves_its_quotes(picture in pictures(9)) {
        let mut plain = picture.clone();
        plain.title = "x".to_owned();
        for node in &mut plain.nodes {
            (node.name, node.detail) = ("x".to_owned(), "x".to_owned());
        }
        prop_assert_eq!(outside_quotes(&dot(&picture)), outside_quotes(&dot(&plain)));

        let source = mermaid(&picture);
        prop_assert_eq!(source.lines().count(), mermaid(&plain).lines().count());
        for line in source.lines().filter(|line| line.contains(":::")) {
            let parts: Vec<&str> = line.split('"').collect();
            prop_assert_eq!(parts.len(), 3, "{}", line);
            prop_assert!(!parts[1].replace("<br/>", "").contains(['<', '>', '&', '`', '%']), "{}", line);
        }
        prop_assert!(!source.contains("%%"));
    }
}
