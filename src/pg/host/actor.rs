//! Defines which role does the work.

/// The role as which the Rails tables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The role that called the function.
    Caller,
    /// The owner of the installation, for work that has become due: it concerns all roles, whichever session does it.
    Owner,
}
