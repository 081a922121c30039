//! Draws the steps of a task as SVG: a box for each step, or for each level of a large task.

use super::frame::{Frame, NAME_UNIT, NOTE_UNIT, badge, count, in_words};
use super::layout::{BOX_HEIGHT, LOOP_REACH, Layout, Link, layout};
use super::{Picture, PictureNode, anchor, escape, overview};
use std::fmt::Write;

/// A task of more steps than this is drawn by level.
const MOST_STEPS: usize = 200;
/// Graphs with more edges than this are drawn by level, as are those with more steps than fit.
const MOST_EDGES: usize = 1_000;
/// The room to the left of a box's text, for the badge.
const TEXT_LEFT: f64 = 42.0;
/// The room to the right of a box's text.
const TEXT_RIGHT: f64 = 14.0;
const LEAST_BOX: f64 = 136.0;
const WIDEST_BOX: f64 = 256.0;
/// The box of a mapped step with its copies has a longer text.
const WIDEST_MAP: f64 = 420.0;

/// The picture as an SVG document of its own; a box is the group with the id `s` and the step's id.
///
/// A task of more than 200 steps or 1,000 edges is collapsed: one box for each level, with the number of its
/// steps in each state, and at most 60 boxes.
///
/// # Complexity
/// O(V + E log E) for a large task; for the others, see `layout`.
pub fn svg(picture: &Picture) -> String {
    let edges = picture.distinct_edges();
    if picture.nodes.len() > MOST_STEPS || edges.len() > MOST_EDGES {
        return overview::overview(picture, &edges);
    }
    let widths: Vec<f64> = picture.nodes.iter().map(box_width).collect();
    let layout = layout(&widths, &edges);
    let states = picture.states();
    let steps = count(picture.steps(), "step", "steps");
    let frame = Frame {
        title: &picture.title,
        subtitle: format!("{steps}, {}", count(edges.len(), "dependency", "dependencies")),
        description: format!("The steps of a task and their dependencies. {steps}: {}.", in_words(&states)),
        states,
        width: layout.width,
        height: layout.height,
        styles: "",
    };
    let mut body = String::new();
    // Writing to a String cannot fail.
    let _ = write_lines(&mut body, &layout);
    for (node, rect) in picture.nodes.iter().zip(&layout.boxes) {
        let _ = write_box(&mut body, node, rect.x, rect.y, rect.width);
    }
    frame.around(&body)
}

fn note(node: &PictureNode) -> String {
    format!("#{} · {}", node.id, node.label())
}

fn box_width(node: &PictureNode) -> f64 {
    let name = escape::width(&escape::single_line(&node.name)) * NAME_UNIT;
    let text = name.max(escape::width(&note(node)) * NOTE_UNIT);
    let widest = if node.copies.is_empty() { WIDEST_BOX } else { WIDEST_MAP };
    (TEXT_LEFT + text + TEXT_RIGHT).clamp(LEAST_BOX, widest).ceil()
}

/// A swing that leaves and arrives vertically, so that the pieces of a line join smoothly.
fn curve(link: &Link) -> String {
    let (from, to) = (link.from, link.to);
    let middle = (from.y + to.y) / 2.0;
    let mut path = if (from.x - to.x).abs() < 0.05 {
        format!("M{:.1} {:.1}V{:.1}", from.x, from.y, to.y)
    } else {
        format!(
            "M{:.1} {:.1}C{:.1} {middle:.1} {:.1} {middle:.1} {:.1} {:.1}",
            from.x, from.y, from.x, to.x, to.x, to.y
        )
    };
    if link.end > to.y {
        path.push_str(&format!("V{:.1}", link.end));
    }
    path
}

fn write_lines(body: &mut String, layout: &Layout) -> std::fmt::Result {
    for (closing, class) in [(false, "tk-line"), (true, "tk-line tk-closing")] {
        let curves: Vec<String> =
            layout.links.iter().filter(|link| link.closing == closing).map(curve).collect();
        if !curves.is_empty() {
            writeln!(body, "<path class=\"{class}\" d=\"{}\"/>", curves.join(""))?;
        }
    }
    for &node in &layout.loops {
        let rect = layout.boxes[node];
        let (right, middle) = (rect.x + rect.width, rect.y + BOX_HEIGHT / 2.0);
        let reach = right + LOOP_REACH * 1.2;
        writeln!(
            body,
            "<path class=\"tk-line tk-closing\" d=\"M{right:.1} {:.1}C{reach:.1} {:.1} {reach:.1} {:.1} {right:.1} \
             {:.1}\"/><path class=\"tk-closing-head\" d=\"M{right:.1} {:.1}l7 -4v8z\"/>",
            middle + 8.0,
            middle + 14.0,
            middle - 14.0,
            middle - 8.0,
            middle - 8.0,
        )?;
    }
    for head in &layout.heads {
        let (class, shape) =
            if head.closing { ("tk-closing-head", "l-4 7h8z") } else { ("tk-head", "l-4 -7h8z") };
        writeln!(body, "<path class=\"{class}\" d=\"M{:.1} {:.1}{shape}\"/>", head.at.x, head.at.y)?;
    }
    Ok(())
}

fn write_box(body: &mut String, node: &PictureNode, x: f64, y: f64, width: f64) -> std::fmt::Result {
    let room = width - TEXT_LEFT - TEXT_RIGHT;
    let mut tooltip = format!("{} #{}: {}", node.name, node.id, node.label());
    if !node.detail.is_empty() {
        tooltip.push('\n');
        tooltip.push_str(&node.detail);
    }
    writeln!(
        body,
        "<g id=\"{anchor}\"><title>{tooltip}</title><rect class=\"tk-box tk-{class}\" x=\"{x:.1}\" y=\"{y:.1}\" \
         width=\"{width:.1}\" height=\"{BOX_HEIGHT}\" rx=\"10\"/>",
        anchor = anchor(node.id),
        tooltip = escape::xml(&tooltip),
        class = node.state.as_str(),
    )?;
    badge(body, node.state, x + 23.0, y + BOX_HEIGHT / 2.0, 11.0)?;
    writeln!(
        body,
        "<text class=\"tk-name\" x=\"{text:.1}\" y=\"{:.1}\">{}</text>\
         <text class=\"tk-note\" x=\"{text:.1}\" y=\"{:.1}\">{}</text></g>",
        y + 20.0,
        escape::xml(&escape::fit(&node.name, room / NAME_UNIT)),
        y + 35.0,
        escape::xml(&escape::fit(&note(node), room / NOTE_UNIT)),
        text = x + TEXT_LEFT,
    )
}
