//! Writes Mermaid flowchart source.

use super::palette::look;
use super::{Picture, anchor, escape};
use std::fmt::Write;

/// The picture as a Mermaid flowchart; a box is `s` and the step's id, its class and its shape tell the state.
///
/// Only copies of mapped steps are collapsed. Mermaid itself refuses more than 500 edges or 50,000 characters unless it is
/// configured otherwise.
///
/// # Complexity
/// O(V + E log E).
pub fn mermaid(picture: &Picture) -> String {
    let mut source = format!("---\ntitle: \"{}\"\n---\nflowchart TD\n", escape::front_matter(&picture.title));
    // Writing to a String cannot fail.
    let _ = write_body(&mut source, picture);
    source
}

fn write_body(source: &mut String, picture: &Picture) -> std::fmt::Result {
    for node in &picture.nodes {
        let (open, close) = look(node.state).mermaid;
        let (name, state) = (escape::mermaid(&node.name), node.state);
        writeln!(
            source,
            "    {anchor}{open}\"{name} #35;{id}<br/>{label}\"{close}:::{class}",
            anchor = anchor(node.id),
            id = node.id,
            label = node.label(),
            class = state.as_str(),
        )?;
    }
    for (from, to) in picture.distinct_edges() {
        writeln!(source, "    {} --> {}", anchor(picture.nodes[from].id), anchor(picture.nodes[to].id))?;
    }
    for (state, _) in picture.states() {
        let look = look(state);
        let dashes = match look.dashes {
            "" => String::new(),
            dashes => format!(",stroke-dasharray:{dashes}"),
        };
        writeln!(
            source,
            "    classDef {} fill:{},stroke:{},stroke-width:2px,color:#1f2937{dashes}",
            state.as_str(),
            look.light.fill,
            look.light.accent,
        )?;
    }
    Ok(())
}
