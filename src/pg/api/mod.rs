//! The SQL functions that answer questions, one file for each question.

mod analysis;
mod backoff;
mod claim;
mod concurrency;
mod config;
mod context;
mod create;
mod dag;
mod due;
mod end;
mod expand;
mod explain;
mod history;
mod limit;
mod maintain;
mod operate;
mod picture;
mod readiness;
mod ready;
mod template;
mod testkit;
mod transition;
mod values;
