//! Switches PostgreSQL's memory contexts and resource owners.

use pgrx::pg_sys;

/// A memory context, and the resource owner of what is opened while working in it. What a session opens during its own
/// subtransaction belongs to the session, and outlives the subtransaction.
#[derive(Clone, Copy)]
pub struct InMemory {
    memory: pg_sys::MemoryContext,
    owner: pg_sys::ResourceOwner,
}

impl InMemory {
    /// Returns the current context and owner.
    pub fn current() -> Self {
        // SAFETY: backend-local variables.
        unsafe { Self { memory: pg_sys::CurrentMemoryContext, owner: pg_sys::CurrentResourceOwner } }
    }

    /// Runs `work` in this memory context and resource owner. An error does not restore the previous ones: the code
    /// that catches it sets its own.
    pub fn run<R>(self, work: impl FnOnce() -> R) -> R {
        let before = Self::current();
        // SAFETY: a context and an owner that outlive what is done in them, by the promise of who uses them.
        unsafe { self.enter() };
        let result = work();
        // SAFETY: where we came from.
        unsafe { before.enter() };
        result
    }

    unsafe fn enter(self) {
        // SAFETY: as the caller promises.
        unsafe {
            pg_sys::MemoryContextSwitchTo(self.memory);
            pg_sys::CurrentResourceOwner = self.owner;
        }
    }
}
