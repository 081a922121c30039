//! Cancels steps and tasks, and the tasks that cancelled steps have created.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::operate::{self, cancellation};
use crate::core::plan::path;
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::pg::execution::finalization::Finalization;
use crate::pg::execution::operator_actions::locks::{Locks, created_tasks};
use crate::pg::execution::operator_actions::{OperatorActions, StepChange, account};
use crate::pg::reading::loader;
use crate::pg::spi::LookUp;
use crate::pg::writing::step_columns::StepColumns;
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::task_moves::TaskMoves;
use serde_json::Value;

impl OperatorActions<'_> {
    /// Cancels a step and its copies; with `descendants` also the steps that could only run after it.
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
        let mut locked = self.writer.lock_steps(&ids)?;
        if locked.iter().any(|step| step.id == id && step.has_rule) {
            // Its rule may have added copies until it was locked. Their ids are higher than those that are locked.
            let workflows = self.writer.reader().whole_task(task)?;
            let copies = operate::open_copies(&workflows.steps, id).into_iter().map(|copy| copy.0);
            let copies: Vec<i64> = copies.filter(|copy| !ids.contains(copy)).collect();
            locked.extend(self.writer.lock_steps(&copies)?);
        }
        let root = locked.iter().find(|step| step.id == id).ok_or(TaskerError::StepNotFound(id))?;
        operate::check_cancellation(root)?;
        let (changes, created) = self.cancel(&locked, "cancel_step", reason)?;
        if !created.is_empty() {
            let owner = self.writer.as_owner();
            let locks = Locks::for_cancellation(&owner, &created)?;
            self.cancel_created(created, &locks, reason)?;
        }
        Finalization::of(self.writer).review_and_reopen(task)?;
        Ok(changes)
    }

    /// Cancels a task and all of its steps that have not finished.
    ///
    /// # Complexity
    /// O(steps + edges) of the task.
    pub fn cancel_task(&self, id: TaskId, reason: Option<&str>) -> Result<Vec<StepChange>, TaskerError> {
        let locks = Locks::for_cancellation(self.writer, &[id])?;
        self.cancel_locked_task(id, &locks, reason)
    }

    /// Cancels a task that is locked with everything that its cancellation changes.
    pub fn cancel_locked_task(
        &self,
        id: TaskId,
        locks: &Locks,
        reason: Option<&str>,
    ) -> Result<Vec<StepChange>, TaskerError> {
        let (changes, created) = self.cancel_one_task(id, locks, reason)?;
        self.cancel_created(created, locks, reason)?;
        Ok(changes)
    }

    /// Cancels the open tasks that these steps have created.
    pub fn cancel_created_by<'s>(
        &self,
        steps: impl Iterator<Item = &'s Step>,
        reason: Option<&str>,
    ) -> Result<(), TaskerError> {
        let steps: Vec<Step> = steps.cloned().collect();
        let created = created_tasks(self.writer, &steps)?;
        if created.is_empty() {
            return Ok(());
        }
        let created: Vec<TaskId> = created.into_iter().map(TaskId).collect();
        let owner = self.writer.as_owner();
        let locks = Locks::for_cancellation(&owner, &created)?;
        self.cancel_created(created, &locks, reason)
    }

    /// Cancels tasks that cancelled steps have created, and the tasks created by their steps, at any depth. It does so
    /// in a loop, so that a long chain needs no deep stack.
    fn cancel_created(
        &self,
        mut created: Vec<TaskId>,
        locks: &Locks,
        reason: Option<&str>,
    ) -> Result<(), TaskerError> {
        let owner = self.writer.as_owner();
        while let Some(task) = created.pop() {
            let actions = OperatorActions { writer: &owner, is_deadline: self.is_deadline };
            let (_, more) = actions.cancel_one_task(task, locks, reason)?;
            created.extend(more);
        }
        owner.run_deferred();
        Ok(())
    }

    /// Cancels a task and its steps; returns these steps, and the open tasks that they have created.
    fn cancel_one_task(
        &self,
        id: TaskId,
        locks: &Locks,
        reason: Option<&str>,
    ) -> Result<(Vec<StepChange>, Vec<TaskId>), TaskerError> {
        if !locks.covers(id) {
            // A task that this call itself has brought about: no other session sees it.
            let locks = Locks::for_cancellation(self.writer, &[id])?;
            return self.cancel_one_task(id, &locks, reason);
        }
        locks.state(id)?;
        let state = self.writer.task_state(id)?;
        let path = path(state, TaskState::Cancelled);
        if path.is_empty() {
            let (from, to) = (state.to_string(), TaskState::Cancelled.to_string());
            return Err(TaskerError::IllegalTaskTransition { task: id, from, to });
        }
        // The end of another task may have moved a step since it was locked.
        let mut steps = Vec::new();
        self.writer.session.look_up_fresh(LookUp::Steps, &locks.steps(id), |row| {
            steps.push(loader::step(row)?);
            Ok(())
        })?;
        steps.sort_unstable_by_key(|step| step.id);
        let (changes, created) = self.cancel(&steps, "cancel_task", reason)?;
        let metadata = self.account_of_cancellation("cancel_task", reason);
        TaskMoves::of(self.writer).move_task_along(id, state, path, &metadata)?;
        Finalization::of(self.writer).decide_waiters(id)?;
        Ok((changes, created))
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
        let metadata = self.account_of_cancellation(action, reason);
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
        let created = created_tasks(self.writer, locked)?.into_iter().map(TaskId).collect();
        let change = |step: &&Step| StepChange { step: step.id, from: step.state, to: StepState::Cancelled };
        Ok((open.iter().map(change).collect(), created))
    }

    fn account_of_cancellation(&self, action: &str, reason: Option<&str>) -> Value {
        let mut metadata = account(action, "cancelled_by", reason);
        if self.is_deadline {
            metadata["cancelled_by"] = "deadline".into();
        }
        metadata
    }
}
