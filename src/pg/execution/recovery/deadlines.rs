//! Ends tasks whose deadlines have passed.

use crate::core::error::TaskerError;
use crate::core::failure;
use crate::core::ids::TaskId;
use crate::core::readiness::{Assessment, Reason, Verdict, has_attempts_left};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::core::time_limits::{DueTime, OnDeadline, TIMEOUT};
use crate::pg::execution::executions::account;
use crate::pg::execution::finalization::Finalization;
use crate::pg::execution::leases::Lease;
use crate::pg::execution::operator_actions::OperatorActions;
use crate::pg::execution::recovery::steps::BUSY;
use crate::pg::host::transactions;
use crate::pg::queue::{hints, times};
use crate::pg::writing::step_columns::StepColumns;
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::subtransaction;
use crate::pg::writing::writer::Writer;
use serde_json::json;

/// What the history says of the cause.
const CAUSE: &str = "timeout";
const MESSAGE: &str = "the deadline of its task has passed";

/// lock_not_available
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// The deadlines of tasks.
pub struct Deadlines<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Deadlines<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Ends a task whose deadline has passed. If another session holds one of its steps, it is looked at again soon:
    /// this waits for no step.
    ///
    /// # Complexity
    /// One look at an empty table if no task has a deadline; O(steps + edges) of the task if its deadline has passed.
    pub fn enforce(&self, task: TaskId, state: TaskState) -> Result<(), TaskerError> {
        let session = self.writer.session;
        let Some(DueTime { at, then }) = times::deadline(session, task)? else { return Ok(()) };
        if at > self.writer.now {
            return Ok(());
        }
        if !matches!(state, TaskState::Pending | TaskState::InProgress) {
            // An operator who opens it again later gives it all the time.
            times::forget_deadlines(session, &[task.0]);
            return Ok(());
        }
        let whole = self.writer.reader().whole_task(task)?;
        let open: Vec<i64> =
            whole.steps.all().iter().filter(|step| !step.state.is_final()).map(|step| step.id.0).collect();
        let are_steps_free = self.writer.lock_free_steps(&open)?.steps.all().len() == open.len();
        let is_free = are_steps_free && {
            let free = self.writer.lock_free_tasks(&[task.0])?;
            !free.ours.is_empty() && (!free.moved.is_empty() || state == TaskState::Pending)
        };
        let ended = match is_free {
            true => subtransaction::attempt(self.writer, || {
                transactions::without_waiting(|| self.end(task, then))
            })?,
            false => return self.look_again(task),
        };
        match ended {
            Ok(()) => Ok(()),
            // Tasks that its steps have created, or that wait for it, are held.
            Err(refusal) if refusal.sqlstate == LOCK_NOT_AVAILABLE => self.look_again(task),
            Err(refusal) => Err(TaskerError::NotPermitted {
                action: format!("end task {task} at its deadline"),
                reason: refusal.message,
                hint: "It is tried again later.",
            }),
        }
    }

    fn look_again(&self, task: TaskId) -> Result<(), TaskerError> {
        hints::set_task_timer(self.writer.session, task, self.writer.now.plus(BUSY));
        Ok(())
    }

    /// Ends a task that is locked with its steps.
    fn end(&self, task: TaskId, then: OnDeadline) -> Result<(), TaskerError> {
        times::forget_deadlines(self.writer.session, &[task.0]);
        match then {
            OnDeadline::Cancel => {
                OperatorActions::of_deadline(self.writer).cancel_task(task, Some(MESSAGE)).map(drop)
            }
            OnDeadline::Fail => self.fail_open_steps(task),
        }
    }

    /// Fails the steps of a task that run, or would run without another one of them, for good.
    fn fail_open_steps(&self, task: TaskId) -> Result<(), TaskerError> {
        // Again: these are locked now.
        let whole = self.writer.reader().whole_task(task)?;
        let assessed = whole.steps.all().iter().zip(whole.assess(self.writer.now));
        let due: Vec<&Step> =
            assessed.filter(|(step, assessment)| would_run(step, assessment)).map(|(step, _)| step).collect();
        let ids: Vec<i64> = due.iter().map(|step| step.id.0).collect();
        let mut leases = self.writer.reader().leases(&ids)?;
        for step in &due {
            self.fail(step, leases.remove(&step.id).as_ref())?;
        }
        // Or their steps would be done after all, when these tasks end.
        OperatorActions::of_deadline(self.writer).cancel_created_by(due.into_iter(), Some(MESSAGE))?;
        Finalization::of(self.writer).review(task, false)?;
        Ok(())
    }

    fn fail(&self, step: &Step, lease: Option<&Lease>) -> Result<(), TaskerError> {
        let settings = self.writer.reader().backoff_of(step)?;
        let mut failed = failure::fail(step, false, None, &settings, self.writer.now)?.step;
        if step.state != StepState::InProgress {
            // Nothing was executed.
            failed.attempts = step.attempts;
        }
        let mut metadata = account(lease, CAUSE, failed.attempts.unwrap_or(0));
        metadata.insert("error_message".to_owned(), MESSAGE.into());
        metadata.insert("error_class".to_owned(), TIMEOUT.into());
        metadata.insert("retry_available".to_owned(), false.into());
        // A reset makes the step retryable again.
        metadata.insert("permanent".to_owned(), step.retryable.into());
        let moves = StepMoves::of(self.writer);
        let from = match step.state {
            // The table of states knows no other way.
            StepState::Error => {
                let metadata = json!({ "triggered_by": CAUSE });
                moves.move_step(step.id, StepState::Error, StepState::Pending, metadata)?;
                StepState::Pending
            }
            state => state,
        };
        StepColumns::of(self.writer).fail(&failed, &json!({ "error": MESSAGE, "error_class": TIMEOUT }))?;
        moves.move_step(step.id, from, StepState::Error, metadata.into())?;
        Ok(())
    }
}

/// Returns whether a step runs, or waits for nothing but a worker, a time, a signal, another task or an operator.
fn would_run(step: &Step, assessment: &Assessment) -> bool {
    match (step.state, assessment.verdict) {
        (StepState::InProgress, _) => true,
        (StepState::Error, _) => has_attempts_left(step),
        (StepState::Pending, Verdict::Ready) => true,
        (StepState::Pending, Verdict::Blocked(reason)) => matches!(
            reason,
            Reason::WaitingForBackoff
                | Reason::DecisionPending
                | Reason::WaitingForTime
                | Reason::WaitingForSignal
                | Reason::WaitingForTask
                | Reason::TaskPaused
                | Reason::InProcess
                | Reason::NotRetryable
                | Reason::RetriesExhausted
        ),
        (StepState::Complete | StepState::Cancelled | StepState::ResolvedManually, _) => false,
    }
}
