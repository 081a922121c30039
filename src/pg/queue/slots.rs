//! Slots of limits: those that ended executions have held, and the hints that wait for one.

use crate::core::error::TaskerError;
use crate::pg::datum::export;
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
        unpark(session, &bucket, places);
    }
    Ok(())
}

/// Moves the first parked hints of a bucket, up to `at_most`, back to where claims find them.
pub fn unpark(session: &Session, bucket: &str, at_most: i32) {
    if at_most > 0 {
        session.write(Statement::UnparkHints, &[export::text(bucket), at_most.into()]);
    }
}
