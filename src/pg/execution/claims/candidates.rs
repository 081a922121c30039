//! Writes for claims: starts tasks, takes steps, and deletes the hints of steps that are not ready.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId, distinct};
use crate::core::plan::path;
use crate::core::readiness::{Assessment, Reason, Verdict};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::pg::execution::claims::requests::{Claim, ClaimRequest, Hint};
use crate::pg::execution::leases::Leases;
use crate::pg::queue::hints;
use crate::pg::reading::loader::Workflows;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::task_moves::TaskMoves;
use crate::pg::writing::writer::Writer;
use serde_json::{Value, json};
use std::collections::HashSet;

/// The locked candidates of a claim with their assessments, and the candidates that are not ready.
pub struct AssessedCandidates {
    pub free: Workflows,
    /// The assessment of each locked step.
    pub assessments: Vec<Assessment>,
    /// The steps that are not ready, and those that are gone.
    pub unready: HashSet<i64>,
}

/// The candidates of a claim.
pub struct Candidates<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Candidates<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Locks those of the steps that are free, and determines in a fresh snapshot which of them are not ready. The
    /// hints at these can be deleted if they were locked before.
    pub fn lock_and_assess(&self, candidates: &[i64]) -> Result<AssessedCandidates, TaskerError> {
        let mut unready = HashSet::new();
        let free = self.writer.lock_free_steps(candidates)?;
        if free.steps.all().len() < candidates.len() {
            // Deleted steps have left their hints behind; busy steps are examined again later.
            let existing = self.writer.reader().existing(candidates)?;
            unready.extend(candidates.iter().filter(|step| !existing.contains(step)));
        }
        let assessments = free.assess(self.writer.now);
        for (step, assessment) in free.steps.all().iter().zip(&assessments) {
            if let Verdict::Blocked(reason) = assessment.verdict {
                self.set_backoff_timer(step, reason, assessment);
                unready.insert(step.id.0);
            }
        }
        Ok(AssessedCandidates { free, assessments, unready })
    }

    /// Sets a timer for a step that waits for its backoff, because the claim deletes its hint.
    fn set_backoff_timer(&self, step: &Step, reason: Reason, assessment: &Assessment) {
        if let (Reason::WaitingForBackoff, Some(until)) = (reason, assessment.next_eligible_at) {
            hints::set_step_timer(self.writer.session, step.id, until);
        }
    }

    /// Moves the tasks of steps that are about to start to in_progress. Returns the tasks that are in progress, without
    /// those that another session is moving at this moment.
    pub fn start_tasks(
        &self,
        read: &Workflows,
        tasks: impl Iterator<Item = TaskId>,
    ) -> Result<HashSet<TaskId>, TaskerError> {
        let mut started = HashSet::new();
        let mut waiting = Vec::new();
        for id in distinct(tasks.map(|task| task.0)) {
            match read.task(TaskId(id)).map(|task| task.state) {
                Some(TaskState::InProgress) => _ = started.insert(TaskId(id)),
                Some(TaskState::Pending | TaskState::Error) => waiting.push(id),
                Some(TaskState::Complete | TaskState::Cancelled | TaskState::ResolvedManually) | None => {}
            }
        }
        if waiting.is_empty() {
            return Ok(started);
        }
        let free = self.writer.lock_free_tasks(&waiting)?;
        for task in self.writer.reader().tasks(&free.ours)? {
            match task.state {
                TaskState::InProgress => _ = started.insert(task.id),
                // A task in error has a current transition.
                TaskState::Error if !free.moved.contains(&task.id.0) => {}
                TaskState::Pending | TaskState::Error => {
                    let path = path(task.state, TaskState::InProgress);
                    TaskMoves::of(self.writer).move_task_along(
                        task.id,
                        task.state,
                        path,
                        &json!({ "triggered_by": "claim" }),
                    )?;
                    started.insert(task.id);
                }
                TaskState::Complete | TaskState::Cancelled | TaskState::ResolvedManually => {}
            }
        }
        Ok(started)
    }

    /// Gives locked, ready steps to the worker.
    pub fn take(
        &self,
        read: &Workflows,
        ready: &[&Step],
        request: &ClaimRequest,
        claims: &mut Vec<Claim>,
    ) -> Result<(), TaskerError> {
        if ready.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = ready.iter().map(|step| step.id.0).collect();
        let leases = Leases::of(self.writer).grant(ready, request.worker, request.lease)?;
        let now = Some(spi::timestamp(self.writer.now));
        self.writer.write_columns(&ids, Statement::HoldSteps, &[Some(spi::bigint_array(&ids)), now])?;
        let retried = moves(
            ready.iter().filter(|step| step.state == StepState::Error),
            |_| json!({ "triggered_by": "claim" }),
        );
        if !retried.is_empty() {
            StepMoves::of(self.writer).pass_through(&retried, StepState::Error, StepState::Pending)?;
        }
        let started = moves(ready.iter(), |step| {
            json!({
                "triggered_by": "claim",
                "worker": request.worker,
                "claim_token": leases.get(&step.id).map(|(token, _)| token.to_string()),
                "attempt_number": step.next_attempt(),
                "lease_until": leases.get(&step.id).map(|(_, until)| until),
            })
        });
        if ready.iter().any(|step| has_past(step)) {
            StepMoves::of(self.writer).enter_steps(&started, StepState::Pending, StepState::InProgress)?;
        } else {
            StepMoves::of(self.writer).enter_first(&started, StepState::Pending, StepState::InProgress)?;
        }
        for step in ready {
            if let Some((token, lease_until)) = leases.get(&step.id) {
                let parents = read.steps.parents_of(step).iter().map(|parent| parent.id.0).collect();
                let (token, lease_until) = (*token, *lease_until);
                claims.push(Claim { step: (*step).clone(), token, lease_until, parents });
            }
        }
        Ok(())
    }

    /// Deletes the hints, timers and parked hints of claimed steps. A step without a past has no timer, and without
    /// limits no hint is parked.
    pub fn remove_hints(&self, claimed: &[&Step], is_limited: bool) {
        let ids: Vec<i64> = claimed.iter().map(|step| step.id.0).collect();
        if is_limited || claimed.iter().any(|step| has_past(step)) {
            hints::forget(self.writer.session, &ids);
        } else if !ids.is_empty() {
            hints::forget_hints(self.writer.session, &ids);
        }
    }

    /// Deletes the hints at steps that are not ready, except hints of this transaction; returns how many.
    pub fn drop_hints(&self, hints: &[Hint], unready: &HashSet<i64>) -> usize {
        // A hint of this transaction is for claims after its commit: other sessions cannot see the change behind it
        // yet, and delete their own hints meanwhile.
        let spent: Vec<&Hint> =
            hints.iter().filter(|hint| !hint.is_own && unready.contains(&hint.step)).collect();
        if !spent.is_empty() {
            let steps: Vec<i64> = spent.iter().map(|hint| hint.step).collect();
            let causes: Vec<i64> = spent.iter().map(|hint| hint.cause).collect();
            self.writer
                .session
                .write(Statement::DropHints, &[spi::bigint_array(&steps), spi::bigint_array(&causes)]);
        }
        spent.len()
    }
}

/// Returns whether the step has ever been moved to another state.
pub fn has_past(step: &Step) -> bool {
    step.state_since.is_some()
}

pub fn moves<'a>(
    steps: impl Iterator<Item = &'a &'a Step>,
    metadata: impl Fn(&Step) -> Value,
) -> Vec<(StepId, Value)> {
    steps.map(|step| (step.id, metadata(step))).collect()
}
