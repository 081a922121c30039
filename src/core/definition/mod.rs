//! Definitions of work: templates, configuration, and steps that are added to a running task.

pub mod config;
pub mod expansion;
pub mod template;
