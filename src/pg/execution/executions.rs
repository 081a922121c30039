//! Ends executions: failed, given back, or complete (see completions.rs). Only the holder of the claim's token may do
//! it.

use crate::core::error::TaskerError;
use crate::core::event_types;
use crate::core::failure::{self, Aftermath};
use crate::core::ids::{StepId, TaskId};
use crate::core::outcome;
use crate::core::readiness::retry_limit;
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::core::time::{Duration, Timestamp};
use crate::pg::execution::finalization::Finalization;
use crate::pg::execution::leases::{Lease, Token};
use crate::pg::host::clock;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::step_columns::StepColumns;
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::writer::Writer;
use serde_json::{Map, Value, json};

/// An execution that may be ended now, or one that has ended already by the same token.
pub enum ExecutionState {
    Running { locked: Step, lease: Option<Lease> },
    Ended { step: Step, metadata: Value },
}

/// The consequences of a failure.
pub struct FailureResult {
    pub attempts: i32,
    pub retry_limit: i32,
    pub next_eligible_at: Option<Timestamp>,
    pub is_exhausted: bool,
    pub task: TaskId,
    pub task_state: TaskState,
    pub is_repeated: bool,
}

/// A failure as the worker reports it.
pub struct Failure {
    /// The keys that the engine keeps in `results`.
    pub results: Value,
    pub is_retryable: bool,
    pub retry_after_seconds: Option<i32>,
    /// A `Retry-After` header that cannot be read. It must not keep the step from failing.
    pub unreadable_retry_after: Option<String>,
}

impl Failure {
    /// Returns the failure of a step whose parents have more results than a `jsonb` value can hold.
    pub fn of_too_large_results() -> Self {
        Self {
            results: outcome::too_large_results(),
            is_retryable: false,
            retry_after_seconds: None,
            unreadable_retry_after: None,
        }
    }
}

