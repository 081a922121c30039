//! Ends a task when it has nothing left to run.

use crate::core::config::{EngineSettings, Section};
use crate::core::context::{Context, ExecutionStatus, summarize};
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::plan::{Action, FinalizationPlan, path, plan};
use crate::core::readiness::{Gate, Semantics, assess};
use crate::core::state::TaskState;
use crate::core::steps::Step;
use crate::core::time::Timestamp;
use crate::pg::execution::rules::decisions::{DecisionResult, Decisions};
use crate::pg::execution::troubles::{Troubles, WorkKind};
use crate::pg::queue::hints;
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::reading::loader::{Reader, gate};
use crate::pg::writing::task_moves::TaskMoves;
use crate::pg::writing::writer::Writer;
use serde_json::json;

/// The assessment of a task: its state, and what to do with it.
#[derive(Clone, Copy, Debug)]
pub struct TaskAssessment {
    pub plan: FinalizationPlan,
    pub state: TaskState,
    /// The facts on which the plan is based.
    pub context: Context,
}

/// The end of tasks.
pub struct Finalization<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Finalization<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Evaluates a task after one of its steps has ended. If there is nothing left to run, the task ends too, unless it
    /// must be finalized by hand: then schedulers are notified.
    ///
    /// # Complexity
    /// O(steps + edges) of the task.
    pub fn review(&self, task: TaskId, is_hidden: bool) -> Result<TaskAssessment, TaskerError> {
        let ends = if self.finalizes_by_itself(task)? { Self::end } else { Self::note_end };
        self.conclude(task, is_hidden, ends)
    }

    /// Returns whether a task ends by itself.
    fn finalizes_by_itself(&self, task: TaskId) -> Result<bool, TaskerError> {
        let subject = ConfigSubject { task: Some(task.0), ..ConfigSubject::default() };
        Ok(EngineSettings::of(&*self.writer.reader().config(Section::Engine, subject)?)?
            .finalizes_by_itself())
    }

    /// Ends a task if there is nothing left to run, and returns the state in which it is then; otherwise as
    /// [`Self::review`].
    ///
    /// # Complexity
    /// O(steps + edges) of the task.
    pub fn finalize(&self, task: TaskId, is_hidden: bool) -> Result<TaskAssessment, TaskerError> {
        self.conclude(task, is_hidden, Self::end)
    }

    /// Calls `end` with the state in which a task has to end, if there is nothing left to run.
    ///
    /// Two last steps that end at once do not see each other. Therefore a call that finds only steps in progress takes
    /// the task's lock, evaluates the task again, and sets a timer to examine it later. `is_hidden` is true if the step
    /// that has just ended was claimed in this transaction: other sessions saw it as pending, and expected it to end
    /// later.
    fn conclude(
        &self,
        task: TaskId,
        is_hidden: bool,
        end: impl FnOnce(&Self, TaskId, TaskAssessment, TaskState) -> Result<TaskAssessment, TaskerError>,
    ) -> Result<TaskAssessment, TaskerError> {
        let seen = self.decide_and_assess(task)?;
        if !may_end(&seen.plan) {
            return Ok(self.set_timer_if_missed(task, seen, is_hidden));
        }
        self.writer.lock_task(task)?;
        let seen = self.decide_and_assess(task)?;
        match seen.plan.action {
            Action::Complete => end(self, task, seen, TaskState::Complete),
            Action::Fail => end(self, task, seen, TaskState::Error),
            Action::Reenqueue | Action::Wait | Action::None => {
                Ok(self.set_timer_if_missed(task, seen, is_hidden))
            }
        }
    }

    /// Moves a locked task to its end.
    fn end(
        &self,
        task: TaskId,
        seen: TaskAssessment,
        target: TaskState,
    ) -> Result<TaskAssessment, TaskerError> {
        let metadata = json!({ "triggered_by": "finalize_task", "reason": seen.plan.reason });
        let path = path(seen.state, target);
        let state = TaskMoves::of(self.writer).move_task_along(task, seen.state, path, &metadata)?;
        self.decide_waiters(task)?;
        Ok(TaskAssessment { state, ..seen })
    }

    /// Notifies schedulers that a task can be finalized.
    fn note_end(
        &self,
        task: TaskId,
        seen: TaskAssessment,
        _: TaskState,
    ) -> Result<TaskAssessment, TaskerError> {
        hints::note_end(self.writer.session, task);
        Ok(seen)
    }

    /// Sets a timer for a task that another session may end without seeing what we have done. Steps that are blocked
    /// for good are such a case too: a session that ends other steps may still count on them.
    fn set_timer_if_missed(&self, task: TaskId, seen: TaskAssessment, is_hidden: bool) -> TaskAssessment {
        let counts = &seen.context.counts;
        let may_be_missed = is_hidden || seen.plan.is_tail || counts.blocked > 0 || counts.cut_off > 0;
        let is_over = seen.state.is_closed() || seen.state == TaskState::Error && counts.in_progress == 0;
        if may_be_missed && !is_over {
            hints::set_task_timer(self.writer.session, task, self.writer.now.plus(hints::LOOK_AGAIN));
        }
        seen
    }

    /// Evaluates the rules of steps, and does what follows for their tasks.
    pub fn decide(&self, steps: &[i64]) -> Result<DecisionResult, TaskerError> {
        let decided = Decisions::of(self.writer).decide(steps)?;
        self.review_decided(&decided)?;
        Ok(decided)
    }

    /// Evaluates the rules of the steps that wait for a task, after the task has moved to another state.
    pub fn decide_waiters(&self, task: TaskId) -> Result<(), TaskerError> {
        self.decide(&hints::waiters(self.writer.session, task)?).map(drop)
    }

    /// Ends the tasks in which nothing is left to run, and reopens those that have steps to run.
    pub fn review_decided(&self, decided: &DecisionResult) -> Result<(), TaskerError> {
        let owner = self.writer.as_owner();
        let tasks: Vec<i64> = decided.tasks.iter().map(|task| task.0).collect();
        Troubles::of(&owner).for_all_or_each(WorkKind::Task, &tasks, |tasks| {
            tasks.iter().try_for_each(|task| Finalization::of(&owner).review_and_reopen(TaskId(*task)))
        })?;
        self.review_bypassed(decided)
    }

    /// Ends the bypassed tasks that have nothing left to run, because steps of them were left out at their creation.
    pub fn review_bypassed(&self, decided: &DecisionResult) -> Result<(), TaskerError> {
        let owner = self.writer.as_owner();
        decided.bypassed.iter().try_for_each(|task| Finalization::of(&owner).review(*task, false).map(|_| ()))
    }

    /// Ends the task if nothing is left to run, and reopens a task in `error` that has steps to run again.
    pub fn review_and_reopen(&self, task: TaskId) -> Result<(), TaskerError> {
        // Two concurrent operator actions do not see each other: each expects the step that the other one has just
        // ended to run.
        let assessment = self.review(task, true)?;
        let is_stuck = assessment.context.execution_status == ExecutionStatus::BlockedByFailures;
        if assessment.state == TaskState::Error
            && !is_stuck
            && self.writer.lock_task(task)? == TaskState::Error
        {
            let metadata = json!({ "triggered_by": "step_made_runnable" });
            TaskMoves::of(self.writer).move_task(task, TaskState::Error, TaskState::Pending, &metadata)?;
        }
        Ok(())
    }

    /// Returns the assessment of a task as of now.
    pub fn assess_task(&self, task: TaskId) -> Result<TaskAssessment, TaskerError> {
        assess_task(&self.writer.reader(), task, self.writer.now)
    }

    /// Evaluates the rules of the task's steps where possible, and returns the assessment of the task. It leaves a step
    /// that another session holds to that session.
    fn decide_and_assess(&self, task: TaskId) -> Result<TaskAssessment, TaskerError> {
        loop {
            let (seen, due) = assess_with_due(&self.writer.reader(), task, self.writer.now)?;
            if due.is_empty() {
                return Ok(seen);
            }
            let decided = Decisions::of(self.writer).decide(&due)?;
            self.review_bypassed(&decided)?;
            if !decided.has_acted {
                return Ok(seen);
            }
        }
    }
}

