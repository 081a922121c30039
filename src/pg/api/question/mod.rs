//! Questions about steps and tasks: readiness, context, explanations, searches, histories, pictures.

pub(super) mod backoff;
pub(super) mod context;
pub(super) mod dag;
pub(super) mod explain;
pub(in crate::pg::api) mod explain_fork;
pub(super) mod explain_task;
pub(super) mod find;
pub(super) mod find_steps;
pub(super) mod find_transitions;
pub(super) mod history;
pub(super) mod picture;
pub(super) mod readiness;
pub(super) mod ready;
pub(super) mod timeline;
