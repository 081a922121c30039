//! Does what has become due: retries, expired leases, workers that have died, tasks whose end was missed.

use crate::core::error::TaskerError;
use crate::core::failure;
use crate::core::ids::{StepId, TaskId, distinct};
use crate::core::plan::Action;
use crate::core::recovery::{Remedy, remedy};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::core::time::{Duration, Timestamp};
use crate::pg::execution::executions::tell_of_retry;
use crate::pg::execution::leases::Token;
use crate::pg::execution::troubles::Kind;
use crate::pg::queue::hints;
use crate::pg::reading::config;
use crate::pg::spi::{self, LookUp, Row, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::PgLogLevel;
use pgrx::pg_sys::panic::ErrorReport;
use serde_json::{Map, json};
use std::collections::{HashMap, HashSet};

/// The delay until a step that another session holds is examined again.
const BUSY: Duration = Duration::seconds(1);

/// How many times to look for expired leases that no other session is ending.
const ROUNDS: u32 = 8;

/// Whose work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Everybodys,
    /// What policies show to the caller.
    Callers,
}

/// What has been done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recovered {
    pub taken: usize,
    /// Words about steps with rules that have been spent.
    pub decided: usize,
    pub promoted: i32,
    pub leases_expired: i32,
    pub stale_recovered: i32,
    pub hinted: i32,
    pub finalized: i32,
    /// Steps, tasks and buckets that could not be worked on.
    pub put_aside: i32,
}

impl Recovered {
    fn add(&mut self, other: &Self) {
        self.promoted += other.promoted;
        self.leases_expired += other.leases_expired;
        self.stale_recovered += other.stale_recovered;
        self.hinted += other.hinted;
    }
}

/// What was done about some steps.
#[derive(Default)]
struct RecoveredSteps {
    recovered: Recovered,
    /// Tasks that may be over.
    tasks: HashSet<TaskId>,
    /// Steps whose rules must be evaluated.
    ruled: Vec<i64>,
    /// How many leases were ended or put off.
    acted: usize,
}

/// What has become due.
#[derive(Default)]
struct Due {
    /// Steps whose timer has expired.
    steps: Vec<i64>,
    tasks: HashSet<TaskId>,
    buckets: Vec<String>,
}

/// The worker that held a step, and until when.
struct Held {
    until: Timestamp,
    token: Token,
    worker: String,
}

