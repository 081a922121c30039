//! Makes single transitions that any caller may ask for: the table and its guards decide, the columns follow.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::core::{failure, operate};
use crate::pg::execution::executions::add_retry_metadata;
use crate::pg::execution::finalization::Finalization;
use crate::pg::execution::leases::Lease;
use crate::pg::writing::step_columns::StepColumns;
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::task_moves::TaskMoves;
use crate::pg::writing::writer::{NewTransition, Writer};
use serde_json::{Map, Value};

/// Transitions that callers ask for.
pub struct RequestedTransitions<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> RequestedTransitions<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Moves a step; returns the state that it was in, and the new transition. `expected` is the state that it must be
    /// in.
    pub fn transition_step(
        &self,
        id: StepId,
        to: StepState,
        mut metadata: Map<String, Value>,
        expected: Option<StepState>,
    ) -> Result<(StepState, NewTransition), TaskerError> {
        let step = self.writer.lock_step(id)?;
        if expected.is_some_and(|expected| expected != step.state) {
            return Err(TaskerError::StateChanged { subject: format!("workflow step {id}") });
        }
        let workflows = self.writer.reader().single_steps(&[id.0])?;
        let parents = match workflows.steps.all() {
            [_] => workflows.steps.parents(0),
            _ => return Err(TaskerError::StepNotFound(id)),
        };
        let decision = workflows.steps.decision(&step, self.writer.now);
        operate::check_step(&step, parents, decision, workflows.gate(&step), to)?;
        if matches!(to, StepState::Complete | StepState::Error) {
            self.require_unheld(&step)?;
        }
        self.enter_columns(&step, to, &mut metadata)?;
        let moved = StepMoves::of(self.writer).move_step(id, step.state, to, metadata.into())?;
        if !matches!(to, StepState::Pending | StepState::InProgress) {
            Finalization::of(self.writer).review(step.task_id, true)?;
        }
        Ok((step.state, moved))
    }

    /// Moves a task to a state if the table of transitions and its guards allow it; returns the state that it was in,
    /// and the new transition.
    pub fn transition_task(
        &self,
        id: TaskId,
        to: TaskState,
        metadata: Map<String, Value>,
        expected: Option<TaskState>,
    ) -> Result<(TaskState, NewTransition), TaskerError> {
        let from = self.writer.lock_task(id)?;
        if expected.is_some_and(|expected| expected != from) {
            return Err(TaskerError::StateChanged { subject: format!("task {id}") });
        }
        operate::check_task(id, from, to, || Ok(Finalization::of(self.writer).assess_task(id)?.plan))?;
        let moved = TaskMoves::of(self.writer).move_task(id, from, to, &metadata.into())?;
        Finalization::of(self.writer).decide_waiters(id)?;
        Ok((from, moved))
    }

    /// Refuses if a worker holds the step: only that worker's token can end the execution.
    fn require_unheld(&self, step: &Step) -> Result<(), TaskerError> {
        match self.writer.reader().lease(step.id)? {
            Some(Lease { worker, is_over: false, .. }) if step.state == StepState::InProgress => {
                let reason = format!("worker \"{worker}\" holds it, and only its claim_token can end it");
                Err(TaskerError::ClaimLost { step: step.id, reason })
            }
            _ => Ok(()),
        }
    }

    /// Writes what the engine stores in the step's row beside a transition (semantics 2.7).
    fn enter_columns(
        &self,
        step: &Step,
        to: StepState,
        metadata: &mut Map<String, Value>,
    ) -> Result<(), TaskerError> {
        match to {
            StepState::InProgress => Ok(()),
            StepState::Complete => {
                StepColumns::of(self.writer).complete(&[step.id.0], &[None], &[step.next_attempt()]).map(drop)
            }
            StepState::Error => {
                let mut results = Map::new();
                for (ours, key) in [("error", "error_message"), ("error_class", "error_class")] {
                    results.extend(metadata.get(key).map(|value| (ours.to_owned(), value.clone())));
                }
                let aftermath = failure::fail(
                    step,
                    true,
                    None,
                    &self.writer.reader().backoff_of(step)?,
                    self.writer.now,
                )?;
                let mut account = Map::new();
                // The class of an earlier failure in the results is not that of this one.
                account.insert("error_class".to_owned(), Value::Null);
                add_retry_metadata(&mut account, &aftermath);
                // The caller's own metadata takes precedence.
                account.append(metadata);
                *metadata = account;
                StepColumns::of(self.writer).fail(&aftermath.step, &results.into())
            }
            StepState::ResolvedManually => StepColumns::of(self.writer).resolve(step.id, None),
            StepState::Pending | StepState::Cancelled => {
                StepColumns::of(self.writer).leave_execution(&[step.id.0])
            }
        }
    }
}
