//! Draws the history of a task as a Gantt chart.

use super::axis::{Axis, duration};
use super::bars::{Attempt, Bar, BarKind, ChartRow};
use super::frame::{Frame, NAME_UNIT, NOTE_UNIT, badge, count, in_words};
use super::shown::PictureState;
use super::{anchor, escape, folded, tally};
use crate::core::time::Timestamp;
use std::fmt::Write;

/// The highest number of rows; the chart says how many steps it leaves out.
const MOST_ROWS: usize = 200;
const LABEL_WIDTH: f64 = 240.0;
const CHART_WIDTH: f64 = 840.0;
/// The room to the right of the chart, for the last label of the axis.
const RIGHT: f64 = 40.0;
const AXIS_HEIGHT: f64 = 50.0;
const ROW_HEIGHT: f64 = 28.0;
const BAR_HEIGHT: f64 = 14.0;
/// The least width of an attempt's bar, so that the shortest is seen.
const LEAST_BAR: f64 = 2.0;

const STYLES: &str = ".tk-grid{stroke:#e3e8ef;stroke-width:1}.tk-stripe{fill:#f6f8fb}\
.tk-bar-parents{fill:#dde3ec}.tk-bar-queue{fill:#67c5d8}.tk-bar-backoff{fill:#f2cf66}\
.tk-bar-open{fill:#1d4ed8}.tk-bar-succeeded{fill:#15803d}.tk-bar-failed{fill:#c2410c}.tk-bar-cancelled{fill:#57534e}\
.tk-bar-returned{fill:#64748b}.tk-attempt{fill:#fff;font-size:10px;font-weight:600;text-anchor:middle}.tk-tick{text-anchor:middle}\
@media (prefers-color-scheme:dark){.tk-grid{stroke:#243048}.tk-stripe{fill:#121a2a}\
.tk-bar-parents{fill:#2f3b52}.tk-bar-queue{fill:#1a7f93}.tk-bar-backoff{fill:#a07f1f}\
.tk-bar-open{fill:#3b82f6}.tk-bar-cancelled{fill:#78716c}}";

/// The kinds of bars that the legend explains.
const KINDS: [(&str, &str); 8] = [
    ("parents", "waits for parents"),
    ("queue", "waits for a worker"),
    ("backoff", "backs off"),
    ("open", "runs"),
    ("succeeded", "succeeded"),
    ("failed", "failed"),
    ("returned", "given back"),
    ("cancelled", "cancelled"),
];

/// The history of a task, as the chart shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The title above the chart.
    pub title: String,
    /// The begin of the axis.
    pub from: Timestamp,
    /// The end of the axis: now, or when the task ended.
    pub to: Timestamp,
    /// The steps, from top to bottom.
    pub rows: Vec<ChartRow>,
}

impl Timeline {
    /// The history with one row for each mapped step that has more than ten copies: from when the first of them ran
    /// until the last one has ended. `mapped`: the mapped step of each copy, by index.
    ///
    /// # Complexity
    /// O(rows and their bars).
    pub fn with_folded_copies(mut self, mapped: &[Option<usize>]) -> Self {
        let folded = folded(mapped);
        if folded.iter().all(Option::is_none) {
            return self;
        }
        let mut copies: Vec<Vec<&ChartRow>> = vec![Vec::new(); self.rows.len()];
        for (row, box_of) in self.rows.iter().zip(&folded) {
            if let Some(at) = box_of {
                copies[*at].push(row);
            }
        }
        let rows = self.rows.iter().zip(&folded).zip(&copies).filter(|((_, folded), _)| folded.is_none());
        let rows =
            rows.map(|((row, _), copies)| if copies.is_empty() { row.clone() } else { with(row, copies) });
        self.rows = rows.collect();
        self
    }
}