impl Writer<'_> {
    /// Does up to `limit` pieces of due work before the caller's own: for all roles, or, under row-level security, what
    /// the caller may see. A tenant's transaction may stay open, and its work is invisible to others until it commits.
    pub fn recover_before(&self, limit: i32) -> Result<(), TaskerError> {
        let whose = if self.reader().is_filtered() { Whose::Callers } else { Whose::Everybodys };
        self.as_owner().recover(whose, limit).map(|_| ())
    }

    /// Does up to `limit` pieces of due work. It waits for no step and skips what another session holds, so that any
    /// number of sessions may do it at once.
    ///
    /// # Complexity
    /// O(limit · log n) for n timers and leases; with nothing due, one look into an index of each. For the caller
    /// alone, one check of the policies for each that is due.
    pub fn recover(&self, whose: Whose, limit: i32) -> Result<Recovered, TaskerError> {
        let mut recovered = Recovered::default();
        if !self.is_anything_due() {
            return Ok(recovered);
        }
        if let Err(refusal) = self.require_owners_writes() {
            // Another session's claim, or the background worker, can do it.
            ErrorReport::from(refusal).report(PgLogLevel::WARNING);
            return Ok(recovered);
        }
        let Due { steps, mut tasks, buckets } = self.take_due(whose, limit, &mut recovered)?;
        let (done, refused) =
            self.for_all_or_each(Kind::Step, &steps, |steps| self.recover_steps(steps, &[]))?;
        recovered.put_aside += refused.len() as i32;
        self.put_off_leases(&refused)?;
        let mut ruled = Vec::new();
        for done in done {
            recovered.add(&done.recovered);
            tasks.extend(done.tasks);
            ruled.extend(done.ruled);
        }
        self.recover_leases(whose, limit, &mut recovered, &mut tasks)?;
        let decided = self.decide_over(&ruled)?;
        self.follow_decisions(&decided)?;
        let (words, refused) = self.decide_queued(whose, limit)?;
        recovered.decided = words;
        recovered.put_aside += decided.put_aside + refused;
        for bucket in buckets {
            let (_, refused) =
                self.for_all_or_each(Kind::Bucket(&bucket), &[0], |_| self.recover_bucket(&bucket))?;
            recovered.put_aside += refused.len() as i32;
        }
        let mut tasks: Vec<i64> = tasks.into_iter().map(|task| task.0).collect();
        tasks.sort_unstable();
        let (finalized, refused) = self.for_all_or_each(Kind::Task, &tasks, |tasks| {
            tasks.iter().try_fold(0, |sum, task| Ok(sum + i32::from(self.finalize_if_free(TaskId(*task))?)))
        })?;
        recovered.finalized = finalized.into_iter().sum();
        recovered.put_aside += refused.len() as i32;
        Ok(recovered)
    }

    fn is_anything_due(&self) -> bool {
        !(self.session.is_surely_later(LookUp::Timers, self.now)
            && self.session.is_surely_later(LookUp::DueLeases, self.now)
            && self.session.is_surely_empty(LookUp::Decisions))
    }

    /// Takes what is due out of the queue of timers.
    fn take_due(&self, whose: Whose, limit: i32, recovered: &mut Recovered) -> Result<Due, TaskerError> {
        let mut due = Due::default();
        if self.session.is_surely_later(LookUp::Timers, self.now) {
            return Ok(due);
        }
        let each = |row: &Row| {
            recovered.taken += 1;
            match row.text(0, str::to_owned).as_str() {
                "step" => due.steps.push(row.i64(1)),
                "task" => _ = due.tasks.insert(TaskId(row.i64(1))),
                bucket => due.buckets.push(bucket.trim_start_matches("bucket ").to_owned()),
            }
        };
        let now = spi::timestamp(self.now);
        match whose {
            Whose::Everybodys => {
                self.session.write_returning(Statement::TakeDueTimers, &[now, limit.into()], each)?;
            }
            Whose::Callers => {
                let (kinds, subjects) = self.callers_due(limit)?;
                let arguments = [now, spi::text_array(&kinds), spi::bigint_array(&subjects)];
                self.session.write_returning(Statement::TakeDueTimersOf, &arguments, each)?;
            }
        }
        Ok(due)
    }

    /// The expired timers of buckets, and of steps and tasks that the caller may see, up to `limit`. Buckets hold up
    /// steps of other roles too, so they are left to other sessions if the transaction continues after the call.
    fn callers_due(&self, limit: i32) -> Result<(Vec<String>, Vec<i64>), TaskerError> {
        let now = spi::timestamp(self.now);
        let (mut steps, mut tasks) = (Vec::new(), Vec::new());
        self.session.write_returning(Statement::SeeDueTimers, &[now], |row| {
            match row.text(0, str::to_owned).as_str() {
                "step" => steps.push((row.i64(1), row.i64(2))),
                _ => tasks.push(row.i64(1)),
            }
        })?;
        let caller = self.as_caller();
        let visible = caller.reader().visible_tasks(tasks.clone())?;
        tasks.retain(|task| visible.contains(task));
        let steps = caller.reader().visible_steps(&steps)?;
        let steps = steps.into_iter().map(|step| ("step".to_owned(), step));
        let tasks = tasks.into_iter().map(|task| ("task".to_owned(), task));
        let mut due: Vec<(String, i64)> = steps.chain(tasks).take(limit.max(0) as usize).collect();
        if !self.is_in_block {
            self.session.write_returning(Statement::SeeDueBuckets, &[now, limit.into()], |row| {
                due.push((row.text(0, str::to_owned), row.i64(1)));
            })?;
        }
        Ok(due.into_iter().unzip())
    }

    /// Examines up to `limit` leases that may have expired, without those whose steps another session holds.
    fn recover_leases(
        &self,
        whose: Whose,
        limit: i32,
        recovered: &mut Recovered,
        tasks: &mut HashSet<TaskId>,
    ) -> Result<(), TaskerError> {
        let (mut left, mut passed) = (limit, Vec::new());
        for _ in 0..ROUNDS {
            if left <= 0 || self.session.is_surely_later(LookUp::DueLeases, self.now) {
                break;
            }
            let mut seen = Vec::new();
            let at_most = if whose == Whose::Callers { i32::MAX } else { left };
            let arguments = [spi::timestamp(self.now), at_most.into(), spi::bigint_array(&passed)];
            self.session.write_returning(Statement::DueLeases, &arguments, |row| {
                seen.push((row.i64(0), row.i64(1)))
            })?;
            let mut due = match whose {
                Whose::Everybodys => seen.into_iter().map(|(step, _)| step).collect(),
                Whose::Callers => self.as_caller().reader().visible_steps(&seen)?,
            };
            due.truncate(left as usize);
            if due.is_empty() {
                break;
            }
            let (done, refused) =
                self.for_all_or_each(Kind::Step, &due, |leases| self.recover_steps(&[], leases))?;
            let mut acted = refused.len();
            recovered.put_aside += refused.len() as i32;
            self.put_off_leases(&refused)?;
            for done in done {
                recovered.add(&done.recovered);
                tasks.extend(done.tasks);
                acted += done.acted;
            }
            recovered.taken += acted;
            left -= i32::try_from(acted).unwrap_or(i32::MAX);
            passed.extend(due);
        }
        Ok(())
    }

    /// Leases that could not be taken back are not looked at before that is tried again.
    fn put_off_leases(&self, steps: &[i64]) -> Result<(), TaskerError> {
        for step in steps {
            if let Some(trouble) = self.reader().trouble(Kind::Step, *step)? {
                let arguments = [spi::bigint_array(&[*step]), spi::timestamp(trouble.next_try)];
                self.session.write(Statement::PutOffTroubledLeases, &arguments);
            }
        }
        Ok(())
    }

    /// Ends a task if there is nothing left to run. A task that another session is moving is left for later.
    fn finalize_if_free(&self, task: TaskId) -> Result<bool, TaskerError> {
        let Some(state) = self.reader().tasks(&[task.0])?.pop().map(|task| task.state) else {
            return Ok(false);
        };
        if !self.finalizes_by_itself(task)? {
            self.settle(task, false)?;
            return Ok(false);
        }
        let free = self.lock_free_tasks(&[task.0])?;
        if free.ours.is_empty() || (free.moved.is_empty() && state != TaskState::Pending) {
            hints::look_at_task(self.session, task, self.now.plus(BUSY));
            return Ok(false);
        }
        let settled = self.finalize(task, false)?;
        Ok(matches!(settled.plan.action, Action::Complete | Action::Fail))
    }

    fn recover_steps(&self, timed: &[i64], due_leases: &[i64]) -> Result<RecoveredSteps, TaskerError> {
        let RecoveredSteps { mut recovered, mut tasks, mut ruled, .. } = RecoveredSteps::default();
        let free = self.lock_free_steps(&distinct(timed.iter().chain(due_leases).copied()))?;
        // In the order of their ids, so that two sessions that set timers for the same steps do not wait for each
        // other. A lease stays where it is and needs no timer.
        let mut busy = self.reader().existing(timed)?;
        // Only of steps that are ours by now: steps come before leases in the order of locks.
        let ours: Vec<i64> = free.steps.all().iter().map(|step| step.id.0).collect();
        let mut held = self.held(&ours)?;
        let mut leased = HashSet::new();
        self.session.write_returning(Statement::LeasedSteps, &[spi::bigint_array(&ours)], |row| {
            leased.insert(StepId(row.i64(0)));
        })?;
        let (mut void, mut extended) = (self.void_leases(due_leases)?, Vec::new());
        for step in free.steps.all() {
            // Whose lease we did not get is just sending a heartbeat.
            if leased.contains(&step.id) && !held.contains_key(&step.id) {
                continue;
            }
            busy.remove(&step.id.0);
            if held.contains_key(&step.id) && step.state != StepState::InProgress {
                void.push(step.id.0);
            }
            if free.task(step.task_id).is_some_and(|task| task.state.is_closed())
                && step.state != StepState::InProgress
            {
                continue;
            }
            let holder = held.remove(&step.id);
            let until = holder.as_ref().map(|held| held.until);
            match remedy(step, until, config::stale_after(self.session, step)?, self.now) {
                Remedy::Promote => {
                    let metadata = json!({ "triggered_by": "retry", "retry_attempt": step.attempts });
                    self.move_step(step.id, StepState::Error, StepState::Pending, metadata)?;
                    recovered.promoted += 1;
                }
                Remedy::TakeBack => {
                    let goes_on =
                        self.give_up(step, holder, "lease_expired", "the lease of its worker expired")?;
                    recovered.leases_expired += 1;
                    tasks.extend((!goes_on).then_some(step.task_id));
                }
                Remedy::Recover => {
                    let goes_on = self.give_up(step, None, "stale", "it was in progress for too long")?;
                    recovered.stale_recovered += 1;
                    tasks.extend((!goes_on).then_some(step.task_id));
                }
                Remedy::Hint => {
                    hints::hint_at(self.session, &[step.id.0]);
                    if step.has_rule {
                        ruled.push(step.id.0);
                    }
                    recovered.hinted += 1;
                }
                Remedy::LookAgain(_) if until.is_some() && step.state == StepState::InProgress => {
                    extended.push(step.id.0);
                }
                Remedy::LookAgain(until) => hints::look_at_step(self.session, step.id, until),
                // A step that failed with the task that it waits for continues when that task is repaired.
                Remedy::Nothing if step.has_rule && step.state.can_start() => ruled.push(step.id.0),
                Remedy::Nothing => {}
            }
        }
        let acted = recovered.leases_expired as usize + void.len() + extended.len();
        if !void.is_empty() {
            hints::end_leases(self.session, &void)?;
        }
        if !extended.is_empty() {
            self.session.write(Statement::PutOffLeases, &[spi::bigint_array(&extended)]);
        }
        for step in busy {
            hints::look_at_step(self.session, StepId(step), self.now.plus(BUSY));
        }
        Ok(RecoveredSteps { recovered, tasks, ruled, acted })
    }

    /// The leases among these whose steps are gone.
    fn void_leases(&self, leased: &[i64]) -> Result<Vec<i64>, TaskerError> {
        if leased.is_empty() {
            return Ok(Vec::new());
        }
        let existing = self.reader().existing(leased)?;
        Ok(leased.iter().copied().filter(|step| !existing.contains(step)).collect())
    }

    fn held(&self, ids: &[i64]) -> Result<HashMap<StepId, Held>, TaskerError> {
        let mut held = HashMap::new();
        self.session.write_returning(Statement::LockLeases, &[spi::bigint_array(ids)], |row| {
            if let (Some(until), Some(token)) = (row.optional_timestamp(1), row.value(2)) {
                let worker = row.text(3, str::to_owned);
                held.insert(StepId(row.i64(0)), Held { until, token: Token::of(token), worker });
            }
        })?;
        Ok(held)
    }

    /// Counts the execution of a locked step as failed, because its outcome is unknown. Returns whether the step will
    /// be retried.
    fn give_up(
        &self,
        step: &Step,
        holder: Option<Held>,
        cause: &str,
        message: &str,
    ) -> Result<bool, TaskerError> {
        let aftermath = failure::fail(step, true, None, &self.reader().backoff_of(step)?, self.now)?;
        let mut metadata = Map::new();
        metadata.insert("triggered_by".to_owned(), cause.into());
        metadata.insert("error_message".to_owned(), message.into());
        metadata.insert("error_class".to_owned(), cause.into());
        metadata.insert("attempt_number".to_owned(), aftermath.step.attempts.into());
        if let Some(held) = holder {
            metadata.insert("worker".to_owned(), held.worker.into());
            metadata.insert("claim_token".to_owned(), held.token.to_string().into());
        }
        tell_of_retry(&mut metadata, &aftermath);
        let results = json!({ "error": message, "error_class": cause });
        self.fail_columns(&aftermath.step, &results)?;
        self.move_step(step.id, StepState::InProgress, StepState::Error, metadata.into())?;
        Ok(!aftermath.is_exhausted())
    }
}
