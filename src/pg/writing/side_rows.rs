//! Updates the side rows of the steps that the extension itself moves.

use crate::core::error::TaskerError;
use crate::core::ids::{NamedStepId, StepId, TaskId};
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::core::time::{Duration, Timestamp};
use crate::pg::datum::export;
use crate::pg::reading::loader;
use crate::pg::spi::{self, LookUp, NewValues, Row, Statement};
use crate::pg::sync::{counts, suppression, triggers};
use crate::pg::writing::writer::Writer;
use pgrx::IntoDatum;
use serde_json::Value;
use std::collections::HashMap;

/// The rows of steps, by their ids.
type StepRows = HashMap<i64, StepRow>;

/// The columns of a step's own row that its side row repeats.
struct StepRow {
    task_id: TaskId,
    created_at: Timestamp,
    last_attempted_at: Option<Timestamp>,
    named_step_id: NamedStepId,
    attempts: Option<i32>,
    retry_limit: Option<i32>,
    backoff_request_seconds: Option<i32>,
    retryable: bool,
    in_process: bool,
    processed: bool,
    skippable: bool,
}

impl StepRow {
    /// Reads a row of `LookUp::StepRows`; `None` if a column is NULL that must not be NULL in a side row.
    fn of(row: &Row) -> Option<Self> {
        (8..12).all(|column| row.value(column).is_some()).then_some(())?;
        Some(Self {
            task_id: TaskId(row.i64(1)),
            created_at: row.optional_timestamp(2)?,
            last_attempted_at: row.optional_timestamp(3),
            named_step_id: NamedStepId(row.i32(4)),
            attempts: row.optional_i32(5),
            retry_limit: row.optional_i32(6),
            backoff_request_seconds: row.optional_i32(7),
            retryable: row.bool(8),
            in_process: row.bool(9),
            processed: row.bool(10),
            skippable: row.bool(11),
        })
    }
}

/// The side rows of steps that are moved.
pub struct SideRows<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> SideRows<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Updates the side rows of steps that have been moved, and returns them. Steps that triggers of others have
    /// written meanwhile are read again, with their transitions.
    pub fn carry_over(&self, moves: &[(StepId, Value)], to: StepState) -> Result<Vec<Step>, TaskerError> {
        let mut waits: HashMap<i64, f64> =
            moves.iter().map(|(step, metadata)| (step.0, named_wait(to, metadata))).collect();
        let ids: Vec<i64> = moves.iter().map(|(step, _)| step.0).collect();
        let disturbed = suppression::take_disturbed(self.writer.session.schema(), &ids);
        waits.retain(|step, _| !disturbed.contains(step));
        let mut steps = match self.carry_over_rows(&waits, to)? {
            Some(steps) => steps,
            None => self.carry_over_by_statement(&waits, to)?,
        };
        if !disturbed.is_empty() {
            triggers::put_steps(self.writer.session, &disturbed);
            self.writer.session.look_up_fresh(LookUp::Steps, &disturbed, |row| {
                steps.push(loader::step(row)?);
                Ok(())
            })?;
        }
        Ok(steps)
    }

    /// Updates the side rows below the executor; `None` if that is impossible for any of them.
    fn carry_over_rows(
        &self,
        waits: &HashMap<i64, f64>,
        to: StepState,
    ) -> Result<Option<Vec<Step>>, TaskerError> {
        let mut ids: Vec<i64> = waits.keys().copied().collect();
        ids.sort_unstable();
        let rows = self.step_rows(&ids)?;
        if rows.len() < ids.len() {
            return Ok(None);
        }
        let carried = self.writer.session.tables().update_rows(
            LookUp::Steps,
            &ids,
            |row| rows.contains_key(&row.i64(0)),
            |row| {
                let old = loader::step(row)?;
                let step_row = rows.get(&old.id.0).ok_or(TaskerError::StepNotFound(old.id))?;
                let wait = waits.get(&old.id.0).copied().filter(|wait| *wait >= 0.0);
                let new = moved(&old, step_row, to, self.writer.now, wait);
                Ok((change(&new, wait), (old, new)))
            },
        )?;
        let Some(carried) = carried else { return Ok(None) };
        counts::steps_change(self.writer.session, &carried.done);
        let is_all = carried.done.len() == ids.len();
        Ok(is_all.then(|| carried.done.into_iter().map(|(_, new)| new).collect()))
    }

    fn step_rows(&self, ids: &[i64]) -> Result<StepRows, TaskerError> {
        let mut rows = HashMap::with_capacity(ids.len());
        self.writer.session.look_up_fresh(LookUp::StepRows, ids, |row| {
            rows.extend(StepRow::of(row).map(|step_row| (row.i64(0), step_row)));
            Ok(())
        })?;
        Ok(rows)
    }

    fn carry_over_by_statement(
        &self,
        waits: &HashMap<i64, f64>,
        to: StepState,
    ) -> Result<Vec<Step>, TaskerError> {
        if waits.is_empty() {
            return Ok(Vec::new());
        }
        let (ids, waits): (Vec<i64>, Vec<f64>) = waits.iter().map(|(step, wait)| (*step, *wait)).unzip();
        let arguments = [
            spi::bigint_array(&ids),
            export::text(to.as_str()),
            spi::timestamp(self.writer.now),
            spi::float8_array(&waits),
        ];
        let mut steps = Vec::with_capacity(ids.len());
        self.writer.session.read(Statement::FollowSteps, &arguments, |row| {
            steps.push(loader::step(row)?);
            Ok(())
        })?;
        Ok(steps)
    }
}

/// Returns a step as it is after the move to a state.
fn moved(old: &Step, row: &StepRow, to: StepState, now: Timestamp, wait: Option<f64>) -> Step {
    Step {
        task_id: row.task_id,
        created_at: row.created_at,
        last_attempted_at: row.last_attempted_at,
        named_step_id: row.named_step_id,
        attempts: row.attempts,
        retry_limit: row.retry_limit,
        backoff_request_seconds: row.backoff_request_seconds,
        retryable: row.retryable,
        in_process: row.in_process,
        processed: row.processed,
        skippable: row.skippable,
        state: to,
        state_since: Some(now),
        backoff: wait.map(Duration::from_seconds),
        ..old.clone()
    }
}

/// Returns the new columns of the step's side row, by the columns of `LookUp::Steps`.
fn change(step: &Step, wait: Option<f64>) -> NewValues {
    vec![
        (1, Some(spi::bigint(step.task_id.0))),
        (2, Some(spi::timestamp(step.created_at))),
        (3, step.state_since.map(spi::timestamp)),
        (4, step.last_attempted_at.map(spi::timestamp)),
        (5, Some(step.named_step_id.0.into())),
        (6, step.attempts.map(Into::into)),
        (7, step.retry_limit.map(Into::into)),
        (8, step.backoff_request_seconds.map(Into::into)),
        (9, step.retryable.into_datum()),
        (10, step.in_process.into_datum()),
        (11, step.processed.into_datum()),
        (12, step.skippable.into_datum()),
        (13, Some(export::text(step.state.as_str()))),
        (15, wait.map(spi::float8)),
    ]
}

/// Returns the wait after a failure that a transition states, in seconds, as the fragment `named_wait` reads it; -1 for
/// none.
fn named_wait(to: StepState, metadata: &Value) -> f64 {
    match &metadata["backoff_seconds"] {
        // Beyond double precision it is infinite.
        Value::Number(seconds) if to == StepState::Error => {
            seconds.as_str().parse().map_or(-1.0, |seconds: f64| seconds.clamp(0.0, 1e9))
        }
        _ => -1.0,
    }
}
