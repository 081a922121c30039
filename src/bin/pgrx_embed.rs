//! The small binary from which cargo-pgrx 0.17 reads the SQL schema.
#![allow(missing_docs)]
::pgrx::pgrx_embed!();