/// Returns the assessment of a task in the snapshot of a reader.
pub fn assess_task(reader: &Reader, task: TaskId, now: Timestamp) -> Result<TaskAssessment, TaskerError> {
    assess_with_due(reader, task, now).map(|(seen, _)| seen)
}

/// Returns the assessment of a task, and the steps whose rules must be evaluated.
fn assess_with_due(
    reader: &Reader,
    task: TaskId,
    now: Timestamp,
) -> Result<(TaskAssessment, Vec<i64>), TaskerError> {
    let workflows = reader.whole_task(task)?;
    let found = workflows.task(task).ok_or(TaskerError::TaskNotFound(task))?;
    let (state, gate) = (found.state, gate(found));
    let steps = &workflows.steps;
    let assessments = assess(steps, |_| gate, now, Semantics::Corrected);
    let context = summarize(steps.all(), &assessments, Semantics::Corrected).of_task(state);
    let is_due = |step: &&Step| steps.decision(step, now).is_some_and(|decision| decision.is_due());
    let due = if gate == Gate::Open {
        steps.all().iter().filter(is_due).map(|step| step.id.0).collect()
    } else {
        Vec::new()
    };
    Ok((TaskAssessment { plan: plan(state, gate, &context), state, context }, due))
}

/// Returns whether the task may end, so that it must be locked and evaluated again.
fn may_end(plan: &FinalizationPlan) -> bool {
    match plan.action {
        Action::Complete | Action::Fail => true,
        Action::Wait => plan.is_tail,
        Action::Reenqueue | Action::None => false,
    }
}
