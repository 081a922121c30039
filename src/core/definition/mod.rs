//! What defines work: templates, configuration, and steps that are added to a task.

pub mod config;
pub mod expansion;
pub mod template;
