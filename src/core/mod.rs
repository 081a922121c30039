//! The workflow rules: pure functions over plain values.
//!
//! Nothing here knows PostgreSQL, reads a clock or draws a random number; data and time come in as
//! arguments, decisions go out as values. Everything in this module runs under `cargo test` on a machine
//! without a database. The glue that feeds it lives in `crate::pg`.
//!
//! The folders group the modules; a path names the module alone, as in `crate::core::readiness`.
//!
//! Numbers such as R13 are defects of the engine; docs/readiness.md lists them.
#![forbid(unsafe_code)]

mod answers;
mod definition;
mod events;
mod execution;
mod model;
mod schedules;
pub mod testkit;
mod workflow;

pub use answers::{analysis, explain, explain_task, find, graph_document, insight, picture, stuck};
pub use definition::{config, expansion, template};
pub use events::{declared_events, event_hygiene, event_pattern, event_position, event_record, event_types};
pub use execution::{
    admission, failure, fair_share, fork, limits, operate, recovery, retention, time_limits, trouble, waiting,
};
pub use model::{
    error, exclusion, ids, json, levels, outcome, period, problem, rank, retry_after, state, time, version,
    wording,
};
pub use schedules::{cron, local_time, schedule};
pub use workflow::{
    attempts, backoff, concurrency, context, counts, dag, plan, readiness, reason, rules, step, steps,
};
