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

/// Memory for work that a call repeats for as long as it likes: each time begins with the memory empty.
pub struct RepeatedWork {
    memory: pg_sys::MemoryContext,
}

impl RepeatedWork {
    /// Creates it within the current memory, which frees it after an error.
    pub fn new() -> Self {
        // SAFETY: the name is constant.
        let memory = unsafe {
            pg_sys::AllocSetContextCreateInternal(
                pg_sys::CurrentMemoryContext,
                c"repeated work".as_ptr(),
                0,
                8 * 1024,
                8 * 1024 * 1024,
            )
        };
        Self { memory }
    }

    /// Runs `work` in the memory. What it returns must not point into it.
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        // SAFETY: nothing of the time before is in use.
        unsafe { pg_sys::MemoryContextReset(self.memory) };
        // SAFETY: a backend-local variable.
        let owner = unsafe { pg_sys::CurrentResourceOwner };
        InMemory { memory: self.memory, owner }.run(work)
    }
}

impl Drop for RepeatedWork {
    fn drop(&mut self) {
        // After an error, the memory around it may be gone already.
        if !std::thread::panicking() {
            // SAFETY: made by this value, within memory that still exists.
            unsafe { pg_sys::MemoryContextDelete(self.memory) };
        }
    }
}
