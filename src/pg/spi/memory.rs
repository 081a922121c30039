//! PostgreSQL's memory contexts.

use pgrx::pg_sys;

/// A memory context to work in.
#[derive(Clone, Copy)]
pub(super) struct In(pg_sys::MemoryContext);

impl In {
    /// The one in which we are working.
    pub(super) fn current() -> Self {
        // SAFETY: a backend-local variable.
        Self(unsafe { pg_sys::CurrentMemoryContext })
    }

    /// Runs `work` there. An error needs no way back: whoever handles it works elsewhere.
    pub(super) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        // SAFETY: a context that outlives what is done in it, by the promise of who uses it.
        let before = unsafe { pg_sys::MemoryContextSwitchTo(self.0) };
        let result = work();
        // SAFETY: where we came from.
        unsafe { pg_sys::MemoryContextSwitchTo(before) };
        result
    }
}
