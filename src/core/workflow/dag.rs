//! The dependency graph of one task: order, levels, reachability and defects.
//!
//! No function recurses as deep as the graph, and none enumerates paths, because there can be exponentially
//! many (R10). Every function documents its cost.

mod defects;
mod graph;
pub mod guard;
mod path;
mod reach;

pub use defects::{Defect, Edge, LocatedDefect, find_defects};
pub use graph::{Dag, minimum_depths};
pub use path::CriticalPath;
