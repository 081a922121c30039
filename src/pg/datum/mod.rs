//! Values of PostgreSQL's types (`jsonb`, arrays, intervals), the rows that statements and scans return, and memory contexts.
//!
//! May import `host`.

pub mod export;
pub mod json;
pub mod memory;
pub mod row;
pub mod values;
