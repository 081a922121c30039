//! The looks of a call that waits for work: each has a time of its own, though the statement began before.

use crate::core::time::Timestamp;
use std::cell::Cell;

/// A look of a call that waits.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub now: Timestamp,
    /// True if the caller has begun a transaction that continues after the call. The subtransaction of the look hides it.
    pub is_in_block: bool,
}

thread_local! {
    static CURRENT: Cell<Option<Look>> = const { Cell::new(None) };
}

/// Returns the look that this session is having, if any.
pub fn current() -> Option<Look> {
    CURRENT.get()
}

/// Has a look: what `work` does takes place at its time.
pub fn have<R>(look: Look, work: impl FnOnce() -> R) -> R {
    /// Ends the look also when an error unwinds.
    struct End(Option<Look>);
    impl Drop for End {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _end = End(CURRENT.replace(Some(look)));
    work()
}
