//! Lets a long computation be cancelled.

/// Looks whether somebody wants to cancel the query or end the session, and ends it then.
pub fn check() {
    pgrx::check_for_interrupts!();
}
