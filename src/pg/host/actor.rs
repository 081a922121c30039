//! Defines the roles as which work is done.

/// The role as which the Rails tables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The role that called the function.
    Caller,
    /// The owner of the installation: work that has become due concerns all roles, whichever session does it.
    Owner,
}
