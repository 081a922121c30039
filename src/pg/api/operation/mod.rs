//! Functions for operators: actions on steps and tasks, limits, configuration, templates, and maintenance.

pub(super) mod config;
pub(super) mod limit;
pub(super) mod maintain;
pub(super) mod many;
pub(super) mod operate;
pub(super) mod template;
pub(super) mod triage;
