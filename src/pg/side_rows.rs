//! The side rows of steps that we move ourselves.

use super::counts;
use super::export;
use super::loader;
use super::spi::{self, Change, LookUp, Row, Statement};
use super::writer::Writer;
use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::core::time::{Duration, Timestamp};
use pgrx::IntoDatum;
use serde_json::Value;
use std::collections::HashMap;

/// What the rows of steps say of themselves, once we have written them.
pub(super) type WrittenColumns = HashMap<i64, Columns>;

/// What we may have written of a step's own row.
pub(super) struct Columns {
    last_attempted_at: Option<Timestamp>,
    attempts: Option<i32>,
    backoff_request_seconds: Option<i32>,
    retryable: bool,
    in_process: bool,
    processed: bool,
}

impl Columns {
    /// Of a row of `LookUp::WrittenColumns`; `None` if one is NULL that no side row takes.
    fn of(row: &Row) -> Option<Self> {
        (4..7).all(|column| row.value(column).is_some()).then(|| Self {
            last_attempted_at: row.optional_timestamp(1),
            attempts: row.optional_i32(2),
            backoff_request_seconds: row.optional_i32(3),
            retryable: row.bool(4),
            in_process: row.bool(5),
            processed: row.bool(6),
        })
    }

    /// Of a row of `LookUp::EngineSteps` that is changed so; `None` likewise.
    pub(super) fn of_changed(row: &Row, change: &Change) -> Option<Self> {
        let changed = |column| change.iter().rev().find(|(of, _)| *of == column).map(|(_, value)| *value);
        let value = |column| changed(column).unwrap_or_else(|| row.value(column));
        let flag = |column| value(column).map(|flag| flag.value() as u8 != 0);
        let integer = |column| value(column).map(|number| number.value() as i32);
        Some(Self {
            last_attempted_at: value(3).map(|time| Timestamp::from_postgres(time.value() as i64)),
            attempts: integer(2),
            backoff_request_seconds: integer(4),
            retryable: flag(9)?,
            in_process: flag(6)?,
            processed: flag(5)?,
        })
    }
}

impl Writer<'_> {
    /// Carries steps that have been moved over to their side rows; returns what these say now. Who has `written` their columns
    /// knows them, else they are read.
    pub(super) fn carry_over(
        &self,
        moves: &[(StepId, Value)],
        to: StepState,
        written: Option<WrittenColumns>,
    ) -> Result<Vec<Step>, TaskerError> {
        let waits: HashMap<i64, f64> =
            moves.iter().map(|(step, metadata)| (step.0, named_wait(to, metadata))).collect();
        match self.carry_over_rows(&waits, to, written)? {
            Some(steps) => Ok(steps),
            None => self.carry_over_by_statement(&waits, to),
        }
    }

    /// Below the executor; `None` if that cannot be done, or not with all of them.
    fn carry_over_rows(
        &self,
        waits: &HashMap<i64, f64>,
        to: StepState,
        written: Option<WrittenColumns>,
    ) -> Result<Option<Vec<Step>>, TaskerError> {
        let mut ids: Vec<i64> = waits.keys().copied().collect();
        ids.sort_unstable();
        let written = written.map_or_else(|| self.written_columns(&ids), Ok)?;
        if written.len() < ids.len() {
            return Ok(None);
        }
        let carried = self.session.update_rows(
            LookUp::Steps,
            &ids,
            |row| written.contains_key(&row.i64(0)),
            |row| {
                let old = loader::step(row)?;
                let columns = written.get(&old.id.0).ok_or(TaskerError::StepNotFound(old.id))?;
                let wait = waits.get(&old.id.0).copied().filter(|wait| *wait >= 0.0);
                let new = moved(&old, columns, to, self.now, wait);
                Ok((change(&new, wait), (old, new)))
            },
        )?;
        let Some(carried) = carried else { return Ok(None) };
        for (old, new) in &carried.done {
            counts::step_changes(self.session.schema(), old, new);
        }
        let is_all = carried.done.len() == ids.len();
        Ok(is_all.then(|| carried.done.into_iter().map(|(_, new)| new).collect()))
    }

    fn written_columns(&self, ids: &[i64]) -> Result<WrittenColumns, TaskerError> {
        let mut written = HashMap::with_capacity(ids.len());
        self.session.look_up_fresh(LookUp::WrittenColumns, ids, |row| {
            written.extend(Columns::of(row).map(|columns| (row.i64(0), columns)));
            Ok(())
        })?;
        Ok(written)
    }

    fn carry_over_by_statement(
        &self,
        waits: &HashMap<i64, f64>,
        to: StepState,
    ) -> Result<Vec<Step>, TaskerError> {
        let (ids, waits): (Vec<i64>, Vec<f64>) = waits.iter().map(|(step, wait)| (*step, *wait)).unzip();
        let arguments = [
            spi::bigint_array(&ids),
            export::text(to.as_str()),
            spi::timestamp(self.now),
            spi::float8_array(&waits),
        ];
        let mut steps = Vec::with_capacity(ids.len());
        self.session.read(Statement::FollowSteps, &arguments, |row| {
            steps.push(loader::step(row)?);
            Ok(())
        })?;
        Ok(steps)
    }
}

/// A step that has just got into a state.
fn moved(old: &Step, columns: &Columns, to: StepState, now: Timestamp, wait: Option<f64>) -> Step {
    Step {
        last_attempted_at: columns.last_attempted_at,
        attempts: columns.attempts,
        backoff_request_seconds: columns.backoff_request_seconds,
        retryable: columns.retryable,
        in_process: columns.in_process,
        processed: columns.processed,
        state: to,
        state_since: Some(now),
        backoff: wait.map(Duration::from_seconds),
        ..old.clone()
    }
}

/// What changes of its side row, by the columns of `LookUp::Steps`.
fn change(step: &Step, wait: Option<f64>) -> Change {
    vec![
        (3, step.state_since.map(spi::timestamp)),
        (4, step.last_attempted_at.map(spi::timestamp)),
        (6, step.attempts.map(Into::into)),
        (8, step.backoff_request_seconds.map(Into::into)),
        (9, step.retryable.into_datum()),
        (10, step.in_process.into_datum()),
        (11, step.processed.into_datum()),
        (13, Some(export::text(step.state.as_str()))),
        (15, wait.map(spi::float8)),
    ]
}

/// The wait after a failure that a transition names, in seconds, as `named_wait.sql` reads it; -1 for none.
fn named_wait(to: StepState, metadata: &Value) -> f64 {
    let named = metadata["backoff_seconds"].as_f64().filter(|_| to == StepState::Error);
    named.map_or(-1.0, |seconds| seconds.clamp(0.0, 1e9))
}
