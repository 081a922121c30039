//! The workflow rules: pure functions over plain values.
//!
//! Nothing here knows PostgreSQL, reads a clock or draws a random number; data and time come in as
//! arguments, decisions go out as values. Everything in this module runs under `cargo test` on a machine
//! without a database. The glue that feeds it lives in `crate::pg`.
#![forbid(unsafe_code)]

pub mod admission;
pub mod analysis;
pub mod backoff;
pub mod concurrency;
pub mod config;
pub mod context;
pub mod counts;
pub mod dag;
pub mod error;
pub mod exclusion;
pub mod expansion;
pub mod explain;
pub mod explain_task;
pub mod failure;
pub mod find;
pub mod graph_document;
pub mod ids;
pub mod insight;
pub mod json;
pub mod limits;
pub mod operate;
pub mod outcome;
pub mod period;
pub mod picture;
pub mod plan;
pub mod rank;
pub mod readiness;
pub mod recovery;
pub mod retry_after;
pub mod rules;
pub mod state;
pub mod steps;
pub mod stuck;
pub mod template;
pub mod testkit;
pub mod time;
pub mod trouble;
pub mod version;
pub mod wording;
