//! Connects the rest of the glue with PostgreSQL's environment: settings, clock, errors, privileges, the search path,
//! interrupts, open transactions, and the schema that holds the installation.
//!
//! Imports only [`crate::core`].

pub mod acl;
pub mod actor;
pub mod clock;
pub mod descriptors;
pub mod error;
pub mod installation;
pub mod installed_columns;
pub mod installed_triggers;
pub mod interrupts;
pub mod schema_names;
pub mod search_path;
pub mod settings;
pub mod transactions;
pub mod wakeups;
