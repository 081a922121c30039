//! Finds open transactions and the sessions that run them, and what is known of our own.

use crate::pg::host::clock;
use pgrx::pg_sys::{self, Datum, Oid, TransactionId};
use std::ffi::CStr;

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
    // SAFETY: reads a number in shared memory.
    let next = unsafe { pg_sys::ReadNextFullTransactionId() }.value as u32;
    // Where several transactions or subtransactions have locked a row, its xmax is a number of another kind, which may
    // be any. A transaction that has yet to begin would count as one in progress.
    if u32::from(number).wrapping_sub(next).cast_signed() >= 0 {
        return None;
    }
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

/// Returns whether the caller has begun a transaction that continues after the call. A subtransaction of ours hides it.
pub fn is_in_block() -> bool {
    // SAFETY: reads a backend-local state.
    clock::look().map_or_else(|| unsafe { pg_sys::IsTransactionBlock() }, |look| look.is_in_block)
}

/// Returns whether this transaction has written, or has locked rows: what others must wait for until it ends.
pub fn has_written() -> bool {
    // SAFETY: reads a backend-local state.
    unsafe { pg_sys::GetTopTransactionIdIfAny() != pg_sys::InvalidTransactionId }
}

/// Returns whether each statement of this transaction sees what others have committed by then.
pub fn sees_what_is_new() -> bool {
    // SAFETY: reads a backend-local variable.
    let level = unsafe { pg_sys::XactIsoLevel };
    level <= pg_sys::XACT_READ_COMMITTED as i32
}

/// The lengths of the headers of pages of the write-ahead log: of the first page of a segment, and of the others.
const LOG_HEADERS: (u64, u64) = (40, 24);

/// Writes the log to the disk up to this moment. So a crash takes back nothing that a snapshot of before has seen: neither
/// what a transaction has changed that did not wait for the disk, nor the numbers of transactions that were rolled back, which
/// would be given again.
pub fn secure_what_was_seen() {
    // SAFETY: reads shared memory, and a variable that is set when the server starts.
    let (place, segment) = unsafe { (pg_sys::GetXLogInsertRecPtr(), pg_sys::wal_segment_size as u64) };
    // Between two pages, this is where the next record begins: behind a header. The log ends before that header, and it is an
    // error to flush what is behind the end.
    let (first, other) = LOG_HEADERS;
    let header = match place % u64::from(pg_sys::XLOG_BLCKSZ) {
        _ if place % segment == first => first,
        at if at == other => other,
        _ => 0,
    };
    // SAFETY: waits for the disk, and raises an error only if the log cannot be written; the caller holds no lock of the
    // server. The server is no standby, which has no log to write: its caller has asked.
    unsafe { pg_sys::XLogFlush(place - header) };
}

/// Locks tables of a schema as a statement that writes does, and returns whether no other session has a lock that would make
/// us wait. A table that does not exist is none.
pub fn lock_free_tables(schema: Oid, tables: &[&CStr]) -> bool {
    let lock = pg_sys::RowExclusiveLock as pg_sys::LOCKMODE;
    // SAFETY: catalog look-ups with C strings; the lock of an oid whose table is gone is no error.
    let lock_free = |table: &&CStr| unsafe {
        let table = pg_sys::get_relname_relid(table.as_ptr(), schema);
        table == pg_sys::InvalidOid || pg_sys::ConditionalLockRelationOid(table, lock)
    };
    tables.iter().all(lock_free)
}

/// Runs `work`, in which a lock that another session holds for longer than a millisecond is an error (55P03). The caller
/// undoes the work then, by a subtransaction.
pub fn without_waiting<R>(work: impl FnOnce() -> R) -> R {
    // SAFETY: what PostgreSQL does for a function with a SET clause: a level of its own, which is ended below or by the end
    // of the (sub)transaction; the name and the value are C strings, which are copied.
    let level = unsafe {
        let level = pg_sys::NewGUCNestLevel();
        pg_sys::set_config_option(
            c"lock_timeout".as_ptr(),
            c"1ms".as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SAVE,
            true,
            0,
            false,
        );
        level
    };
    let result = work();
    // SAFETY: ends the level that was begun above.
    unsafe { pg_sys::AtEOXact_GUC(true, level) };
    result
}
