//! Creates tasks by plan, with the rights of the roles that have defined the schedules.

pub mod runs;
pub mod stored;
pub mod time_zone;
