//! Executes operator actions on steps and tasks: cancel, skip, resolve, retry, reset, pause, and others.
//!
//! Steps are locked in the order of their ids, tasks last.

mod cancellation;
pub mod locks;

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::operate;
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::core::time::Duration;
use crate::pg::datum::export;
use crate::pg::execution::finalization::Finalization;
use crate::pg::host::acl::session_user;
use crate::pg::host::settings;
use crate::pg::queue::{hints, shares};
use crate::pg::spi::{self, Statement};
use crate::pg::sync::event_log;
use crate::pg::writing::step_columns::StepColumns;
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::writer::Writer;
use pgrx::PgLogLevel;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use serde_json::{Value, json};

/// A step that an operator action has changed.
#[derive(Clone, Copy, Debug)]
pub struct StepChange {
    pub step: StepId,
    pub from: StepState,
    pub to: StepState,
}

/// The number of rows that were deleted.
#[derive(Clone, Copy, Debug)]
pub struct DeletionCounts {
    pub steps: u64,
    pub transitions: u64,
}

/// The actions of operators on steps and tasks.
pub struct OperatorActions<'a> {
    writer: &'a Writer<'a>,
    /// Whether a deadline acts, and no operator.
    is_deadline: bool,
}

impl<'a> OperatorActions<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer, is_deadline: false }
    }

    /// Returns the actions that a deadline takes: the history names the deadline, not the session that has found it.
    pub fn of_deadline(writer: &'a Writer<'a>) -> Self {
        Self { writer, is_deadline: true }
    }

    /// Leaves a step out: its children treat it as finished.
    pub fn skip_step(
        &self,
        id: StepId,
        reason: Option<&str>,
        force: bool,
    ) -> Result<Vec<StepChange>, TaskerError> {
        let step = self.writer.lock_step(id)?;
        operate::check_skip(&step, force)?;
        let mut metadata = account("skip_step", "resolved_by", reason);
        metadata["skipped"] = true.into();
        self.resolve_by_hand(&step, None, metadata)
    }

    /// Ends a step in place of its handler. `results`: a `jsonb` value, or `None` to leave what is stored.
    pub fn resolve_step(
        &self,
        id: StepId,
        results: Option<Datum>,
        resolved_by: Option<&str>,
        reason: Option<&str>,
    ) -> Result<Vec<StepChange>, TaskerError> {
        let step = self.writer.lock_step(id)?;
        operate::check_resolution(&step)?;
        let mut metadata = account("resolve_step", "resolved_by", reason);
        if let Some(resolved_by) = resolved_by {
            metadata["resolved_by"] = resolved_by.into();
        }
        self.resolve_by_hand(&step, results, metadata)
    }

    /// Lets a step that has attempts left be executed again without waiting.
    pub fn retry_step(&self, id: StepId, reason: Option<&str>) -> Result<Vec<StepChange>, TaskerError> {
        let step = self.writer.lock_step(id)?;
        operate::check_retry(&step, self.writer.task_state(step.task_id)?, self.writer.now)?;
        let arguments = [Some(spi::bigint(id.0)), Some(spi::timestamp(self.writer.now))];
        self.write_step(Statement::RetryStep, &arguments)?;
        let mut metadata = account("retry_step", "retried_by", reason);
        metadata["retry_attempt"] = step.attempts.into();
        self.put_back(&step, metadata)
    }

    /// Lets a step begin afresh, with all of its attempts.
    pub fn reset_step(&self, id: StepId, reason: Option<&str>) -> Result<Vec<StepChange>, TaskerError> {
        let step = self.writer.lock_step(id)?;
        operate::check_reset(&step, self.writer.task_state(step.task_id)?, self.writer.now)?;
        let mut was_permanent = false;
        self.writer.rails(Statement::LastFailure, &[spi::bigint(id.0)], |row| {
            was_permanent = row.bool(0);
        })?;
        let arguments =
            [Some(spi::bigint(id.0)), Some(was_permanent.into()), Some(spi::timestamp(self.writer.now))];
        self.write_step(Statement::ResetStep, &arguments)?;
        self.put_back(&step, account("reset_step", "reset_by", reason))
    }

    fn write_step(&self, statement: Statement, arguments: &[Option<Datum>]) -> Result<(), TaskerError> {
        self.writer.write_all("tasker_workflow_steps", 1, statement, arguments)
    }

    /// Changes how many executions a step may have; `None` restores the default.
    pub fn set_retry_limit(&self, id: StepId, limit: Option<i32>) -> Result<(), TaskerError> {
        let step = self.writer.lock_step(id)?;
        let arguments =
            [Some(spi::bigint(id.0)), limit.map(Datum::from), Some(spi::timestamp(self.writer.now))];
        self.write_step(Statement::SetRetryLimit, &arguments)?;
        Finalization::of(self.writer).review_and_reopen(step.task_id)
    }

    /// Deletes a task with all its rows. Triggers delete the side rows.
    ///
    /// # Complexity
    /// O(steps + edges + transitions).
    pub fn delete_task(&self, id: TaskId, force: bool) -> Result<DeletionCounts, TaskerError> {
        let (task, mut steps) = (spi::bigint(id.0), Vec::new());
        // In the order in which workers lock: first the steps, then the task.
        self.writer.rails(Statement::LockStepsOfTask, &[task], |row| steps.push(row.i64(0)))?;
        operate::check_deletion(id, self.writer.lock_task(id)?, force)?;
        let delete =
            |statement, argument| self.writer.as_actor(|| self.writer.session.write(statement, &[argument]));
        delete(Statement::DeleteAnnotations, task);
        let of_task = delete(Statement::DeleteTaskTransitions, task);
        let of_steps = delete(Statement::DeleteStepTransitions, spi::bigint_array(&steps));
        delete(Statement::DeleteEdges, spi::bigint_array(&steps));
        let step_ids = [Some(spi::bigint_array(&steps))];
        self.writer.write_all("tasker_workflow_steps", steps.len(), Statement::DeleteStepRows, &step_ids)?;
        self.writer.write_all("tasker_tasks", 1, Statement::DeleteTaskRow, &[Some(task)])?;
        Ok(DeletionCounts { steps: steps.len() as u64, transitions: of_task + of_steps })
    }

    /// Keeps the steps of a task from being claimed. Running steps continue.
    pub fn pause_task(&self, id: TaskId, reason: Option<&str>) -> Result<(), TaskerError> {
        operate::check_pause(id, self.writer.lock_task(id)?)?;
        let arguments = [
            Some(spi::bigint(id.0)),
            Some(spi::timestamp(self.writer.now)),
            Some(export::text(&session_user())),
            reason.map(export::text),
        ];
        self.writer.session.write_optional(Statement::SetTaskPause, &arguments, |_| {})?;
        let payload = json!({ "reason": reason, "by": session_user() });
        event_log::note_task(self.writer.session.schema(), "task.paused", id.0, None, Some(payload));
        let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        let message = format!("task {id} was paused by \"{}\"{reason}", session_user());
        ErrorReport::new(pgrx::PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION, message, "tasker_core")
            .report(PgLogLevel::LOG);
        Ok(())
    }

    /// Ends the pause of a task.
    ///
    /// During the pause, claims have deleted its hints, because its steps were not ready. A claim that is doing so now
    /// holds the side row of a step. The new hints wait for that lock, or the claim would delete them with the old
    /// ones.
    pub fn resume_task(&self, id: TaskId) -> Result<(), TaskerError> {
        self.writer.session.write(Statement::LockSteps, &[spi::bigint_array(&self.open_steps(id)?)]);
        self.resume_locked_task(id, None)
    }

    /// Ends the pause of a task whose unfinished steps are locked.
    pub fn resume_locked_task(&self, id: TaskId, reason: Option<&str>) -> Result<(), TaskerError> {
        self.writer.lock_task(id)?;
        let arguments = [Some(spi::bigint(id.0)), None, None, None];
        self.writer.session.write_optional(Statement::SetTaskPause, &arguments, |_| {})?;
        let mut payload = json!({ "by": session_user() });
        if let Some(reason) = reason {
            payload["reason"] = reason.into();
        }
        event_log::note_task(self.writer.session.schema(), "task.resumed", id.0, None, Some(payload));
        let open = self.open_steps(id)?;
        hints::hint_steps(self.writer.session, &open)?;
        hints::wake(self.writer.session, &open);
        Ok(())
    }

    /// Changes the priority of a task, also for its steps that wait already.
    pub fn set_task_priority(&self, id: TaskId, priority: i32) -> Result<(), TaskerError> {
        self.writer.lock_task(id)?;
        let before = self.writer.reader().tasks(&[id.0])?.pop().map_or(0, |task| task.priority);
        self.writer.session.write(Statement::SetTaskPriority, &[spi::bigint(id.0), priority.into()]);
        let points = i64::from(priority) - i64::from(before);
        let earlier = settings::priority_interval().to_microseconds().saturating_mul(points);
        for statement in [Statement::RankHints, Statement::RankParked] {
            let earlier = spi::interval(Duration::microseconds(earlier));
            self.writer.session.write(statement, &[spi::bigint(id.0), earlier]);
        }
        shares::rank(self.writer.session, id.0, Duration::microseconds(earlier), priority);
        Ok(())
    }

    /// Returns the steps of a task that have not finished, in the order of their ids.
    fn open_steps(&self, task: TaskId) -> Result<Vec<i64>, TaskerError> {
        let workflows = self.writer.reader().whole_task(task)?;
        let steps = workflows.steps.all().iter();
        Ok(steps.filter(|step| !step.state.is_final()).map(|step| step.id.0).collect())
    }

    fn resolve_by_hand(
        &self,
        step: &Step,
        results: Option<Datum>,
        metadata: Value,
    ) -> Result<Vec<StepChange>, TaskerError> {
        StepColumns::of(self.writer).resolve(step.id, results)?;
        StepMoves::of(self.writer).move_step(step.id, step.state, StepState::ResolvedManually, metadata)?;
        Finalization::of(self.writer).review_and_reopen(step.task_id)?;
        Ok(vec![StepChange { step: step.id, from: step.state, to: StepState::ResolvedManually }])
    }

    /// Moves a step in `error` back to `pending`; a step that is pending already stays. Ends or reopens the task if
    /// necessary.
    fn put_back(&self, step: &Step, metadata: Value) -> Result<Vec<StepChange>, TaskerError> {
        if step.state == StepState::Error {
            StepMoves::of(self.writer).move_step(step.id, StepState::Error, StepState::Pending, metadata)?;
        }
        Finalization::of(self.writer).review_and_reopen(step.task_id)?;
        Ok(vec![StepChange { step: step.id, from: step.state, to: StepState::Pending }])
    }
}

/// Returns the metadata of an operator action for the history: the action, the operator, the reason.
fn account(action: &str, role: &str, reason: Option<&str>) -> Value {
    json!({ "triggered_by": action, role: session_user(), "reason": reason })
}
