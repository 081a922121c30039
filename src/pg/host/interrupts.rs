//! Lets a long computation be cancelled.

/// Ends the query or the session if a cancellation or termination has been requested.
pub fn check() {
    pgrx::check_for_interrupts!();
}
