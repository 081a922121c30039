//! The SQL functions, one file for each family: they decode arguments, call what lies below, and encode the answer.
//!
//! May import every other folder. Nothing imports it.

mod change;
mod events;
mod insight;
mod operation;
mod question;
mod retention;
mod schedules;
mod testkit;
mod values;
mod work;
