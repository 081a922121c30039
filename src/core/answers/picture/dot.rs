//! Writes Graphviz source.

use super::palette::look;
use super::{Picture, anchor, escape};
use std::fmt::Write;

/// The picture as a Graphviz digraph; a node is `s` and the step's id, its shape and its colour tell the state.
///
/// Only copies of mapped steps are collapsed.
///
/// # Complexity
/// O(V + E log E).
pub fn dot(picture: &Picture) -> String {
    let mut source = String::from("digraph task {\n");
    // Writing to a String cannot fail.
    let _ = write_body(&mut source, picture);
    source.push_str("}\n");
    source
}

fn write_body(source: &mut String, picture: &Picture) -> std::fmt::Result {
    let states = picture.states();
    let legend: Vec<String> =
        states.iter().map(|(state, count)| format!("{count} {}", state.label())).collect();
    writeln!(source, "    graph [charset=\"UTF-8\", rankdir=TB, bgcolor=white, nodesep=0.35, ranksep=0.5,")?;
    writeln!(source, "        fontname=\"Helvetica\", fontsize=16, fontcolor=\"#111827\", labelloc=t,")?;
    writeln!(
        source,
        "        label=\"{}\\n{}\"];",
        escape::dot(&escape::single_line(&picture.title)),
        legend.join(", ")
    )?;
    writeln!(source, "    node [fontname=\"Helvetica\", fontsize=11, fontcolor=\"#111827\", penwidth=1.5];")?;
    writeln!(source, "    edge [color=\"#94a3b8\", penwidth=1.2, arrowsize=0.7];")?;
    for node in &picture.nodes {
        let look = look(node.state);
        let style = match look.dot_style {
            "" => "filled".to_owned(),
            style => format!("filled,{style}"),
        };
        writeln!(
            source,
            "    {anchor} [label=\"{name}\\n#{id} {label}\", tooltip=\"{tooltip}\", shape={shape}, \
             style=\"{style}\", fillcolor=\"{fill}\", color=\"{accent}\"];",
            anchor = anchor(node.id),
            name = escape::dot(&node.name),
            id = node.id,
            label = node.label(),
            tooltip = escape::dot(&node.detail),
            shape = look.dot_shape,
            fill = look.light.fill,
            accent = look.light.accent,
        )?;
    }
    for (from, to) in picture.distinct_edges() {
        writeln!(source, "    {} -> {};", anchor(picture.nodes[from].id), anchor(picture.nodes[to].id))?;
    }
    Ok(())
}
