//! Executes operator actions on steps and tasks: cancel, skip, resolve, retry, reset, pause, and others.
//!
//! Steps are locked in the order of their ids, the task last.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::operate::{self, cancellation};
use crate::core::plan::path;
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::core::time::Duration;
use crate::pg::datum::export;
use crate::pg::execution::finalization::Finalization;
use crate::pg::host::acl::session_user;
use crate::pg::host::settings;
use crate::pg::queue::hints;
use crate::pg::spi::{self, Statement};
use crate::pg::sync::event_log;
use crate::pg::writing::step_columns::StepColumns;
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::task_moves::TaskMoves;
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
}

impl<'a> OperatorActions<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Cancels a step; with `descendants` also the steps that could only run after it.
    ///
    /// # Complexity
    /// O(steps + edges) of the task.
    pub fn cancel_step(
        &self,
        id: StepId,
        reason: Option<&str>,
        descendants: bool,
    ) -> Result<Vec<StepChange>, TaskerError> {
        let task = self.writer.reader().task_of_step(id)?.ok_or(TaskerError::StepNotFound(id))?;
        let mut ids = vec![id.0];
        if descendants {
            let workflows = self.writer.reader().whole_task(task)?;
            ids.extend(operate::descendants(&workflows.steps, id).iter().map(|step| step.0));
        }
        let locked = self.writer.lock_steps(&ids)?;
        let root = locked.iter().find(|step| step.id == id).ok_or(TaskerError::StepNotFound(id))?;
        operate::check_cancellation(root)?;
        let (changes, created) = self.cancel(&locked, "cancel_step", reason)?;
        self.cancel_created(created, reason)?;
        Finalization::of(self.writer).review_and_reopen(task)?;
        Ok(changes)
    }

    /// Cancels a task and all of its steps that have not finished.
    ///
    /// # Complexity
    /// O(steps + edges) of the task.
    pub fn cancel_task(&self, id: TaskId, reason: Option<&str>) -> Result<Vec<StepChange>, TaskerError> {
        let (changes, created) = self.cancel_one_task(id, reason)?;
        self.cancel_created(created, reason)?;
        Ok(changes)
    }

    /// Cancels tasks that cancelled steps have created, and the tasks created by their steps, at any depth. It does so
    /// in a loop, so that a long chain needs no deep stack.
    fn cancel_created(&self, mut created: Vec<TaskId>, reason: Option<&str>) -> Result<(), TaskerError> {
        let owner = self.writer.as_owner();
        while let Some(task) = created.pop() {
            let (_, more) = OperatorActions::of(&owner).cancel_one_task(task, reason)?;
            created.extend(more);
        }
        owner.run_deferred();
        Ok(())
    }

    /// Cancels a task and its steps; returns these steps, and the open tasks that they have created.
    fn cancel_one_task(
        &self,
        id: TaskId,
        reason: Option<&str>,
    ) -> Result<(Vec<StepChange>, Vec<TaskId>), TaskerError> {
        let locked = self.writer.lock_steps(&self.open_steps(id)?)?;
        let (changes, created) = self.cancel(&locked, "cancel_task", reason)?;
        let state = self.writer.lock_task(id)?;
        let path = path(state, TaskState::Cancelled);
        if path.is_empty() {
            let (from, to) = (state.to_string(), TaskState::Cancelled.to_string());
            return Err(TaskerError::IllegalTaskTransition { task: id, from, to });
        }
        TaskMoves::of(self.writer).move_task_along(
            id,
            state,
            path,
            &account("cancel_task", "cancelled_by", reason),
        )?;
        Finalization::of(self.writer).decide_waiters(id)?;
        Ok((changes, created))
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
        self.writer.lock_task(id)?;
        let arguments = [Some(spi::bigint(id.0)), None, None, None];
        self.writer.session.write_optional(Statement::SetTaskPause, &arguments, |_| {})?;
        let payload = json!({ "by": session_user() });
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
        Ok(())
    }

    /// Returns the steps of a task that have not finished, in the order of their ids.
    fn open_steps(&self, task: TaskId) -> Result<Vec<i64>, TaskerError> {
        let workflows = self.writer.reader().whole_task(task)?;
        let steps = workflows.steps.all().iter();
        Ok(steps.filter(|step| !step.state.is_final()).map(|step| step.id.0).collect())
    }

    /// Cancels those of the steps that can be cancelled; returns them, and the open tasks that the steps have created.
    fn cancel(
        &self,
        locked: &[Step],
        action: &str,
        reason: Option<&str>,
    ) -> Result<(Vec<StepChange>, Vec<TaskId>), TaskerError> {
        let open: Vec<&Step> = locked.iter().filter(|step| !cancellation(step.state).is_empty()).collect();
        if open.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let ids: Vec<i64> = open.iter().map(|step| step.id.0).collect();
        StepColumns::of(self.writer).leave_execution(&ids)?;
        let metadata = account(action, "cancelled_by", reason);
        for from in [StepState::Pending, StepState::InProgress, StepState::Error] {
            let steps = open.iter().filter(|step| step.state == from);
            let moves: Vec<(StepId, Value)> = steps.map(|step| (step.id, metadata.clone())).collect();
            if moves.is_empty() {
                continue;
            }
            if let [passed @ .., last] = cancellation(from) {
                let from = passed.iter().try_fold(from, |from, to| {
                    StepMoves::of(self.writer).pass_through(&moves, from, *to)?;
                    Ok::<_, TaskerError>(*to)
                })?;
                StepMoves::of(self.writer).move_steps(&moves, from, *last)?;
            }
        }
        let created = self.created_tasks(locked)?;
        let change = |step: &&Step| StepChange { step: step.id, from: step.state, to: StepState::Cancelled };
        Ok((open.iter().map(change).collect(), created))
    }

    /// Returns the open tasks that these steps have created, to be cancelled with them.
    fn created_tasks(&self, steps: &[Step]) -> Result<Vec<TaskId>, TaskerError> {
        let ids: Vec<i64> = steps.iter().filter(|step| step.has_rule).map(|step| step.id.0).collect();
        let mut tasks = Vec::new();
        if !ids.is_empty() {
            self.writer.session.write_returning(
                Statement::CreatedTasks,
                &[spi::bigint_array(&ids)],
                |row| {
                    tasks.push(TaskId(row.i64(0)));
                },
            )?;
        }
        Ok(tasks)
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
