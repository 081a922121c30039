//! Draws a large task: one box for each level, with the number of its steps in each state.

use super::frame::{Frame, NOTE_UNIT, count, in_words};
use super::levels::Levels;
use super::shown::PictureState;
use super::{Picture, escape, tally};
use std::fmt::Write;

/// A task of more levels has several of them in one box.
const MOST_ROWS: usize = 60;
const WIDTH: f64 = 760.0;
const ROW_HEIGHT: f64 = 50.0;
const GAP: f64 = 20.0;
const TEXT_LEFT: f64 = 16.0;
const BAR_LEFT: f64 = 170.0;
const BAR_WIDTH: f64 = WIDTH - BAR_LEFT - 16.0;
/// The least width of a bar's part, so that one failure among thousands is seen.
const LEAST_PART: f64 = 5.0;

const STYLES: &str = ".tk-row{fill:#f8fafc;stroke:#d5dce6;stroke-width:1}\
@media (prefers-color-scheme:dark){.tk-row{fill:#151d2d;stroke:#33405a}}";

/// A group of consecutive levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// The first level, from 0.
    pub first: usize,
    /// The last level.
    pub last: usize,
    /// The states of their steps, and how often each occurs.
    pub states: Vec<(PictureState, usize)>,
}

impl Group {
    fn steps(&self) -> usize {
        self.states.iter().map(|(_, count)| count).sum()
    }

    fn name(&self) -> String {
        if self.first == self.last {
            format!("Level {}", self.first)
        } else {
            format!("Levels {}\u{2013}{}", self.first, self.last)
        }
    }
}

/// The steps of a picture by level, in at most 60 groups of equally many levels.
pub(crate) fn groups(picture: &Picture, levels: &Levels) -> Vec<Group> {
    let span = levels.count().div_ceil(MOST_ROWS).max(1);
    let mut states = vec![Vec::new(); levels.count().div_ceil(span)];
    for (node, &level) in picture.nodes.iter().zip(&levels.of) {
        states[level / span].extend(node.states());
    }
    let group = |(at, states): (usize, Vec<(PictureState, usize)>)| Group {
        first: at * span,
        last: ((at + 1) * span).min(levels.count()) - 1,
        states: tally(states.into_iter()),
    };
    states.into_iter().enumerate().map(group).collect()
}

/// The picture by level.
pub fn overview(picture: &Picture, edges: &[(usize, usize)]) -> String {
    let levels = Levels::of(picture.nodes.len(), edges);
    let groups = groups(picture, &levels);
    let states = picture.states();
    let closing = levels.closing.iter().filter(|closing| **closing).count();
    let steps = count(picture.steps(), "step", "steps");
    let mut subtitle = format!(
        "{steps} on {}, {}",
        count(levels.count(), "level", "levels"),
        count(edges.len(), "dependency", "dependencies")
    );
    if closing > 0 {
        subtitle.push_str(&format!(", {closing} of them close a cycle"));
    }
    let frame = Frame {
        title: &picture.title,
        description: format!("The steps of a task by level. {subtitle}: {}.", in_words(&states)),
        subtitle,
        states,
        width: WIDTH,
        height: groups.len() as f64 * (ROW_HEIGHT + GAP) - GAP.min(groups.len() as f64 * GAP),
        styles: STYLES,
    };
    let mut body = String::new();
    for (at, group) in groups.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write_group(&mut body, group, at as f64 * (ROW_HEIGHT + GAP), at > 0);
    }
    frame.around(&body)
}

fn write_group(body: &mut String, group: &Group, y: f64, joined: bool) -> std::fmt::Result {
    let (name, steps, words) = (group.name(), count(group.steps(), "step", "steps"), in_words(&group.states));
    if joined {
        let x = WIDTH / 2.0;
        writeln!(
            body,
            "<path class=\"tk-line\" d=\"M{x} {}V{y}\"/><path class=\"tk-head\" d=\"M{x} {y}l-4 -7h8z\"/>",
            y - GAP
        )?;
    }
    writeln!(
        body,
        "<g id=\"level-{}\"><title>{name}: {steps}: {words}</title>\
         <rect class=\"tk-row\" y=\"{y}\" width=\"{WIDTH}\" height=\"{ROW_HEIGHT}\" rx=\"10\"/>\
         <text class=\"tk-name\" x=\"{TEXT_LEFT}\" y=\"{}\">{name}</text>\
         <text class=\"tk-note\" x=\"{TEXT_LEFT}\" y=\"{}\">{steps}</text>",
        group.first + 1,
        y + 22.0,
        y + 38.0,
    )?;
    let spare = BAR_WIDTH - LEAST_PART * group.states.len() as f64;
    let mut x = BAR_LEFT;
    for &(state, count) in &group.states {
        let width = LEAST_PART + spare * count as f64 / group.steps() as f64;
        writeln!(
            body,
            "<rect class=\"tk-{}-badge\" x=\"{x:.1}\" y=\"{}\" width=\"{:.1}\" height=\"10\" rx=\"2\"/>",
            state.as_str(),
            y + 13.0,
            width - 1.5,
        )?;
        x += width;
    }
    let shown = escape::fit(&words, BAR_WIDTH / NOTE_UNIT);
    writeln!(body, "<text class=\"tk-note\" x=\"{BAR_LEFT}\" y=\"{}\">{shown}</text></g>", y + 38.0)
}