/// Executions that fail or are given back.
pub struct Executions<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Executions<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Ends an execution as failed.
    ///
    /// # Complexity
    /// Constant while it will be retried; O(steps + edges) of the task when it will not.
    pub fn fail(
        &self,
        id: StepId,
        failure: &Failure,
        token: Option<Token>,
    ) -> Result<FailureResult, TaskerError> {
        let locked = self.writer.lock_step(id)?;
        let lease = self.writer.reader().lease(id)?;
        let (locked, lease) = match self.standing(locked, lease, token, StepState::Error)? {
            ExecutionState::Running { locked, lease } => (locked, lease),
            ExecutionState::Ended { step, metadata } => return self.failed_before(&step, &metadata),
        };
        let settings = self.writer.reader().backoff_of(&locked)?;
        let aftermath = failure::fail(
            &locked,
            failure.is_retryable,
            failure.retry_after_seconds,
            &settings,
            self.writer.now,
        )?;
        let Aftermath { step, next_eligible_at } = &aftermath;
        let attempts = step.attempts.unwrap_or(0);
        let mut metadata = account(lease.as_ref(), "fail_step", attempts);
        metadata.insert("error_message".to_owned(), failure.results["error"].clone());
        metadata.insert("error_class".to_owned(), failure.results["error_class"].clone());
        metadata.insert("retry_limit".to_owned(), retry_limit(step.retry_limit).into());
        if let Some(header) = &failure.unreadable_retry_after {
            metadata.insert("unreadable_retry_after".to_owned(), header.clone().into());
        }
        add_retry_metadata(&mut metadata, &aftermath);
        if locked.retryable && !failure.is_retryable {
            // A reset makes the step retryable again.
            metadata.insert("permanent".to_owned(), true.into());
        }
        StepColumns::of(self.writer).fail(step, &failure.results)?;
        StepMoves::of(self.writer).move_step(id, StepState::InProgress, StepState::Error, metadata.into())?;
        let task = step.task_id;
        let task_state = if aftermath.is_exhausted() {
            Finalization::of(self.writer).review(task, self.is_hidden(lease.as_ref(), &locked))?.state
        } else {
            self.writer.task_state(task)?
        };
        Ok(FailureResult {
            attempts,
            retry_limit: retry_limit(step.retry_limit),
            next_eligible_at: *next_eligible_at,
            is_exhausted: aftermath.is_exhausted(),
            task,
            task_state,
            is_repeated: false,
        })
    }

    /// Gives a step back as if it had not been claimed. With `run_after` the step does not run again before that many
    /// seconds have passed. The table of states knows only one way (semantics 2.2): through `error`.
    pub fn release(
        &self,
        id: StepId,
        token: Token,
        reason: Option<&str>,
        run_after: Option<i32>,
    ) -> Result<StepState, TaskerError> {
        let locked = self.writer.lock_step(id)?;
        let lease = self.writer.reader().lease(id)?;
        if let ExecutionState::Ended { step, .. } =
            self.standing(locked, lease, Some(token), StepState::Pending)?
        {
            return Ok(step.state);
        }
        let mut metadata = json!({
            "triggered_by": event_types::RELEASE, "claim_token": token.to_string(), "reason": reason,
        });
        if let Some(seconds) = run_after {
            metadata["run_after_seconds"] = seconds.into();
            let arguments = [spi::bigint(id.0), seconds.into(), spi::timestamp(self.writer.now)].map(Some);
            self.writer.write_columns(&[id.0], Statement::PutOffStep, &arguments)?;
        } else {
            StepColumns::of(self.writer).leave_execution(&[id.0])?;
        }
        StepMoves::of(self.writer).move_step(id, StepState::InProgress, StepState::Error, metadata)?;
        let metadata = json!({ "triggered_by": event_types::RELEASE });
        StepMoves::of(self.writer).move_step(id, StepState::Error, StepState::Pending, metadata)?;
        Ok(StepState::Pending)
    }

    /// Returns the state of the execution of a locked step for a caller with this token, or without one. Refuses if the
    /// caller may not end it.
    pub fn standing(
        &self,
        locked: Step,
        lease: Option<Lease>,
        token: Option<Token>,
        target: StepState,
    ) -> Result<ExecutionState, TaskerError> {
        let id = locked.id;
        let is_running = locked.state == StepState::InProgress;
        match (&lease, token) {
            (Some(lease), Some(token)) if lease.token == token && is_running && !lease.is_over => {}
            (Some(lease), None) if is_running && !lease.is_over => {
                let reason = format!("worker \"{}\" holds it, and no claim_token was given", lease.worker);
                return Err(TaskerError::ClaimLost { step: id, reason });
            }
            (_, Some(token)) => return self.ended(locked, token, target),
            (_, None) if is_running => {}
            (_, None) => {
                let (from, to) = (locked.state.to_string(), target.to_string());
                return Err(TaskerError::IllegalStepTransition { step: id, from, to });
            }
        }
        Ok(ExecutionState::Running { locked, lease })
    }

    /// Returns the end of an execution that is over. A caller that ended it the same way before gets the same answer
    /// again; any other caller gets an error that says why its claim is lost.
    fn ended(&self, step: Step, token: Token, target: StepState) -> Result<ExecutionState, TaskerError> {
        let mut end = None;
        self.writer.session.write_returning(
            Statement::ExecutionEnded,
            &[spi::bigint(step.id.0), token.datum()],
            |row| {
                let metadata = row.value(1).map_or(Ok(Value::Null), spi::json_of);
                end = Some(metadata.map(|metadata| (row.text(0, str::to_owned), metadata)));
            },
        )?;
        let action = match target {
            StepState::Complete => "complete_step",
            StepState::Error => "fail_step",
            _ => "release_step",
        };
        let reason = match end.transpose()? {
            Some((_, metadata)) if metadata["triggered_by"] == action => {
                return Ok(ExecutionState::Ended { step, metadata });
            }
            Some((_, metadata)) if metadata["triggered_by"] == "lease_expired" => {
                "its lease expired, and the step was taken back".to_owned()
            }
            Some((_, metadata)) if metadata["triggered_by"] == "timeout" => {
                "its time was over, and the step was taken back".to_owned()
            }
            Some((state, _)) => format!("its execution has already ended in \"{state}\""),
            None if step.state == StepState::InProgress => "another worker holds it".to_owned(),
            None => format!("it is in state \"{}\"", step.state),
        };
        Err(TaskerError::ClaimLost { step: step.id, reason })
    }

    fn failed_before(&self, step: &Step, metadata: &Value) -> Result<FailureResult, TaskerError> {
        let number = |key: &str| metadata[key].as_i64().and_then(|value| i32::try_from(value).ok());
        Ok(FailureResult {
            attempts: number("attempt_number").unwrap_or(0),
            retry_limit: number("retry_limit").unwrap_or_else(|| retry_limit(step.retry_limit)),
            next_eligible_at: metadata["backoff_until"].as_str().and_then(Timestamp::parse_rfc3339),
            is_exhausted: metadata["retry_available"] == false,
            task: step.task_id,
            task_state: self.writer.task_state(step.task_id)?,
            is_repeated: true,
        })
    }

    /// Returns whether the step was started in this transaction, so that no other session can have seen it run.
    pub fn is_hidden(&self, lease: Option<&Lease>, step: &Step) -> bool {
        let started = lease.map(|lease| lease.claimed_at).or(step.state_since);
        started.is_some_and(|started| started >= clock::transaction_now())
    }
}

/// Returns the metadata of the end of an execution, under the keys that readers of the engine's history use (semantics
/// 2.6).
pub fn account(lease: Option<&Lease>, action: &str, attempt: i32) -> Map<String, Value> {
    let mut metadata = Map::new();
    metadata.insert("triggered_by".to_owned(), action.into());
    metadata.insert("attempt_number".to_owned(), attempt.into());
    if let Some(lease) = lease {
        metadata.insert("worker".to_owned(), lease.worker.clone().into());
        metadata.insert("claim_token".to_owned(), lease.token.to_string().into());
    }
    metadata
}

/// Adds whether the step will be retried after a failure, and when.
pub fn add_retry_metadata(metadata: &mut Map<String, Value>, aftermath: &Aftermath) {
    metadata.insert("retry_available".to_owned(), (!aftermath.is_exhausted()).into());
    if let Some(until) = aftermath.next_eligible_at {
        metadata.insert("backoff_until".to_owned(), json!(until));
        metadata
            .insert("backoff_seconds".to_owned(), aftermath.step.backoff.map(Duration::to_seconds).into());
    }
}
