//! Finds open transactions and the sessions that run them.

use pgrx::pg_sys::{self, Datum, TransactionId};

/// An open transaction that is not ours.
#[derive(Clone, Copy, Debug)]
pub struct OpenTransaction {
    /// The transaction id.
    pub number: TransactionId,
    /// The process of the session that runs it; `None` for a prepared transaction.
    pub process: Option<i32>,
}

/// Returns the open transaction of another session, or the prepared one, to which a transaction id (`xid`) belongs.
/// Claims run in subtransactions, which `pg_locks` does not list once they have ended.
pub fn open(number: Datum) -> Option<OpenTransaction> {
    let number = TransactionId::from(number.value() as u32);
    // SAFETY: looks into shared memory. Only for what is in progress are the parents of subtransactions sure to be known.
    let (number, pid) = unsafe {
        if number < pg_sys::FirstNormalTransactionId
            || pg_sys::TransactionIdIsCurrentTransactionId(number)
            || !pg_sys::TransactionIdIsInProgress(number)
        {
            return None;
        }
        let number = pg_sys::SubTransGetTopmostTransaction(number);
        (number, pg_sys::BackendXidGetPid(number))
    };
    Some(OpenTransaction { number, process: (pid != 0).then_some(pid) })
}
