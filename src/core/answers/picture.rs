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
    /// The states of the copies that are drawn in its box, and how often each occurs; usually none.
    pub copies: Vec<(PictureState, usize)>,
}

/// A mapped step with more copies than this is drawn as one box with them.
const MOST_COPIES: usize = 10;

/// The steps that are drawn in the box of the mapped step that they are a copy of, with its index. `mapped`: the mapped
/// step of each copy, by index.
fn folded(mapped: &[Option<usize>]) -> Vec<Option<usize>> {
    let mut counts = vec![0; mapped.len()];
    mapped.iter().flatten().for_each(|at| counts[*at] += 1);
    mapped.iter().map(|mapped| mapped.filter(|at| counts[*at] > MOST_COPIES)).collect()
}

impl PictureNode {
    /// The text below the name: the state, or the states of the copies.
    pub(crate) fn label(&self) -> String {
        match self.copies[..] {
            [] => self.state.label().to_owned(),
            ref states => {
                let copies: usize = states.iter().map(|(_, count)| count).sum();
                format!("{copies} copies: {}", frame::in_words(states))
            }
        }
    }

    /// The states of the steps in the box.
    fn states(&self) -> impl Iterator<Item = (PictureState, usize)> + '_ {
        std::iter::once((self.state, 1)).chain(self.copies.iter().copied())
    }
}

impl Picture {
    /// The picture with one box for each mapped step that has more than ten copies. `mapped`: the mapped step of each
    /// copy, by index.
    ///
    /// # Complexity
    /// O(V + E).
    pub fn with_folded_copies(mut self, mapped: &[Option<usize>]) -> Self {
        let folded = folded(mapped);
        if folded.iter().all(Option::is_none) {
            return self;
        }
        let mut states = vec![Vec::new(); self.nodes.len()];
        for (node, box_of) in self.nodes.iter().zip(&folded) {
            if let Some(at) = box_of {
                states[*at].push((node.state, 1));
            }
        }
        // A mapped step is no copy, so what is folded into it is drawn.
        let mut places = vec![0; self.nodes.len()];
        let mut nodes = Vec::new();
        for (at, (node, states)) in self.nodes.into_iter().zip(states).enumerate() {
            places[at] = nodes.len();
            if folded[at].is_none() {
                nodes.push(PictureNode { copies: tally(states.into_iter()), ..node });
            }
        }
        let place = |at: usize| folded.get(at).copied().flatten().unwrap_or(at);
        let edges = self.edges.into_iter().map(|(from, to)| (from, to, place(from), place(to)));
        let drawn = edges.filter(|(from, to, box_from, box_to)| box_from != box_to || from == to);
        self.edges =
            drawn.filter_map(|(_, _, from, to)| Some((*places.get(from)?, *places.get(to)?))).collect();
        self.edges.sort_unstable();
        self.edges.dedup();
        Self { nodes, ..self }
    }

    /// The number of steps, drawn alone or as copies.
    fn steps(&self) -> usize {
        self.nodes.iter().flat_map(PictureNode::states).map(|(_, count)| count).sum()
    }

    /// The states of all steps.
    fn states(&self) -> Vec<(PictureState, usize)> {
        tally(self.nodes.iter().flat_map(PictureNode::states))
    }

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
fn tally(states: impl Iterator<Item = (PictureState, usize)>) -> Vec<(PictureState, usize)> {
    let mut counts = [0; PictureState::ALL.len()];
    for (state, count) in states {
        counts[state as usize] += count;
    }
    PictureState::ALL.into_iter().zip(counts).filter(|&(_, count)| count > 0).collect()
}
