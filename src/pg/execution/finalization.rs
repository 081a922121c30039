//! Ends a task when nothing of it is left to run.

use crate::core::config::{EngineSettings, Section};
use crate::core::context::{Context, summarize};
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::plan::{Action, Plan, path, plan};
use crate::core::readiness::{Gate, Semantics, assess};
use crate::core::state::TaskState;
use crate::core::steps::Step;
use crate::core::time::Timestamp;
use crate::pg::queue::hints;
use crate::pg::reading::config_layers::Subject;
use crate::pg::reading::loader::{Reader, gate};
use crate::pg::writing::writer::Writer;
use serde_json::json;

/// What became of a task.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    pub plan: Plan,
    pub state: TaskState,
    /// What the decision rests on.
    pub context: Context,
}

impl Writer<'_> {
    /// Evaluates a task after something of it has ended. If there is nothing left to run, the task ends too, unless it
    /// must be finalized by hand: then schedulers are notified.
    ///
    /// # Complexity
    /// O(steps + edges) of the task.
    pub fn settle(&self, task: TaskId, is_hidden: bool) -> Result<Settled, TaskerError> {
        if self.finalizes_by_itself(task)? {
            return self.finalize(task, is_hidden);
        }
        let seen = self.look_decided(task)?;
        match seen.plan.action {
            Action::Complete | Action::Fail => {
                hints::note_ending(self.session, task);
                Ok(seen)
            }
            Action::Reenqueue | Action::Wait | Action::None => Ok(self.left_open(task, seen, is_hidden)),
        }
    }

    /// Whether a task ends by itself.
    pub fn finalizes_by_itself(&self, task: TaskId) -> Result<bool, TaskerError> {
        let subject = Subject { task: Some(task.0), ..Subject::default() };
        Ok(EngineSettings::of(&*self.reader().config(Section::Engine, subject)?)?.finalizes_by_itself())
    }

    /// Ends a task if there is nothing left to run, and returns the state in which it is then.
    ///
    /// Two last steps that end at once do not see each other. Therefore a call that finds only steps in progress takes
    /// the task's lock, looks again, and sets a timer to examine the task later. `is_hidden` says that the step that
    /// has just ended was claimed in this very transaction: other sessions saw it pending, and counted on its end.
    ///
    /// # Complexity
    /// O(steps + edges) of the task.
    pub fn finalize(&self, task: TaskId, is_hidden: bool) -> Result<Settled, TaskerError> {
        let seen = self.look_decided(task)?;
        if !may_end(&seen.plan) {
            return Ok(self.left_open(task, seen, is_hidden));
        }
        self.lock_task(task)?;
        let seen = self.look_decided(task)?;
        let target = match seen.plan.action {
            Action::Complete => TaskState::Complete,
            Action::Fail => TaskState::Error,
            Action::Reenqueue | Action::Wait | Action::None => {
                return Ok(self.left_open(task, seen, is_hidden));
            }
        };
        let metadata = json!({ "triggered_by": "finalize_task", "reason": seen.plan.reason });
        let state = self.move_task_along(task, seen.state, path(seen.state, target), &metadata)?;
        let told = self.tell_waiters(task)?;
        self.follow_decisions(&told)?;
        Ok(Settled { state, ..seen })
    }

    /// Sets a timer for a task that another session may end without seeing what we have done. Steps that are blocked
    /// for good are such a case too: a session that ends other steps may still count on them.
    fn left_open(&self, task: TaskId, seen: Settled, is_hidden: bool) -> Settled {
        let counts = &seen.context.counts;
        let may_be_missed = is_hidden || seen.plan.is_tail || counts.blocked > 0 || counts.cut_off > 0;
        let is_over = seen.state.is_closed() || seen.state == TaskState::Error && counts.in_progress == 0;
        if may_be_missed && !is_over {
            hints::look_at_task(self.session, task, self.now.plus(hints::LOOK_AGAIN));
        }
        seen
    }

    /// What a task is up to, as of now.
    pub fn look(&self, task: TaskId) -> Result<Settled, TaskerError> {
        look(&self.reader(), task, self.now)
    }

    /// The standing of a task, once the rules of its steps that can be evaluated have been. A step that another session
    /// holds is left to that session.
    fn look_decided(&self, task: TaskId) -> Result<Settled, TaskerError> {
        loop {
            let (seen, due) = look_closely(&self.reader(), task, self.now)?;
            if due.is_empty() || !self.decide_over(&due)?.has_acted {
                return Ok(seen);
            }
        }
    }
}

/// The standing of a task in the snapshot of a reader.
pub fn look(reader: &Reader, task: TaskId, now: Timestamp) -> Result<Settled, TaskerError> {
    look_closely(reader, task, now).map(|(seen, _)| seen)
}

/// The standing of a task, with the steps whose rules must be evaluated.
fn look_closely(reader: &Reader, task: TaskId, now: Timestamp) -> Result<(Settled, Vec<i64>), TaskerError> {
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
    Ok((Settled { plan: plan(state, gate, &context), state, context }, due))
}

/// Whether it is worth the task's lock to look again.
fn may_end(plan: &Plan) -> bool {
    match plan.action {
        Action::Complete | Action::Fail => true,
        Action::Wait => plan.is_tail,
        Action::Reenqueue | Action::None => false,
    }
}
