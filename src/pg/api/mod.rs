//! The SQL functions that answer questions, one file for each question.

mod context;
mod explain;
mod readiness;
mod ready;
mod values;
