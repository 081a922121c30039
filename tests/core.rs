//! The rules of `src/core`, compiled here a second time, without PostgreSQL.
#![allow(
    missing_docs,
    dead_code,
    unused_imports,
    reason = "a test binary; it uses a part of what it includes"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

#[path = "../src/core/mod.rs"]
mod core;

mod core_laws {
    mod admission;
    mod analysis;
    mod backoff;
    mod concurrency;
    mod config;
    mod config_import;
    mod config_schema;
    mod config_sections;
    mod context;
    mod counts;
    mod dag;
    mod edge_guard;
    mod events;
    mod exclusion;
    mod expansion;
    mod explain;
    mod failure;
    mod fair_share;
    mod find;
    mod fork;
    mod graph;
    mod insight;
    mod json;
    mod limits;
    mod map;
    mod operate;
    mod period;
    mod picture;
    mod plan;
    mod policy;
    mod rank;
    mod readiness;
    mod recovery;
    mod retention;
    mod retry_after;
    mod rules;
    mod schedules;
    mod state;
    mod task_request;
    mod template;
    mod template_problems;
    mod testkit;
    mod time;
    mod version;
    mod waiting;
    mod workflow;
}
