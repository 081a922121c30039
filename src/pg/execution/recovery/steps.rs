//! Recovers steps whose timers or leases have expired: promotes retries, takes back steps, and writes hints for ready
//! steps.

use crate::core::error::TaskerError;
use crate::core::failure;
use crate::core::ids::{StepId, TaskId, distinct};
use crate::core::readiness::eligible_since;
use crate::core::recovery::{Remedy, remedy};
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::core::time::{Duration, Timestamp};
use crate::core::time_limits::TIMEOUT;
use crate::pg::execution::executions::add_retry_metadata;
use crate::pg::execution::leases::Token;
use crate::pg::queue::hints;
use crate::pg::queue::times::{self, KeptTimes};
use crate::pg::reading::config::{self, ConfiguredTimes};
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::reading::loader::Workflows;
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::writing::step_columns::StepColumns;
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::writer::Writer;
use serde_json::{Map, json};
use std::collections::{HashMap, HashSet};

/// The delay until a step that another session holds is examined again.
pub const BUSY: Duration = Duration::seconds(1);

/// The numbers of rows, steps and tasks that recovery has handled.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecoveryCounts {
    pub taken: usize,
    /// The number of rows of `tasker_core_decisions` that were handled.
    pub decided: usize,
    pub promoted: i32,
    pub leases_expired: i32,
    pub stale_recovered: i32,
    pub hinted: i32,
    pub finalized: i32,
    /// The number of steps, tasks and buckets that were put aside.
    pub put_aside: i32,
}

impl RecoveryCounts {
    pub fn add(&mut self, other: &Self) {
        self.promoted += other.promoted;
        self.leases_expired += other.leases_expired;
        self.stale_recovered += other.stale_recovered;
        self.hinted += other.hinted;
    }
}

/// The result of the recovery of some steps.
#[derive(Default)]
pub struct StepRecoveryResult {
    pub recovered: RecoveryCounts,
    /// Tasks that may be over.
    pub tasks: HashSet<TaskId>,
    /// Steps whose rules must be evaluated.
    pub ruled: Vec<i64>,
    /// The number of leases that were ended or postponed.
    pub acted: usize,
}

/// The worker that held a step, with its token and the end of its lease.
struct FormerHolder {
    until: Timestamp,
    token: Token,
    worker: String,
}

/// The clock that has run out.
#[derive(Clone, Copy, Debug)]
enum Expiry {
    /// The lease of the worker.
    Lease,
    /// The time that the execution may last.
    Execution,
    /// The time that a step may be in progress without a lease.
    Unleased,
    /// The time in which a worker must have claimed the step.
    Start,
}

impl Expiry {
    /// Returns what the history says: the cause, the class of the error, and its message.
    const fn account(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Lease => ("lease_expired", "lease_expired", "the lease of its worker expired"),
            Self::Execution => ("timeout", TIMEOUT, "the execution took longer than timeout_seconds"),
            Self::Unleased => ("stale", "stale", "it was in progress for too long"),
            Self::Start => ("timeout", TIMEOUT, "no worker claimed it within start_within_seconds"),
        }
    }
}

