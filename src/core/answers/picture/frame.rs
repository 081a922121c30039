//! The frame of every SVG picture: size, styles, background, title and legend.

use super::escape;
use super::palette::look;
use super::shown::PictureState;
use std::fmt::Write;

/// The distance between the picture and its border.
const MARGIN: f64 = 28.0;
/// The height of the title together with the line below it.
const TITLE_HEIGHT: f64 = 52.0;
/// The width of a unit of [`escape::width`] in a name and in a note; bold letters are wider.
pub const NAME_UNIT: f64 = 14.6;
/// The width of a unit of [`escape::width`] in a note.
pub const NOTE_UNIT: f64 = 11.4;
const LEGEND_ROW: f64 = 30.0;
const LEAST_WIDTH: f64 = 460.0;

/// The frame around a picture.
pub struct Frame<'a> {
    /// The headline.
    pub title: &'a str,
    /// A line below it.
    pub subtitle: String,
    /// The description of the picture, for readers who do not see it.
    pub description: String,
    /// The states that occur, and how often.
    pub states: Vec<(PictureState, usize)>,
    /// The width of the body.
    pub width: f64,
    /// The height of the body.
    pub height: f64,
    /// Style rules that only this picture needs.
    pub styles: &'static str,
}

const STYLES: &str = "\
.tk{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}\
.tk-bg{fill:#fff}.tk-title{fill:#0f172a;font-size:18px;font-weight:650}\
.tk-name{fill:#0f172a;font-size:13px;font-weight:600}.tk-note{fill:#526077;font-size:11px}\
.tk-line{fill:none;stroke:#a3b0c2;stroke-width:1.5}.tk-head{fill:#8292a8}\
.tk-closing{stroke:#dc2626;stroke-dasharray:6 4}.tk-closing-head{fill:#dc2626}\
.tk-box{stroke-width:1.5}.tk-glyph{fill:none;stroke:#fff;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}";

const DARK_STYLES: &str = "\
.tk-bg{fill:#0d1320}.tk-title,.tk-name{fill:#eef2f8}.tk-note{fill:#a5b1c4}\
.tk-line{stroke:#52617a}.tk-head{fill:#6f7f99}.tk-closing{stroke:#f87171}.tk-closing-head{fill:#f87171}\
.tk-glyph{stroke:#0d1320}";

impl Frame<'_> {
    /// The whole document around a body whose upper left corner is (0, 0).
    pub fn around(&self, body: &str) -> String {
        let entries = self.legend();
        let legend_width = entries.iter().map(|entry| entry.x + entry.width).fold(0.0, f64::max);
        let width = (self.width.max(legend_width).max(LEAST_WIDTH) + 2.0 * MARGIN).ceil();
        let rows = entries.last().map_or(0.0, |entry| entry.row + 1.0);
        let top = MARGIN + TITLE_HEIGHT + rows * LEGEND_ROW + 10.0;
        let height = (top + self.height + MARGIN).ceil();
        let mut document = String::with_capacity(body.len() + 4096);
        // Writing to a String cannot fail.
        let _ = self.write_head(&mut document, width, height);
        let _ = write_legend(&mut document, &entries);
        let left = ((width - self.width) / 2.0).floor();
        let _ = write!(document, "<g transform=\"translate({left} {top})\">\n{body}</g>\n</svg>\n");
        document
    }

    fn write_head(&self, document: &mut String, width: f64, height: f64) -> std::fmt::Result {
        let title = escape::xml(&escape::single_line(self.title));
        let shown_title = escape::xml(&escape::fit(self.title, (width - 2.0 * MARGIN) / 20.0));
        let subtitle = escape::xml(&escape::fit(&self.subtitle, (width - 2.0 * MARGIN) / NOTE_UNIT));
        writeln!(
            document,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tk\" role=\"img\" \
             aria-labelledby=\"tk-title tk-desc\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\">"
        )?;
        writeln!(document, "<title id=\"tk-title\">{title}</title>")?;
        writeln!(document, "<desc id=\"tk-desc\">{}</desc>", escape::xml(&self.description))?;
        writeln!(document, "<style>{}</style>", self.style_sheet())?;
        writeln!(document, "<rect class=\"tk-bg\" width=\"{width}\" height=\"{height}\"/>")?;
        writeln!(
            document,
            "<text class=\"tk-title\" x=\"{MARGIN}\" y=\"{}\">{shown_title}</text>",
            MARGIN + 17.0
        )?;
        writeln!(document, "<text class=\"tk-note\" x=\"{MARGIN}\" y=\"{}\">{subtitle}</text>", MARGIN + 37.0)
    }

    /// The rules for the states that occur. Dark colours come after the light ones, so that they take precedence.
    fn style_sheet(&self) -> String {
        let (mut light, mut dark) = (format!("{STYLES}{}", self.styles), DARK_STYLES.to_owned());
        for &(state, _) in &self.states {
            let (look, class) = (look(state), state.as_str());
            for (sheet, colours) in [(&mut light, look.light), (&mut dark, look.dark)] {
                sheet.push_str(&format!(
                    ".tk-{class}{{fill:{};stroke:{}}}.tk-{class}-badge{{fill:{}}}",
                    colours.fill, colours.accent, colours.accent
                ));
            }
            if !look.dashes.is_empty() {
                light.push_str(&format!(".tk-{class}{{stroke-dasharray:{}}}", look.dashes));
            }
        }
        format!("{light}@media (prefers-color-scheme:dark){{{dark}}}")
    }

    /// The entries of the legend, wrapped where the picture's width ends.
    fn legend(&self) -> Vec<Entry> {
        let room = self.width.max(LEAST_WIDTH);
        let (mut x, mut row) = (0.0, 0.0);
        let entry = |&(state, count): &(PictureState, usize)| {
            let text = format!("{count} {}", state.label());
            let width = 28.0 + escape::width(&text) * NOTE_UNIT;
            if x > 0.0 && x + width > room {
                (x, row) = (0.0, row + 1.0);
            }
            let entry = Entry { state, text, x, row, width };
            x += width + 22.0;
            entry
        };
        self.states.iter().map(entry).collect()
    }
}

struct Entry {
    state: PictureState,
    text: String,
    x: f64,
    row: f64,
    width: f64,
}

fn write_legend(document: &mut String, entries: &[Entry]) -> std::fmt::Result {
    for entry in entries {
        let (x, y) = (MARGIN + entry.x, MARGIN + TITLE_HEIGHT + entry.row * LEGEND_ROW);
        badge(document, entry.state, x + 9.0, y + 9.0, 9.0)?;
        writeln!(
            document,
            "<text class=\"tk-note\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            x + 24.0,
            y + 13.0,
            escape::xml(&entry.text)
        )?;
    }
    Ok(())
}

/// The sign of a state: a disc with a glyph around a middle.
pub fn badge(document: &mut String, state: PictureState, x: f64, y: f64, radius: f64) -> std::fmt::Result {
    writeln!(
        document,
        "<g transform=\"translate({x:.1} {y:.1})\"><circle class=\"tk-{class}-badge\" r=\"{radius}\"/>\
         <path class=\"tk-glyph\" transform=\"scale({scale:.2})\" d=\"{glyph}\"/></g>",
        class = state.as_str(),
        scale = radius / 9.5,
        glyph = look(state).glyph,
    )
}

/// A number and its noun.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The states that occur in words: "80 complete, 40 pending".
pub fn in_words(states: &[(PictureState, usize)]) -> String {
    let words: Vec<String> =
        states.iter().map(|(state, count)| format!("{count} {}", state.label())).collect();
    words.join(", ")
}
