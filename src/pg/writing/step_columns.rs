//! Writes the columns of steps before they are moved: what the engine stores in a step's row beside its transitions
//! (semantics 2.7).

use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::steps::Step;
use crate::pg::datum::export;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use serde_json::Value;

/// The columns of steps that are about to be moved.
pub struct StepColumns<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> StepColumns<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Writes the columns of steps whose executions are complete, before the steps are moved.
    pub fn complete(
        &self,
        steps: &[i64],
        results: &[Option<Datum>],
        attempts: &[i32],
    ) -> Result<(), TaskerError> {
        let now = Some(spi::timestamp(self.writer.now));
        if let ([step], [results], [attempts]) = (steps, results, attempts) {
            let arguments = [Some(spi::bigint(*step)), *results, Some((*attempts).into()), now];
            return self.writer.write_columns(steps, Statement::CompleteOneStep, &arguments);
        }
        let arguments = [
            Some(spi::bigint_array(steps)),
            Some(spi::json_array(results)),
            Some(spi::integer_array(attempts)),
            now,
        ];
        self.writer.write_columns(steps, Statement::CompleteSteps, &arguments)
    }

    /// Writes the columns of a step whose execution has failed, before the step is moved.
    pub fn fail(&self, failed: &Step, results: &Value) -> Result<(), TaskerError> {
        let arguments = [
            Some(spi::bigint(failed.id.0)),
            Some(export::text(&results.to_string())),
            failed.attempts.map(Into::into),
            Some(spi::timestamp(self.writer.now)),
            failed.backoff_request_seconds.map(Into::into),
            Some(failed.retryable.into()),
        ];
        self.writer.write_columns(&[failed.id.0], Statement::FailStep, &arguments)
    }

    /// Writes the columns of a step that was resolved without its handler, before the step is moved.
    pub fn resolve(&self, id: StepId, results: Option<Datum>) -> Result<(), TaskerError> {
        let arguments = [
            Some(spi::bigint(id.0)),
            Some(results.is_some().into()),
            results,
            Some(spi::timestamp(self.writer.now)),
        ];
        self.writer.write_columns(&[id.0], Statement::ResolveStep, &arguments)
    }

    /// Writes that steps are no longer being executed, before they are moved.
    pub fn leave_execution(&self, steps: &[i64]) -> Result<(), TaskerError> {
        let arguments = [Some(spi::bigint_array(steps)), Some(spi::timestamp(self.writer.now))];
        self.writer.write_columns(steps, Statement::LetGoSteps, &arguments)
    }
}
