//! Makes single transitions that any caller may ask for: the table and its guards decide, the columns follow.

use crate::core::error::TaskerError;
use crate::core::failure;
use crate::core::ids::{StepId, TaskId};
use crate::core::operate;
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::pg::execution::executions::tell_of_retry;
use crate::pg::execution::leases::Lease;
use crate::pg::writing::writer::{Moved, Writer};
use serde_json::{Map, Value};

impl Writer<'_> {
    /// Moves a step; returns where it comes from. `expected`: the state that it must be in.
    pub fn transition_step(
        &self,
        id: StepId,
        to: StepState,
        mut metadata: Map<String, Value>,
        expected: Option<StepState>,
    ) -> Result<(StepState, Moved), TaskerError> {
        let step = self.lock_step(id)?;
        if expected.is_some_and(|expected| expected != step.state) {
            return Err(TaskerError::StateChanged { subject: format!("workflow step {id}") });
        }
        let workflows = self.reader().single_steps(&[id.0])?;
        let parents = match workflows.steps.all() {
            [_] => workflows.steps.parents(0),
            _ => return Err(TaskerError::StepNotFound(id)),
        };
        let decision = workflows.steps.decision(&step, self.now);
        operate::check_step(&step, parents, decision, workflows.gate(&step), to)?;
        if matches!(to, StepState::Complete | StepState::Error) {
            self.require_unheld(&step)?;
        }
        self.enter_columns(&step, to, &mut metadata)?;
        let moved = self.move_step(id, step.state, to, metadata.into())?;
        if !matches!(to, StepState::Pending | StepState::InProgress) {
            self.settle(step.task_id, true)?;
        }
        Ok((step.state, moved))
    }

    /// Moves a task to a state if the table of transitions and its guards allow it.
    pub fn transition_task(
        &self,
        id: TaskId,
        to: TaskState,
        metadata: Map<String, Value>,
        expected: Option<TaskState>,
    ) -> Result<(TaskState, Moved), TaskerError> {
        let from = self.lock_task(id)?;
        if expected.is_some_and(|expected| expected != from) {
            return Err(TaskerError::StateChanged { subject: format!("task {id}") });
        }
        operate::check_task(id, from, to, || Ok(self.look(id)?.plan))?;
        let moved = self.move_task(id, from, to, &metadata.into())?;
        let told = self.tell_waiters(id)?;
        self.follow_decisions(&told)?;
        Ok((from, moved))
    }

    /// The end of an execution is for the one to tell who holds it.
    fn require_unheld(&self, step: &Step) -> Result<(), TaskerError> {
        match self.reader().lease(step.id)? {
            Some(Lease { worker, is_over: false, .. }) if step.state == StepState::InProgress => {
                let reason = format!("worker \"{worker}\" holds it, and only its claim_token can end it");
                Err(TaskerError::ClaimLost { step: step.id, reason })
            }
            _ => Ok(()),
        }
    }

    /// What the engine writes into the step's row beside a transition (semantics 2.7).
    fn enter_columns(
        &self,
        step: &Step,
        to: StepState,
        metadata: &mut Map<String, Value>,
    ) -> Result<(), TaskerError> {
        match to {
            StepState::InProgress => Ok(()),
            StepState::Complete => {
                self.complete_columns(&[step.id.0], &[None], &[step.next_attempt()]).map(drop)
            }
            StepState::Error => {
                let mut results = Map::new();
                for (ours, told) in [("error", "error_message"), ("error_class", "error_class")] {
                    results.extend(metadata.get(told).map(|value| (ours.to_owned(), value.clone())));
                }
                let aftermath = failure::fail(step, true, None, &self.reader().backoff_of(step)?, self.now)?;
                let mut account = Map::new();
                // The class of an earlier failure in the results is not that of this one.
                account.insert("error_class".to_owned(), Value::Null);
                tell_of_retry(&mut account, &aftermath);
                // What the caller's own metadata says takes precedence.
                account.append(metadata);
                *metadata = account;
                self.fail_columns(&aftermath.step, &results.into())
            }
            StepState::ResolvedManually => self.resolve_columns(step.id, None),
            StepState::Pending | StepState::Cancelled => self.let_go(&[step.id.0]),
        }
    }
}