/// The recovery of steps.
pub struct StepRecovery<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> StepRecovery<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Does the due work of steps whose timers have expired or whose leases may have expired, except those that another
    /// session holds.
    pub fn recover(&self, timed: &[i64], due_leases: &[i64]) -> Result<StepRecoveryResult, TaskerError> {
        let StepRecoveryResult { mut recovered, mut tasks, mut ruled, .. } = StepRecoveryResult::default();
        let free = self.writer.lock_free_steps(&distinct(timed.iter().chain(due_leases).copied()))?;
        // In the order of their ids, so that two sessions that set timers for the same steps do not wait for each
        // other. A lease stays where it is and needs no timer.
        let mut busy = self.writer.reader().existing(timed)?;
        // Only of steps that are locked by now: steps come before leases in the order of locks.
        let ours: Vec<i64> = free.steps.all().iter().map(|step| step.id.0).collect();
        let mut held = self.lock_leases(&ours)?;
        let mut leased = HashSet::new();
        self.writer.session.write_returning(Statement::LeasedSteps, &[spi::bigint_array(&ours)], |row| {
            leased.insert(StepId(row.i64(0)));
        })?;
        let (mut void, mut extended) = (self.leases_without_step(due_leases)?, Vec::new());
        let kept_times = times::of_steps(self.writer.session, &ours)?;
        let configured = ConfiguredTimes::read(self.writer.session)?;
        for (at, step) in free.steps.all().iter().enumerate() {
            // A worker whose lease is locked is just sending a heartbeat.
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
            let own = kept_times.get(&step.id).and_then(|kept| kept.times.timeout());
            let unleased = config::unleased_limit(self.writer.session, step, own)?;
            match remedy(step, until, unleased.map(|(limit, _)| limit), self.writer.now) {
                Remedy::Promote => {
                    let metadata = json!({ "triggered_by": "retry", "retry_attempt": step.attempts });
                    StepMoves::of(self.writer).move_step(
                        step.id,
                        StepState::Error,
                        StepState::Pending,
                        metadata,
                    )?;
                    recovered.promoted += 1;
                }
                Remedy::TakeBack => {
                    let kept = kept_times.get(&step.id);
                    let is_timeout = holder.as_ref().zip(kept.and_then(|kept| kept.execution)).is_some_and(
                        |(holder, (token, ends_at))| {
                            holder.token.bytes() == token && ends_at <= self.writer.now
                        },
                    );
                    let cause = if is_timeout { Expiry::Execution } else { Expiry::Lease };
                    let goes_on = self.fail_execution(step, holder, cause)?;
                    recovered.leases_expired += 1;
                    tasks.extend((!goes_on).then_some(step.task_id));
                }
                Remedy::Recover => {
                    let is_timeout = unleased.is_some_and(|(_, is_timeout)| is_timeout);
                    let cause = if is_timeout { Expiry::Execution } else { Expiry::Unleased };
                    let goes_on = self.fail_execution(step, None, cause)?;
                    recovered.stale_recovered += 1;
                    tasks.extend((!goes_on).then_some(step.task_id));
                }
                Remedy::Hint if self.is_late(at, &free, kept_times.get(&step.id), &configured)? => {
                    let goes_on = self.fail_execution(step, None, Expiry::Start)?;
                    recovered.leases_expired += 1;
                    tasks.extend((!goes_on).then_some(step.task_id));
                }
                Remedy::Hint => {
                    hints::hint_again(self.writer.session, &[step.id.0])?;
                    if step.has_rule {
                        ruled.push(step.id.0);
                    }
                    recovered.hinted += 1;
                }
                Remedy::LookAgain(_) if until.is_some() && step.state == StepState::InProgress => {
                    extended.push(step.id.0);
                }
                Remedy::LookAgain(until) => hints::set_step_timer(self.writer.session, step.id, until),
                // A step that failed with the task that it waits for continues when that task is repaired.
                Remedy::Nothing if step.has_rule && step.state.can_start() => ruled.push(step.id.0),
                Remedy::Nothing => {}
            }
        }
        let acted = recovered.leases_expired as usize + void.len() + extended.len();
        if !void.is_empty() {
            hints::end_leases(self.writer.session, &void)?;
        }
        if !extended.is_empty() {
            self.writer.session.write(Statement::PutOffLeases, &[spi::bigint_array(&extended)]);
        }
        for step in busy {
            hints::set_step_timer(self.writer.session, StepId(step), self.writer.now.plus(BUSY));
        }
        Ok(StepRecoveryResult { recovered, tasks, ruled, acted })
    }

    /// Returns whether a pending step is ready, and no worker has claimed it in time. If its time is not over, or a pause
    /// by name keeps workers from it, sets a timer.
    fn is_late(
        &self,
        at: usize,
        free: &Workflows,
        kept: Option<&KeptTimes>,
        configured: &ConfiguredTimes,
    ) -> Result<bool, TaskerError> {
        let (step, now) = (&free.steps.all()[at], self.writer.now);
        let own = kept.map(|kept| kept.times).unwrap_or_default();
        let times = configured.complete(self.writer.session, own, ConfigSubject::of(step))?;
        if times.start_within_seconds.is_none() {
            return Ok(false);
        }
        let is_ready = free.assess(now).get(at).is_some_and(|it| it.verdict.is_ready());
        let Some(start_by) = times.start_by(eligible_since(step, free.steps.parents(at))) else {
            return Ok(false);
        };
        let look_again = match (is_ready, start_by > now) {
            (false, _) => None,
            (true, true) => Some(start_by),
            (true, false) if self.is_paused_by_name(step.id)? => times.start_by(now),
            (true, false) => return Ok(true),
        };
        if let Some(look_again) = look_again {
            hints::set_step_timer(self.writer.session, step.id, look_again);
        }
        Ok(false)
    }

    fn is_paused_by_name(&self, step: StepId) -> Result<bool, TaskerError> {
        let (session, mut is_paused) = (self.writer.session, false);
        if !session.is_surely_empty(LookUp::Limits) {
            session.read(Statement::BucketsOfSteps, &[spi::bigint_array(&[step.0])], |row| {
                is_paused |= row.bool(5);
                Ok(())
            })?;
        }
        Ok(is_paused)
    }

    /// Returns the leases among these whose steps are gone.
    fn leases_without_step(&self, leased: &[i64]) -> Result<Vec<i64>, TaskerError> {
        if leased.is_empty() {
            return Ok(Vec::new());
        }
        let existing = self.writer.reader().existing(leased)?;
        Ok(leased.iter().copied().filter(|step| !existing.contains(step)).collect())
    }

    fn lock_leases(&self, ids: &[i64]) -> Result<HashMap<StepId, FormerHolder>, TaskerError> {
        let mut held = HashMap::new();
        self.writer.session.write_returning(Statement::LockLeases, &[spi::bigint_array(ids)], |row| {
            if let (Some(until), Some(token)) = (row.optional_timestamp(1), row.value(2)) {
                let worker = row.text(3, str::to_owned);
                held.insert(StepId(row.i64(0)), FormerHolder { until, token: Token::of(token), worker });
            }
        })?;
        Ok(held)
    }

    /// Counts the execution of a locked step as failed, because its outcome is unknown. Returns whether the step will
    /// be retried.
    fn fail_execution(
        &self,
        step: &Step,
        holder: Option<FormerHolder>,
        expiry: Expiry,
    ) -> Result<bool, TaskerError> {
        let (cause, class, message) = expiry.account();
        let aftermath =
            failure::fail(step, true, None, &self.writer.reader().backoff_of(step)?, self.writer.now)?;
        let mut metadata = Map::new();
        metadata.insert("triggered_by".to_owned(), cause.into());
        metadata.insert("error_message".to_owned(), message.into());
        metadata.insert("error_class".to_owned(), class.into());
        metadata.insert("attempt_number".to_owned(), aftermath.step.attempts.into());
        if let Some(held) = holder {
            metadata.insert("worker".to_owned(), held.worker.into());
            metadata.insert("claim_token".to_owned(), held.token.to_string().into());
        }
        add_retry_metadata(&mut metadata, &aftermath);
        let results = json!({ "error": message, "error_class": class });
        StepColumns::of(self.writer).fail(&aftermath.step, &results)?;
        StepMoves::of(self.writer).move_step(step.id, step.state, StepState::Error, metadata.into())?;
        Ok(!aftermath.is_exhausted())
    }
}