/// The row of a mapped step with its copies.
fn with(row: &ChartRow, copies: &[&ChartRow]) -> ChartRow {
    let ran = copies.iter().flat_map(|copy| &copy.bars);
    let ran = ran.filter(|bar| matches!(bar.kind, BarKind::Running(..)));
    let from = ran.clone().map(|bar| bar.from).min();
    let to = ran.clone().map(|bar| bar.to).max();
    let mut row = ChartRow { name: format!("{} ({} copies)", row.name, copies.len()), ..row.clone() };
    if let Some((from, to)) = from.zip(to) {
        let outcome = match row.end {
            None => Attempt::Open,
            Some(end) => match end.state {
                PictureState::Complete | PictureState::Resolved => Attempt::Succeeded,
                PictureState::Cancelled => Attempt::Cancelled,
                _ => Attempt::Failed,
            },
        };
        row.bars.retain(|bar| bar.from < from);
        row.bars.iter_mut().for_each(|bar| bar.to = bar.to.min(from));
        row.bars.push(Bar { kind: BarKind::Running(1, outcome), from, to });
    }
    row
}

/// The history as an SVG document; a step's row is the group with the id `s` and the step's id.
///
/// Bars are cut off at the ends of the axis. If there are more than 200 steps, the first 200 are drawn.
///
/// # Complexity
/// O(rows and their bars).
pub fn timeline_svg(timeline: &Timeline) -> String {
    let axis = Axis::new(timeline.from, timeline.to, CHART_WIDTH);
    let drawn = timeline.rows.len().min(MOST_ROWS);
    let missing = timeline.rows.len() - drawn;
    let states = tally(timeline.rows.iter().map(|row| (row.state, 1)));
    let steps = count(timeline.rows.len(), "step", "steps");
    let total = duration(axis.span());
    let rows_height = ROW_HEIGHT * (drawn + usize::from(missing > 0)) as f64;
    let frame = Frame {
        title: &format!("{}: {total}", timeline.title),
        subtitle: format!("{steps}, {} to {}", timeline.from.to_rfc3339(), timeline.to.to_rfc3339()),
        description: format!("What each step of a task did in {total}. {steps}: {}.", in_words(&states)),
        states,
        width: LABEL_WIDTH + CHART_WIDTH + RIGHT,
        height: AXIS_HEIGHT + rows_height,
        styles: STYLES,
    };
    let mut body = String::new();
    // Writing to a String cannot fail.
    let _ = write_kinds(&mut body);
    let _ = write_axis(&mut body, &axis, rows_height);
    for (at, row) in timeline.rows[..drawn].iter().enumerate() {
        let _ = write_row(&mut body, row, &axis, AXIS_HEIGHT + at as f64 * ROW_HEIGHT, at % 2 == 0);
    }
    if missing > 0 {
        let y = AXIS_HEIGHT + drawn as f64 * ROW_HEIGHT + 18.0;
        let text = count(missing, "more step is not drawn", "more steps are not drawn");
        let _ = writeln!(body, "<text class=\"tk-note\" x=\"0\" y=\"{y}\">{text}</text>");
    }
    frame.around(&body)
}

const fn class(kind: BarKind) -> &'static str {
    match kind {
        BarKind::Parents => "parents",
        BarKind::Queue => "queue",
        BarKind::Backoff => "backoff",
        BarKind::Running(_, Attempt::Open) => "open",
        BarKind::Running(_, Attempt::Succeeded) => "succeeded",
        BarKind::Running(_, Attempt::Failed) => "failed",
        BarKind::Running(_, Attempt::GivenBack) => "returned",
        BarKind::Running(_, Attempt::Cancelled) => "cancelled",
    }
}

fn describe(kind: BarKind) -> String {
    let text = KINDS.iter().find(|(name, _)| *name == class(kind)).map_or("", |(_, text)| text);
    match kind {
        BarKind::Running(attempt, _) => format!("attempt {attempt} {text}"),
        BarKind::Parents | BarKind::Queue | BarKind::Backoff => text.to_owned(),
    }
}

