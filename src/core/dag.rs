//! The dependency graph of one task: order, levels, reach, and what is wrong with it.
//!
//! Nothing here recurses as deep as the graph, and nothing enumerates paths, of which there may be exponentially many
//! (semantics R10). Every function says what it costs.

mod defects;
mod graph;
pub mod guard;
mod path;
mod reach;

pub use defects::{Defect, Edge, Finding, find_defects};
pub use graph::{Dag, minimum_depths};
pub use path::CriticalPath;
