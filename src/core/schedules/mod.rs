//! When tasks are created by plan.

pub mod cron;
pub mod local_time;
pub mod schedule;
