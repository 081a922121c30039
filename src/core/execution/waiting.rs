//! Decides how long a call that waits for work sleeps between two looks.

use crate::core::time::Duration;

/// The longest sleep. Nothing wakes a call for the steps of a prepared transaction, for a changed limit, and on a standby:
/// such a step waits for a look, at most this long.
pub const LONGEST: Duration = Duration::seconds(1);

/// The number of looks in vain after which the rest between two looks no longer grows.
const MOST_VAIN: u32 = 5;

/// The sleep before the next look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sleep {
    /// The call sleeps this long, even if it is woken.
    pub at_least: Duration,
    /// The call looks after this time, even if nothing wakes it.
    pub at_most: Duration,
}

/// The pace of the looks of one call. Work for others also wakes a call that waits for other names. So each look in vain
/// doubles the rest before the next one, from 1 to 16 milliseconds; a sleep that nothing interrupts ends this.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    vain: u32,
}

impl Pace {
    /// Notes that a look has found nothing, and whether the call was woken for it.
    pub fn found_nothing(&mut self, was_woken: bool) {
        self.vain = if was_woken { (self.vain + 1).min(MOST_VAIN) } else { 0 };
    }

    /// Returns the next sleep of a call that has `left` to wait. `due` is the time from now until the next timer that was
    /// not due at the last look; without one, and for a timer that the look left undone, a look at the usual time is
    /// enough.
    pub fn sleep(&self, left: Duration, due: Option<Duration>) -> Sleep {
        let rest = match self.vain {
            0 => Duration::microseconds(0),
            vain => Duration::milliseconds(1 << (vain - 1)),
        };
        let at_least = rest.min(left);
        let at_most = due.unwrap_or(LONGEST).clamp(Duration::milliseconds(1), LONGEST).min(left);
        Sleep { at_least, at_most: at_most.max(at_least) }
    }
}
