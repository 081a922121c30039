//! Who runs a transaction.

use pgrx::pg_sys::{self, Datum, TransactionId};

/// The process of another session whose open transaction, or subtransaction, has this number, an `xid`. Claims run in
/// subtransactions, which `pg_locks` does not name once they have ended.
pub fn holder(transaction: Datum) -> Option<i32> {
    let transaction = TransactionId::from(transaction.value() as u32);
    // SAFETY: looks into shared memory. Only for what is in progress are the parents of subtransactions sure to be known.
    let pid = unsafe {
        if transaction < pg_sys::FirstNormalTransactionId
            || pg_sys::TransactionIdIsCurrentTransactionId(transaction)
            || !pg_sys::TransactionIdIsInProgress(transaction)
        {
            return None;
        }
        pg_sys::BackendXidGetPid(pg_sys::SubTransGetTopmostTransaction(transaction))
    };
    (pid != 0).then_some(pid)
}
