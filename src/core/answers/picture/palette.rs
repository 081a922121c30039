//! The look of each state: colours for light and dark backgrounds, a glyph, an outline, and shapes for
//! Mermaid and Graphviz.

use super::shown::PictureState;

/// The look of a state. No two states share a glyph, a Mermaid shape or an accent.
#[derive(Clone, Copy, Debug)]
pub struct StateStyle {
    /// The colours on a light background.
    pub light: Colours,
    /// The colours on a dark background.
    pub dark: Colours,
    /// The delimiters of a box in Mermaid.
    pub mermaid: (&'static str, &'static str),
    /// The shape of a Graphviz node.
    pub dot_shape: &'static str,
    /// The style of a Graphviz node, after its fill.
    pub dot_style: &'static str,
    /// SVG path of the sign in the badge, drawn as strokes in a square from (-5, -5) to (5, 5).
    pub glyph: &'static str,
    /// SVG `stroke-dasharray` of the outline; empty for a solid line.
    pub dashes: &'static str,
}

/// Colours of a box, as `#rrggbb`.
#[derive(Clone, Copy, Debug)]
pub struct Colours {
    /// The colour inside the box.
    pub fill: &'static str,
    /// The colour of outline and badge.
    pub accent: &'static str,
}

const fn colours(fill: &'static str, accent: &'static str) -> Colours {
    Colours { fill, accent }
}

/// Returns the look of a state.
pub const fn look(state: PictureState) -> StateStyle {
    match state {
        PictureState::Pending => StateStyle {
            light: colours("#f8fafc", "#94a3b8"),
            dark: colours("#1e2530", "#7d8aa0"),
            mermaid: ("[", "]"),
            dot_shape: "box",
            dot_style: "rounded,dashed",
            glyph: "M-3.5 0h.01M0 0h.01M3.5 0h.01",
            dashes: "5 4",
        },
        PictureState::Ready => StateStyle {
            light: colours("#ecfeff", "#0e7490"),
            dark: colours("#0c2a33", "#22d3ee"),
            mermaid: ("([", "])"),
            dot_shape: "ellipse",
            dot_style: "",
            glyph: "M-2.5 -4L4 0L-2.5 4Z",
            dashes: "",
        },
        PictureState::Running => StateStyle {
            light: colours("#e0ecff", "#1d4ed8"),
            dark: colours("#14264f", "#60a5fa"),
            mermaid: ("{{", "}}"),
            dot_shape: "hexagon",
            dot_style: "bold",
            glyph: "M4.2 -1.5A4.5 4.5 0 1 0 4.2 1.5M4.6 -4.6V-1.4H1.4",
            dashes: "",
        },
        PictureState::Waiting => StateStyle {
            light: colours("#fef6d8", "#a16207"),
            dark: colours("#33280c", "#facc15"),
            mermaid: ("[/", "/]"),
            dot_shape: "parallelogram",
            dot_style: "",
            glyph: "M0 -4.8A4.8 4.8 0 1 0 .01 -4.8M0 -2.6V0L2 1.6",
            dashes: "",
        },
        PictureState::Paused => StateStyle {
            light: colours("#f3effe", "#7c3aed"),
            dark: colours("#271b47", "#a78bfa"),
            mermaid: ("[[", "]]"),
            dot_shape: "component",
            dot_style: "",
            glyph: "M-2 -3.6V3.6M2 -3.6V3.6",
            dashes: "",
        },
        PictureState::Complete => StateStyle {
            light: colours("#e6f7ec", "#15803d"),
            dark: colours("#0e2c1a", "#4ade80"),
            mermaid: ("(", ")"),
            dot_shape: "box",
            dot_style: "rounded",
            glyph: "M-4 .4L-1.2 3.2L4 -3",
            dashes: "",
        },
        PictureState::Resolved => StateStyle {
            light: colours("#f3f9dd", "#4d7c0f"),
            dark: colours("#222d0c", "#a3e635"),
            mermaid: ("[(", ")]"),
            dot_shape: "cylinder",
            dot_style: "",
            glyph: "M0 -4.4A1.9 1.9 0 1 0 .01 -4.4M-4 4.6C-4 .8 4 .8 4 4.6",
            dashes: "",
        },
        PictureState::Error => StateStyle {
            light: colours("#ffeee0", "#c2410c"),
            dark: colours("#3a1a0a", "#fb923c"),
            mermaid: ("[\\", "\\]"),
            dot_shape: "trapezium",
            dot_style: "",
            glyph: "M0 -4.2V1M0 4h.01",
            dashes: "",
        },
        PictureState::Failed => StateStyle {
            light: colours("#f7eaea", "#7f1d1d"),
            dark: colours("#331517", "#fca5a5"),
            mermaid: ("((", "))"),
            dot_shape: "doubleoctagon",
            dot_style: "",
            glyph: "M-3 -4L3 2M3 -4L-3 2M-4 4.4H4",
            dashes: "",
        },
        PictureState::Blocked => StateStyle {
            light: colours("#fee4e4", "#b91c1c"),
            dark: colours("#3d1014", "#f87171"),
            mermaid: ("{", "}"),
            dot_shape: "octagon",
            dot_style: "bold",
            glyph: "M-3.2 -3.2L3.2 3.2M3.2 -3.2L-3.2 3.2",
            dashes: "",
        },
        PictureState::CutOff => StateStyle {
            light: colours("#fdeaf2", "#9d174d"),
            dark: colours("#3a1025", "#f472b6"),
            mermaid: ("[/", "\\]"),
            dot_shape: "house",
            dot_style: "",
            glyph: "M-4 0H4",
            dashes: "2 3",
        },
        PictureState::Cancelled => StateStyle {
            light: colours("#f0efee", "#57534e"),
            dark: colours("#2a2725", "#a8a29e"),
            mermaid: (">", "]"),
            dot_shape: "cds",
            dot_style: "dashed",
            glyph: "M-3.4 3.4L3.4 -3.4",
            dashes: "9 4",
        },
        PictureState::Skipped => StateStyle {
            light: colours("#f4f4f9", "#6366a0"),
            dark: colours("#23243a", "#9fa3dc"),
            mermaid: ("[\\", "/]"),
            dot_shape: "note",
            dot_style: "dotted",
            glyph: "M-3.6 -3.2L-.4 0L-3.6 3.2M.8 -3.2L4 0L.8 3.2",
            dashes: "1 4",
        },
        PictureState::Copied => StateStyle {
            light: colours("#e8f6f3", "#0f766e"),
            dark: colours("#0d2b28", "#2dd4bf"),
            mermaid: ("(((", ")))"),
            dot_shape: "tab",
            dot_style: "",
            glyph: "M-4 -4H1.6V1.6H-4ZM-1.6 4H4V-1.6",
            dashes: "7 3",
        },
    }
}
