//! Does what has become due: retries, expired leases, workers that have died, tasks whose end was missed.

pub mod deadlines;
pub mod retention;
pub mod steps;

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::plan::Action;
use crate::core::state::TaskState;
use crate::core::time::Timestamp;
use crate::pg::execution::finalization::Finalization;
use crate::pg::execution::limits::parked::ParkedSteps;
use crate::pg::execution::recovery::deadlines::Deadlines;
use crate::pg::execution::recovery::steps::{BUSY, RecoveryCounts, StepRecovery};
use crate::pg::execution::rules::decisions::Decisions;
use crate::pg::execution::rules::queue::{DecisionQueue, WorkScope};
use crate::pg::execution::schedules::runs::ScheduleRuns;
use crate::pg::execution::troubles::{Troubles, WorkKind};
use crate::pg::queue::hints;
use crate::pg::spi::{self, LookUp, Row, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::PgLogLevel;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::{BTreeSet, HashSet};

/// The largest number of times that a call reads expired leases. It reads again because other sessions may hold the
/// steps of the leases that it has read.
const ROUNDS: u32 = 8;

/// The work whose timers have expired.
#[derive(Default)]
struct DueWork {
    /// Steps whose timer has expired.
    steps: Vec<i64>,
    tasks: HashSet<TaskId>,
    schedules: Vec<i64>,
    /// Several sessions may have set a timer for one bucket.
    buckets: BTreeSet<String>,
}

/// The work that has become due.
pub struct Recovery<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Recovery<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Does up to `limit` pieces of due work before the caller's own: for all roles, or, under row-level security, what
    /// the caller may see. A tenant's transaction may stay open, and its work is invisible to others until it commits.
    pub fn recover_first(&self, limit: i32) -> Result<(), TaskerError> {
        let whose = if self.writer.reader().is_filtered() { WorkScope::Caller } else { WorkScope::AllRoles };
        Recovery::of(&self.writer.as_owner()).recover(whose, limit).map(|_| ())
    }

    /// Does up to `limit` pieces of due work. It waits for no step and skips what another session holds, so that any
    /// number of sessions may do it at once.
    ///
    /// # Complexity
    /// O(limit · log n) for n timers and leases; with nothing due, one read of an index of each. For the caller alone,
    /// one check of the policies for each that is due.
    pub fn recover(&self, whose: WorkScope, limit: i32) -> Result<RecoveryCounts, TaskerError> {
        let mut recovered = RecoveryCounts::default();
        if !self.is_anything_due() {
            return Ok(recovered);
        }
        if let Err(refusal) = self.writer.require_owners_writes() {
            // Another session's claim, or the background worker, can do it.
            ErrorReport::from(refusal).report(PgLogLevel::WARNING);
            return Ok(recovered);
        }
        let DueWork { steps, mut tasks, schedules, buckets } = self.take_due(whose, limit, &mut recovered)?;
        let (done, refused) = Troubles::of(self.writer).for_all_or_each(WorkKind::Step, &steps, |steps| {
            StepRecovery::of(self.writer).recover(steps, &[])
        })?;
        recovered.put_aside += refused.len() as i32;
        self.postpone_leases(&refused)?;
        let mut ruled = Vec::new();
        for done in done {
            recovered.add(&done.recovered);
            tasks.extend(done.tasks);
            ruled.extend(done.ruled);
        }
        self.recover_leases(whose, limit, &mut recovered, &mut tasks)?;
        let decided = Decisions::of(self.writer).decide(&ruled)?;
        Finalization::of(self.writer).review_decided(&decided)?;
        let (decided_rows, refused) = DecisionQueue::of(self.writer).decide_queued(whose, limit)?;
        recovered.decided = decided_rows;
        recovered.put_aside += decided.put_aside + refused;
        for bucket in buckets {
            let (_, refused) =
                Troubles::of(self.writer).for_all_or_each(WorkKind::Bucket(&bucket), &[0], |_| {
                    ParkedSteps::of(self.writer).recover_bucket(&bucket)
                })?;
            recovered.put_aside += refused.len() as i32;
        }
        let mut tasks: Vec<i64> = tasks.into_iter().map(|task| task.0).collect();
        tasks.sort_unstable();
        let (finalized, refused) =
            Troubles::of(self.writer).for_all_or_each(WorkKind::Task, &tasks, |tasks| {
                tasks
                    .iter()
                    .try_fold(0, |sum, task| Ok(sum + i32::from(self.finalize_if_free(TaskId(*task))?)))
            })?;
        recovered.finalized = finalized.into_iter().sum();
        recovered.put_aside += refused.len() as i32;
        // Last: a run may wait for a task that has just ended.
        recovered.put_aside += ScheduleRuns::of(self.writer).run(&schedules)?;
        Ok(recovered)
    }

    /// Returns the next time at which something becomes due, as far as an index tells it.
    ///
    /// # Complexity
    /// O(log n).
    pub fn next_due(&self) -> Option<Timestamp> {
        let session = self.writer.session;
        [LookUp::Timers, LookUp::DueLeases].into_iter().filter_map(|times| session.first_time(times)).min()
    }

    fn is_anything_due(&self) -> bool {
        !(self.writer.session.is_surely_later(LookUp::Timers, self.writer.now)
            && self.writer.session.is_surely_later(LookUp::DueLeases, self.writer.now)
            && self.writer.session.is_surely_empty(LookUp::Decisions))
    }

    /// Takes expired timers from the queue and returns their subjects.
    fn take_due(
        &self,
        whose: WorkScope,
        limit: i32,
        recovered: &mut RecoveryCounts,
    ) -> Result<DueWork, TaskerError> {
        let mut due = DueWork::default();
        if self.writer.session.is_surely_later(LookUp::Timers, self.writer.now) {
            return Ok(due);
        }
        let each = |row: &Row| {
            recovered.taken += 1;
            match row.text(0, str::to_owned).as_str() {
                "step" => due.steps.push(row.i64(1)),
                "task" => _ = due.tasks.insert(TaskId(row.i64(1))),
                "schedule" => due.schedules.push(row.i64(1)),
                bucket => _ = due.buckets.insert(bucket.trim_start_matches("bucket ").to_owned()),
            }
        };
        let now = spi::timestamp(self.writer.now);
        match whose {
            WorkScope::AllRoles => {
                self.writer.session.write_returning(Statement::TakeDueTimers, &[now, limit.into()], each)?;
            }
            WorkScope::Caller => {
                let (kinds, subjects) = self.callers_due(limit)?;
                let arguments = [now, spi::text_array(&kinds), spi::bigint_array(&subjects)];
                self.writer.session.write_returning(Statement::TakeDueTimersOf, &arguments, each)?;
            }
        }
        Ok(due)
    }

    /// Returns the expired timers of steps and tasks that the caller may see, and of buckets, up to `limit`. Buckets
    /// delay steps of other roles too, so they are left to other sessions if the transaction continues after the call.
    fn callers_due(&self, limit: i32) -> Result<(Vec<String>, Vec<i64>), TaskerError> {
        let now = spi::timestamp(self.writer.now);
        let (mut steps, mut tasks) = (Vec::new(), Vec::new());
        self.writer.session.write_returning(Statement::SeeDueTimers, &[now], |row| {
            match row.text(0, str::to_owned).as_str() {
                "step" => steps.push((row.i64(1), row.i64(2))),
                _ => tasks.push(row.i64(1)),
            }
        })?;
        let caller = self.writer.as_caller();
        let visible = caller.reader().visible_tasks(tasks.clone())?;
        tasks.retain(|task| visible.contains(task));
        let steps = caller.reader().visible_steps(&steps)?;
        let steps = steps.into_iter().map(|step| ("step".to_owned(), step));
        let tasks = tasks.into_iter().map(|task| ("task".to_owned(), task));
        let schedules = ScheduleRuns::of(self.writer).callers_due()?;
        let schedules = schedules.into_iter().map(|schedule| ("schedule".to_owned(), schedule));
        let mut due: Vec<(String, i64)> =
            steps.chain(tasks).chain(schedules).take(limit.max(0) as usize).collect();
        if !self.writer.is_in_block {
            self.writer.session.write_returning(Statement::SeeDueBuckets, &[now, limit.into()], |row| {
                due.push((row.text(0, str::to_owned), row.i64(1)));
            })?;
        }
        Ok(due.into_iter().unzip())
    }

    /// Examines up to `limit` leases that may have expired, without those whose steps another session holds.
    fn recover_leases(
        &self,
        whose: WorkScope,
        limit: i32,
        recovered: &mut RecoveryCounts,
        tasks: &mut HashSet<TaskId>,
    ) -> Result<(), TaskerError> {
        let (mut left, mut passed) = (limit, Vec::new());
        for _ in 0..ROUNDS {
            if left <= 0 || self.writer.session.is_surely_later(LookUp::DueLeases, self.writer.now) {
                break;
            }
            let mut seen = Vec::new();
            let at_most = if whose == WorkScope::Caller { i32::MAX } else { left };
            let arguments = [spi::timestamp(self.writer.now), at_most.into(), spi::bigint_array(&passed)];
            self.writer.session.write_returning(Statement::DueLeases, &arguments, |row| {
                seen.push((row.i64(0), row.i64(1)))
            })?;
            let mut due = match whose {
                WorkScope::AllRoles => seen.into_iter().map(|(step, _)| step).collect(),
                WorkScope::Caller => self.writer.as_caller().reader().visible_steps(&seen)?,
            };
            due.truncate(left as usize);
            if due.is_empty() {
                break;
            }
            let (done, refused) =
                Troubles::of(self.writer).for_all_or_each(WorkKind::Step, &due, |leases| {
                    StepRecovery::of(self.writer).recover(&[], leases)
                })?;
            let mut acted = refused.len();
            recovered.put_aside += refused.len() as i32;
            self.postpone_leases(&refused)?;
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

    /// Postpones the next check of leases that could not be taken back to the next attempt.
    fn postpone_leases(&self, steps: &[i64]) -> Result<(), TaskerError> {
        for step in steps {
            if let Some(trouble) = self.writer.reader().trouble(WorkKind::Step, *step)? {
                let arguments = [spi::bigint_array(&[*step]), spi::timestamp(trouble.next_try)];
                self.writer.session.write(Statement::PutOffTroubledLeases, &arguments);
            }
        }
        Ok(())
    }

    /// Ends a task if there is nothing left to run, or notifies schedulers if it is finalized by hand; returns whether it
    /// has ended. A task that another session is moving is left for later.
    fn finalize_if_free(&self, task: TaskId) -> Result<bool, TaskerError> {
        let Some(state) = self.writer.reader().tasks(&[task.0])?.pop().map(|task| task.state) else {
            return Ok(false);
        };
        Deadlines::of(self.writer).enforce(task, state)?;
        let free = self.writer.lock_free_tasks(&[task.0])?;
        if free.ours.is_empty() || (free.moved.is_empty() && state != TaskState::Pending) {
            hints::set_task_timer(self.writer.session, task, self.writer.now.plus(BUSY));
            return Ok(false);
        }
        let assessment = Finalization::of(self.writer).review(task, false)?;
        let is_over = matches!(assessment.state, TaskState::Complete | TaskState::Error);
        Ok(is_over && matches!(assessment.plan.action, Action::Complete | Action::Fail))
    }
}
