//! Connects PostgreSQL with [`crate::core`]. Nothing else in the crate names pgrx.
//!
//! The glue decodes, calls the core, and encodes. A branch on the meaning of the domain in here is a bug.
//!
//! The folders are floors. Each may import the floors below it; `tests/border.sh` refuses an import that goes up, and
//! two modules that import each other.
//!
//! | Floor | Folder | Holds |
//! |---|---|---|
//! | 11 | [`api`], [`maintenance_worker`] | the SQL functions; the background worker |
//! | 10 | [`testkit`] | workflows for tests |
//! | 9 | [`execution`] | claims, completions, rules, finalization, recovery, operator actions |
//! | 8 | [`definition`] | templates, rules, configuration, creation |
//! | 7 | [`writing`] | locks and row writes |
//! | 6 | [`sync`] | triggers and what they keep |
//! | 5 | [`queue`] | hints, timers, slots of limits |
//! | 4 | [`reading`] | steps, graphs, searches, configuration |
//! | 3 | [`spi`] | statements |
//! | 2 | [`heap`] | direct reads and writes of rows |
//! | 1 | [`datum`] | values and rows |
//! | 0 | [`host`] | settings, clock, errors, privileges, the installation |
#![allow(clippy::result_large_err, reason = "pgrx's ErrorReport is the error type of every SQL function")]
#![allow(
    clippy::type_complexity,
    reason = "pgrx reads the columns of a result from the type where it stands"
)]

pub(crate) mod api;
pub(crate) mod datum;
pub(crate) mod definition;
pub(crate) mod execution;
pub(crate) mod heap;
pub(crate) mod host;
mod install;
pub(crate) mod maintenance_worker;
pub(crate) mod queue;
pub(crate) mod reading;
pub(crate) mod spi;
pub(crate) mod sync;
pub(crate) mod testkit;
pub(crate) mod writing;
