//! Functions for schedules.

mod control;
mod definition;
mod list;
