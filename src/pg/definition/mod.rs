//! Defines work: templates, rules, configuration, and the creation of tasks.
//!
//! May import `writing` and what lies below it.

pub mod config;
pub mod creation;
pub mod fork_rows;
pub mod forks;
pub mod new_tasks;
pub mod rule_roles;
pub mod rules;
pub mod templates;
