//! Evaluates the rules of the steps that have a row in `tasker_core_decisions`.

use crate::core::error::TaskerError;
use crate::core::ids::distinct;
use crate::pg::execution::finalization::Finalization;
use crate::pg::execution::rules::decisions::Decisions;
use crate::pg::spi::{self, LookUp, Row, Statement};
use crate::pg::writing::writer::Writer;

/// A set of roles whose work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkScope {
    AllRoles,
    /// The work that policies show to the caller.
    Caller,
}

/// The steps whose rules must be evaluated.
pub struct DecisionQueue<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> DecisionQueue<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Evaluates the rules of up to `limit` steps that have a row in `tasker_core_decisions`. Returns the number of
    /// rows, and the number of decisions that were refused.
    pub fn decide_queued(&self, whose: WorkScope, limit: i32) -> Result<(usize, i32), TaskerError> {
        if self.writer.session.is_surely_empty(LookUp::Decisions) {
            return Ok((0, 0));
        }
        let mut rows = Vec::new();
        let each = |row: &Row| {
            // A row of this transaction stands for a change that other sessions cannot see yet.
            if !row.is_own_transaction(2) {
                rows.push((row.i64(0), row.i64(1)));
            }
        };
        match whose {
            WorkScope::AllRoles => {
                let arguments = [limit.into(), spi::bigint(i64::MIN)];
                self.writer.session.write_returning(Statement::TakeDecisions, &arguments, each)?;
            }
            WorkScope::Caller => {
                let mut seen = Vec::new();
                self.writer.session.write_returning(Statement::SeeDecisions, &[], |row| {
                    seen.push((row.i64(0), row.i64(1)));
                })?;
                let mut steps = self.writer.as_caller().reader().visible_steps(&seen)?;
                steps.truncate(limit.max(0) as usize);
                self.writer.session.write_returning(
                    Statement::TakeDecisionsOf,
                    &[spi::bigint_array(&steps)],
                    each,
                )?;
            }
        }
        if rows.is_empty() {
            return Ok((0, 0));
        }
        let steps = distinct(rows.iter().map(|(step, _)| *step));
        let decided = Decisions::of(self.writer).decide(&steps)?;
        let existing = self.writer.reader().existing(&steps)?;
        let is_spent = |step: &i64| decided.examined.contains(step) || !existing.contains(step);
        let (steps, causes): (Vec<i64>, Vec<i64>) =
            rows.iter().filter(|(step, _)| is_spent(step)).copied().unzip();
        self.writer
            .session
            .write(Statement::DropDecisions, &[spi::bigint_array(&steps), spi::bigint_array(&causes)]);
        Finalization::of(self.writer).review_decided(&decided)?;
        Ok((steps.len(), decided.put_aside))
    }
}
