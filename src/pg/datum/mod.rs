//! Converts values of PostgreSQL's types (`jsonb`, arrays, intervals), reads the rows of statements and scans, and
//! switches memory contexts.
//!
//! May import `host`.

pub mod export;
pub mod json;
pub mod memory;
pub mod row;
pub mod values;
