//! The SQL functions that answer questions, one file for each question.

mod analysis;
mod backoff;
mod claim;
mod concurrency;
mod config;
mod context;
mod dag;
mod due;
mod end;
mod explain;
mod explain_task;
mod find;
mod find_steps;
mod history;
mod limit;
mod maintain;
mod operate;
mod overview;
mod picture;
mod readiness;
mod ready;
mod transition;
mod triage;
mod values;
