//! Answers for people: explanations, searches, analyses and pictures.

pub mod analysis;
pub mod explain;
pub mod explain_task;
pub mod find;
pub mod graph_document;
pub mod insight;
pub mod picture;
pub mod stuck;
