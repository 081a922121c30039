//! The SQL functions that answer questions, one file for each question.

mod backoff;
mod claim;
mod context;
mod end;
mod explain;
mod limit;
mod maintain;
mod readiness;
mod ready;
mod values;
