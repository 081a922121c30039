//! Pictures of a task: Mermaid and Graphviz source, SVG of its steps, a Gantt chart of its history.
//!
//! Everything here is a pure function from data to text. The same data give the same text, byte for byte, and
//! names may contain any text: it is escaped for the language of the picture.
//!
//! * [`mermaid`] and [`dot`] write source that another program lays out;
//! * [`svg`] lays the steps out itself (`layout`) and collapses large tasks by level (`levels`, `overview`);
//! * [`timeline_svg`] draws what [`ChartRow::of`] has made of each step's transitions.

mod axis;
mod bars;
mod detail;
mod dot;
mod escape;
mod frame;
mod history;
pub(crate) mod layout;
pub(crate) mod levels;
mod mermaid;
mod overview;
mod palette;
mod shown;
mod svg;
mod timeline;

pub use bars::{Attempt, Bar, BarEnd, BarKind, BarTransition, ChartRow, History};
pub use detail::detail;
pub use dot::dot;
pub use mermaid::mermaid;
pub use shown::PictureState;
pub use svg::svg;
pub use timeline::{Timeline, timeline_svg};

use crate::core::ids::StepId;

/// A task to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The title above the picture.
    pub title: String,
    /// The steps, each id once.
    pub nodes: Vec<PictureNode>,
    /// The edges from parent to child, by index in `nodes`. Repeated edges are drawn once; an edge to an index that
    /// does not exist is left out.
    pub edges: Vec<(usize, usize)>,
}

/// A step to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureNode {
    /// The id of the step.
    pub id: StepId,
    /// The name of the step.
    pub name: String,
    /// The state that the picture shows.
    pub state: PictureState,
    /// More about it, for a tooltip; may be empty.
    pub detail: String,
}

impl Picture {
    /// The edges whose ends exist, each once, in order.
    ///
    /// # Complexity
    /// O(E log E).
    pub(crate) fn distinct_edges(&self) -> Vec<(usize, usize)> {
        let exists = |place: usize| place < self.nodes.len();
        let mut edges: Vec<_> =
            self.edges.iter().copied().filter(|&(from, to)| exists(from) && exists(to)).collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }
}

/// The name of a step inside a picture: `s12`; `s_5` for the id -5, since no language here takes a minus.
fn anchor(id: StepId) -> String {
    format!("s{id}").replace('-', "_")
}

/// The states that occur, in the order of [`PictureState::ALL`], and how often.
fn tally(states: impl Iterator<Item = PictureState>) -> Vec<(PictureState, usize)> {
    let mut counts = [0; PictureState::ALL.len()];
    for state in states {
        counts[state as usize] += 1;
    }
    PictureState::ALL.into_iter().zip(counts).filter(|&(_, count)| count > 0).collect()
}
