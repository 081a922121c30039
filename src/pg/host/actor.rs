//! As whom work is done.

/// As whom the Rails tables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Who called the function.
    Caller,
    /// The owner of the installation: what has become due concerns everybody, whoever comes by first.
    Owner,
}