/// The legend of the bars.
fn write_kinds(body: &mut String) -> std::fmt::Result {
    let mut x = LABEL_WIDTH;
    for (class, text) in KINDS {
        writeln!(
            body,
            "<rect class=\"tk-bar-{class}\" x=\"{x:.1}\" y=\"2\" width=\"16\" height=\"9\" rx=\"2\"/>\
             <text class=\"tk-note\" x=\"{:.1}\" y=\"10\">{text}</text>",
            x + 21.0
        )?;
        x += 42.0 + escape::width(text) * NOTE_UNIT;
    }
    Ok(())
}

fn write_axis(body: &mut String, axis: &Axis, rows_height: f64) -> std::fmt::Result {
    for (offset, label) in axis.ticks() {
        let x = LABEL_WIDTH + offset;
        writeln!(
            body,
            "<path class=\"tk-grid\" d=\"M{x:.1} {}v{}\"/>\
             <text class=\"tk-note tk-tick\" x=\"{x:.1}\" y=\"{}\">{label}</text>",
            AXIS_HEIGHT - 6.0,
            rows_height + 6.0,
            AXIS_HEIGHT - 12.0
        )?;
    }
    Ok(())
}

fn write_row(body: &mut String, row: &ChartRow, axis: &Axis, y: f64, striped: bool) -> std::fmt::Result {
    let middle = y + ROW_HEIGHT / 2.0;
    let label = format!("{} #{}", row.name, row.id);
    writeln!(
        body,
        "<g id=\"{}\"><title>{}: {}</title>",
        anchor(row.id),
        escape::xml(&label),
        row.state.label()
    )?;
    if striped {
        let width = LABEL_WIDTH + CHART_WIDTH;
        writeln!(
            body,
            "<rect class=\"tk-stripe\" y=\"{y}\" width=\"{width}\" height=\"{ROW_HEIGHT}\" rx=\"4\"/>"
        )?;
    }
    badge(body, row.state, 14.0, middle, 8.0)?;
    let number = format!(" #{}", row.id);
    let room = (LABEL_WIDTH - 44.0 - escape::width(&number) * NOTE_UNIT) / NAME_UNIT;
    writeln!(
        body,
        "<text class=\"tk-name\" x=\"30\" y=\"{}\">{}<tspan class=\"tk-note\">{number}</tspan></text>",
        middle + 4.0,
        escape::xml(&escape::fit(&row.name, room)),
    )?;
    for bar in &row.bars {
        write_bar(body, bar, axis, middle)?;
    }
    if let Some(end) = row.end {
        badge(body, end.state, LABEL_WIDTH + axis.place(end.at), middle, 6.0)?;
    }
    writeln!(body, "</g>")
}

fn write_bar(body: &mut String, bar: &Bar, axis: &Axis, middle: f64) -> std::fmt::Result {
    let (left, right) = (axis.place(bar.from), axis.place(bar.to));
    let attempt = match bar.kind {
        BarKind::Running(attempt, _) => Some(attempt),
        BarKind::Parents | BarKind::Queue | BarKind::Backoff => None,
    };
    let (height, least) = if attempt.is_some() { (BAR_HEIGHT, LEAST_BAR) } else { (BAR_HEIGHT / 2.0, 0.0) };
    let left = left.min(CHART_WIDTH - least);
    let width = (right - left).max(least);
    writeln!(
        body,
        "<rect class=\"tk-bar-{}\" x=\"{:.2}\" y=\"{}\" width=\"{width:.2}\" height=\"{height}\" rx=\"2\">\
         <title>{}: {}</title></rect>",
        class(bar.kind),
        LABEL_WIDTH + left,
        middle - height / 2.0,
        describe(bar.kind),
        duration(axis.length(bar.from, bar.to)),
    )?;
    if let Some(attempt) = attempt.filter(|_| width >= 30.0) {
        let x = LABEL_WIDTH + left + width / 2.0;
        writeln!(body, "<text class=\"tk-attempt\" x=\"{x:.1}\" y=\"{}\">{attempt}</text>", middle + 3.5)?;
    }
    Ok(())
}
