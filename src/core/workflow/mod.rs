//! Workflows: the graph of a task, its steps and their rules, readiness, and what follows for the task.

pub mod attempts;
pub mod backoff;
pub mod concurrency;
pub mod context;
pub mod counts;
pub mod dag;
pub mod plan;
pub mod readiness;
pub mod reason;
pub mod rules;
pub mod step;
pub mod steps;
