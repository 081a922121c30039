//! The SQL functions that answer questions, one file for each question.

mod analysis;
mod analytics;
mod backoff;
mod claim;
mod concurrency;
mod config;
mod context;
mod dag;
mod due;
mod end;
mod expand;
mod explain;
mod health;
mod history;
mod limit;
mod maintain;
mod operate;
mod picture;
mod readiness;
mod ready;
mod slowest;
mod transition;
mod values;
