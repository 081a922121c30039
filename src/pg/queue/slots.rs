//! Slots of limits: those that ended executions have held, and the hints that wait for one.

use crate::core::error::TaskerError;
use crate::pg::datum::export;
use crate::pg::host::wakeups::{self, BroughtStep};
use crate::pg::queue::shares;
use crate::pg::spi::{self, LookUp, Session, Statement};
use std::collections::BTreeMap;

/// Executions have ended: their places are free, and each lets one more in.
pub fn end_holds(session: &Session, steps: &[i64]) -> Result<(), TaskerError> {
    if session.is_surely_empty(LookUp::Holds) {
        return Ok(());
    }
    let mut freed: BTreeMap<String, i32> = BTreeMap::new();
    session.write_returning(Statement::EndHolds, &[spi::bigint_array(steps)], |row| {
        *freed.entry(row.text(0, str::to_owned)).or_default() += 1;
    })?;
    for (bucket, places) in freed {
        unpark(session, &bucket, places)?;
    }
    Ok(())
}

/// Moves the first parked hints of a bucket, up to `at_most`, back to where claims find them.
pub fn unpark(session: &Session, bucket: &str, at_most: i32) -> Result<(), TaskerError> {
    if at_most > 0 {
        let mut brought = Vec::new();
        let at_most = shares::unpark(session, bucket, at_most, &mut brought)?;
        let arguments = [export::text(bucket), at_most.into()];
        session.write_returning(Statement::UnparkHints, &arguments, |row| {
            brought.push(BroughtStep { step: row.i64(0), named_task: row.i32(1), named_step: row.i32(2) });
        })?;
        wakeups::note_steps(session.schema(), brought);
    }
    Ok(())
}
