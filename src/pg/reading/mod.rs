//! Reads the input of the rules: steps with their parents and tasks, graphs, configuration, searches, periods.
//!
//! May import `spi` and what lies below it.

pub mod config;
pub mod config_layers;
pub mod event_payloads;
pub mod events;
pub mod forks;
pub mod graph;
pub mod loader;
pub mod period;
pub mod search;
pub mod step_rows;
pub mod task_search;
