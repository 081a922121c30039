//! The glue between PostgreSQL and [`crate::core`]. Nothing else in the crate names pgrx.
//!
//! Glue decodes, calls the core, encodes. A branch on the meaning of the domain in here is a bug.
#![allow(clippy::result_large_err, reason = "pgrx's ErrorReport is the error type of every SQL function")]
#![allow(
    clippy::type_complexity,
    reason = "pgrx reads the columns of a result from the type where it stands"
)]

mod acl;
pub mod api;
mod attempted;
mod claims;
pub mod clock;
mod completions;
mod config;
mod config_cache;
pub(crate) mod counts;
mod creation;
mod decisions;
mod due;
mod edge_guard;
mod error;
mod executions;
mod expansion;
mod export;
mod fired;
mod graph;
mod hints;
mod inputs;
mod install;
mod installation;
mod installed_columns;
mod installed_triggers;
mod interrupts;
mod leases;
mod limits;
mod loader;
mod maintenance;
pub mod maintenance_worker;
mod moves;
mod parked;
mod period;
mod queue;
mod recovery;
mod rule_roles;
mod rules;
mod search;
mod search_path;
pub mod settings;
mod settle;
mod side_rows;
mod spi;
mod subtransaction;
mod task_moves;
mod templates;
mod testkit;
mod transactions;
mod transition_check;
mod transitions;
mod triggers;
mod troubles;
mod verbs;
mod writer;
