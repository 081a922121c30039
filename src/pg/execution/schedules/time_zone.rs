//! Asks PostgreSQL's time zone data.

use crate::core::error::TaskerError;
use crate::core::local_time::{Shift, Zone};
use pgrx::pg_sys;
use std::ffi::{CString, c_int, c_long};

/// A time zone of PostgreSQL. It lives as long as the backend.
#[derive(Clone, Copy, Debug)]
pub struct TimeZone(*const pg_sys::pg_tz);

impl TimeZone {
    /// Finds a time zone by its name.
    ///
    /// # Errors
    /// [`TaskerError::InvalidArgument`] if PostgreSQL does not know it, or if it has leap seconds.
    pub fn named(name: &str) -> Result<Self, TaskerError> {
        let found = CString::new(name).ok().filter(|_| !name.is_empty()).and_then(|name| {
            // SAFETY: a look-up with a C string; a time zone that is found stays in a cache of the backend.
            unsafe {
                let zone = pg_sys::pg_tzset(name.as_ptr());
                (!zone.is_null() && pg_sys::pg_tz_acceptable(zone)).then_some(Self(zone))
            }
        });
        found.ok_or_else(|| {
            let name = name.escape_debug();
            TaskerError::invalid("time_zone", format!("must be a name of pg_timezone_names, not \"{name}\""))
        })
    }
}

impl Zone for TimeZone {
    fn shift_at(&self, seconds: i64) -> Shift {
        let (mut before, mut after): (c_long, c_long) = (0, 0);
        let (mut is_summer_before, mut is_summer_after): (c_int, c_int) = (0, 0);
        let mut until: pg_sys::pg_time_t = 0;
        // SAFETY: reads a time zone that lives as long as the backend; every other pointer leads to a variable above.
        let found = unsafe {
            pg_sys::pg_next_dst_boundary(
                &seconds,
                &mut before,
                &mut is_summer_before,
                &mut until,
                &mut after,
                &mut is_summer_after,
                self.0,
            )
        };
        // -1, for a time that the data does not cover, leaves the shift 0.
        Shift { seconds: before, until: (found == 1).then_some(until) }
    }
}
