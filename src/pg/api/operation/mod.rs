//! What operators call: steps and tasks by hand, limits, configuration, templates, maintenance.

pub(super) mod config;
pub(super) mod limit;
pub(super) mod maintain;
pub(super) mod operate;
pub(super) mod template;
pub(super) mod triage;
