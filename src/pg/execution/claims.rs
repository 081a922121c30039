//! Claims steps: from the hints, or from the ready steps of one task. A claim never waits for another session.

pub mod candidates;
pub mod fair;
pub mod requests;

use crate::core::error::TaskerError;
use crate::core::fair_share::one_of_each;
use crate::core::ids::{StepId, TaskId};
use crate::core::steps::Step;
use crate::core::time::Timestamp;
use crate::pg::execution::claims::candidates::{AssessedCandidates, Candidates};
use crate::pg::execution::claims::fair::{FairQueue, RankedHint};
use crate::pg::execution::claims::requests::{Claim, ClaimRequest, ClaimSource, Hint, HintFilter};
use crate::pg::execution::limits::LimitSlots;
use crate::pg::execution::limits::parked::{FullBuckets, ParkedSteps};
use crate::pg::execution::troubles::{Troubles, WorkKind};
use crate::pg::host::wakeups;
use crate::pg::spi::{self, LookUp, Row, Statement};
use crate::pg::writing::subtransaction;
use crate::pg::writing::writer::Writer;
use std::collections::{HashMap, HashSet};

/// The largest number of hints that a claim reads at once, unless more steps are requested.
const HINTS_AT_ONCE: usize = 2_000;
/// The number of hints at steps that are not ready after which a claim returns the steps that it has. So a claim ends
/// within a second, and a timeout does not roll back the deletion of these hints. The next claim begins after them.
const MOST_SPENT: usize = 50_000;
/// The hints that are read first if policies decide which of them count, and the factor by which each later read grows.
pub const SEEN_AT_FIRST: usize = 64;
pub const SEEN_NEXT: usize = 4;
/// The largest number of hints for which the policies are checked at once. A claim that has enough steps checks no
/// more.
const ASKED_ABOUT: usize = 4_096;
/// The smallest number of ready steps for which the limits are evaluated at once.
const ASKED_AT_ONCE: usize = 16;

/// The way in which a claim writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClaimMode {
    /// The usual way: all steps are written at once.
    Together,
    /// The way after a step was refused: each step is written in a subtransaction, so that the others are claimed.
    OneByOne,
}

/// Claims of steps by workers.
pub struct Claims<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Claims<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Claims up to the requested number of steps.
    ///
    /// # Complexity
    /// O(log n + parents) for each claimed step and each deleted hint, for n hints. A step that another session has
    /// locked costs one index step. Under row-level security see `claim_visible`.
    pub fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claim>, TaskerError> {
        let claims =
            match subtransaction::attempt(self.writer, || self.claim_from(request, ClaimMode::Together))? {
                Ok(claims) => claims,
                Err(_) => self.claim_from(request, ClaimMode::OneByOne)?,
            };
        // No other worker needs to look at what this transaction has made ready and claimed.
        wakeups::note_taken(self.writer.session.schema(), claims.iter().map(|claim| claim.step.id.0));
        Ok(claims)
    }

    fn claim_from(&self, request: &ClaimRequest, care: ClaimMode) -> Result<Vec<Claim>, TaskerError> {
        match request.from {
            ClaimSource::Task(task) => self.claim_of_task(*task, request, care),
            ClaimSource::Queue(filter) => self.claim_hinted(filter, request, care),
        }
    }

    fn claim_of_task(
        &self,
        task: TaskId,
        request: &ClaimRequest,
        care: ClaimMode,
    ) -> Result<Vec<Claim>, TaskerError> {
        let mut claims = Vec::new();
        let mut ready = self.writer.reader().whole_task(task)?.ready_steps(self.writer.now);
        if self.writer.reader().is_filtered() {
            let steps: Vec<(i64, i64)> = ready.into_iter().map(|step| (step, task.0)).collect();
            ready = self.writer.reader().claimable_steps(&steps)?;
        }
        // Further candidates replace the steps that another session holds at this moment.
        for candidates in ready.chunks(request.max_steps.max(1)) {
            if claims.len() >= request.max_steps {
                break;
            }
            self.claim_with(care, candidates, request, &mut claims, &mut FullBuckets::default())?;
        }
        Ok(claims)
    }

    /// Claims steps from the hints, in rounds that read further each time, until there are enough steps or no more
    /// hints. A step that is not ready loses its hint, so that all claims together examine each hint once. A claim
    /// skips hints that other sessions hold, however many there are.
    fn claim_hinted(
        &self,
        filter: &HintFilter,
        request: &ClaimRequest,
        care: ClaimMode,
    ) -> Result<Vec<Claim>, TaskerError> {
        if self.writer.reader().is_filtered() {
            return self.claim_visible(filter, request, care);
        }
        let mut claims = Vec::new();
        let (mut rank, mut passed) = (Timestamp::MINUS_INFINITY, HashSet::new());
        let (mut closed, mut fair) = (FullBuckets::default(), FairQueue::of(self.writer, filter));
        let (mut width, mut spent) = (1, 0);
        while claims.len() < request.max_steps && spent < MOST_SPENT {
            let missing = request.max_steps - claims.len();
            let limit = missing.saturating_mul(width).min(HINTS_AT_ONCE.max(missing)).min(i32::MAX as usize);
            let mut hints = self.take_hints(filter, limit, &mut rank, &passed, &closed)?;
            let is_last = hints.len() < limit;
            fair.adopt(&mut hints)?;
            let has_more = fair.take(limit, &passed, &closed)?;
            let steps = fair.merged(&hints);
            let unready = self.claim_with(care, &steps, request, &mut claims, &mut closed)?;
            let hints: Vec<Hint> = hints.into_iter().map(|(.., hint)| hint).collect();
            let (dropped, left) = fair.drop(&unready);
            spent += dropped + Candidates::of(self.writer).drop_hints(&hints, &unready);
            if is_last && !has_more {
                break;
            }
            let is_left = |hint: &&Hint| hint.is_own || !unready.contains(&hint.step);
            passed.extend(hints.iter().filter(is_left).map(|hint| hint.step).chain(left));
            width = width.saturating_mul(2);
        }
        fair.note_served(&claims);
        Ok(claims)
    }

    /// Claims steps under row-level security. No row is locked before the policies have shown that the caller may see
    /// it. So the claim reads the hints first, and skips the hints of other roles in bulk.
    ///
    /// # Complexity
    /// One check of the policies for each hint in front of the caller's.
    fn claim_visible(
        &self,
        filter: &HintFilter,
        request: &ClaimRequest,
        care: ClaimMode,
    ) -> Result<Vec<Claim>, TaskerError> {
        let mut claims = Vec::new();
        let (mut rank, mut passed) = (Timestamp::MINUS_INFINITY, HashSet::new());
        let (mut closed, mut fair) = (FullBuckets::default(), FairQueue::of(self.writer, filter));
        let (mut limit, mut spent) = (SEEN_AT_FIRST.max(request.max_steps).min(i32::MAX as usize), 0);
        while claims.len() < request.max_steps && spent < MOST_SPENT {
            let seen = self.see_hints(filter, limit, &mut rank, &closed)?;
            let shared = fair.see(limit, &passed, &closed)?;
            let is_last = seen.len() < limit && shared.len() < limit;
            let seen = one_of_each(vec![seen, shared]).into_iter();
            let new: Vec<(i64, i64)> = seen.filter(|(step, _)| passed.insert(*step)).collect();
            for asked in new.chunks(ASKED_ABOUT) {
                if claims.len() >= request.max_steps || spent >= MOST_SPENT {
                    break;
                }
                let visible = self.writer.reader().claimable_steps(asked)?;
                let (mut left, mut width) = (&visible[..], 1_usize);
                while !left.is_empty() && claims.len() < request.max_steps && spent < MOST_SPENT {
                    let missing = request.max_steps - claims.len();
                    let (now, later) = left.split_at(left.len().min(missing.saturating_mul(width)));
                    spent += self.claim_locked(care, now, request, &mut claims, &mut closed)?;
                    (left, width) = (later, width.saturating_mul(2));
                }
            }
            if is_last {
                break;
            }
            // More than have been read so far, as all of them may have the same rank.
            limit = limit.saturating_mul(SEEN_NEXT).min(i32::MAX as usize);
        }
        fair.note_served(&claims);
        Ok(claims)
    }

    /// Locks those of the steps that the caller may write, and then their hints; returns the number of hints that it
    /// deleted.
    fn claim_locked(
        &self,
        care: ClaimMode,
        steps: &[i64],
        request: &ClaimRequest,
        claims: &mut Vec<Claim>,
        closed: &mut FullBuckets,
    ) -> Result<usize, TaskerError> {
        let ours = self.writer.lock_free_ids(LookUp::LockedSteps, Statement::LockFreeStepRows, steps)?;
        let (hints, shared) = (self.take_hints_at(&ours)?, fair::take_at(self.writer, &ours)?);
        let hinted: HashSet<i64> = hints.iter().chain(&shared).map(|hint| hint.step).collect();
        let candidates: Vec<i64> = steps.iter().copied().filter(|step| hinted.contains(step)).collect();
        let unready = self.claim_with(care, &candidates, request, claims, closed)?;
        let dropped = fair::drop_hints(self.writer, &shared, &unready);
        Ok(dropped + Candidates::of(self.writer).drop_hints(&hints, &unready))
    }

    /// Locks the hints at these steps, except those that another session has locked, and returns them.
    pub fn take_hints_at(&self, steps: &[i64]) -> Result<Vec<Hint>, TaskerError> {
        let mut hints = Vec::new();
        self.writer.session.write_returning(Statement::TakeHintsAt, &[spi::bigint_array(steps)], |row| {
            hints.push(Hint { step: row.i64(0), cause: row.i64(1), is_own: row.is_own_transaction(2) });
        })?;
        Ok(hints)
    }

    /// Returns the steps of the next hints in order, each with its task; locks nothing.
    fn see_hints(
        &self,
        filter: &HintFilter,
        limit: usize,
        rank: &mut Timestamp,
        closed: &FullBuckets,
    ) -> Result<Vec<(i64, i64)>, TaskerError> {
        let [tasks, steps] = closed.arguments();
        let first =
            |from| [(limit as i32).into(), spi::timestamp(from), spi::bigint_array(&[]), tasks, steps];
        let from = *rank;
        let mut seen = Vec::new();
        let each = |row: &Row| {
            row.i64_array(0, |steps| {
                row.i64_array(1, |tasks| seen.extend(steps.iter().copied().zip(tasks.iter().copied())));
            });
            if let Some(at) = row.optional_timestamp(2) {
                *rank = at.max(*rank);
            }
        };
        let mut arguments = match filter {
            HintFilter::All => first(from),
            _ => first(Timestamp::MINUS_INFINITY),
        }
        .to_vec();
        let statement = match filter {
            HintFilter::All => Statement::SeeHints,
            HintFilter::Steps { named_steps, named_tasks } => {
                arguments.extend([spi::integer_array(named_steps), spi::integer_array(named_tasks)]);
                Statement::SeeHintsOfSteps
            }
            HintFilter::Tasks { named_tasks } => {
                arguments.push(spi::integer_array(named_tasks));
                Statement::SeeHintsOfTasks
            }
        };
        self.writer.session.write_returning(statement, &arguments, each)?;
        Ok(seen)
    }

    fn take_hints(
        &self,
        filter: &HintFilter,
        limit: usize,
        rank: &mut Timestamp,
        passed: &HashSet<i64>,
        closed: &FullBuckets,
    ) -> Result<Vec<RankedHint>, TaskerError> {
        let from = (*rank, limit);
        let mut hints = Vec::new();
        let mut each = |row: &Row| {
            let at = row.optional_timestamp(2).unwrap_or(Timestamp::MINUS_INFINITY);
            *rank = at.max(*rank);
            let hint = Hint { step: row.i64(0), cause: row.i64(1), is_own: row.is_own_transaction(5) };
            hints.push((at, row.i32(3), hint));
        };
        // Each name has an order of its own: the next round begins where each of them does.
        let first = |from| {
            let [tasks, steps] = closed.arguments();
            let passed: Vec<i64> = passed.iter().copied().collect();
            [(limit as i32).into(), spi::timestamp(from), spi::bigint_array(&passed), tasks, steps]
        };
        match filter {
            HintFilter::All => {
                let is_new = |row: &Row| !passed.contains(&row.i64(0)) && !closed.has(row.i32(3), row.i32(4));
                if self
                    .writer
                    .session
                    .tables()
                    .lock_first_free(LookUp::RankedHints, from, is_new, &mut each)
                    .is_none()
                {
                    self.writer.session.write_returning(Statement::TakeHints, &first(from.0), &mut each)?;
                }
            }
            HintFilter::Steps { named_steps, named_tasks } => {
                let mut arguments = first(Timestamp::MINUS_INFINITY).to_vec();
                arguments.extend([spi::integer_array(named_steps), spi::integer_array(named_tasks)]);
                self.writer.session.write_returning(Statement::TakeHintsOfSteps, &arguments, &mut each)?;
            }
            HintFilter::Tasks { named_tasks } => {
                let mut arguments = first(Timestamp::MINUS_INFINITY).to_vec();
                arguments.push(spi::integer_array(named_tasks));
                self.writer.session.write_returning(Statement::TakeHintsOfTasks, &arguments, &mut each)?;
            }
        }
        Ok(hints)
    }

    /// Claims those of the candidates that are ready and free, in the given mode; returns those that are not ready, or
    /// that were refused.
    fn claim_with(
        &self,
        care: ClaimMode,
        candidates: &[i64],
        request: &ClaimRequest,
        claims: &mut Vec<Claim>,
        closed: &mut FullBuckets,
    ) -> Result<HashSet<i64>, TaskerError> {
        if care == ClaimMode::Together {
            return self.claim_of(candidates, request, claims, closed);
        }
        let mut passed = HashSet::new();
        for step in candidates {
            if claims.len() >= request.max_steps {
                break;
            }
            let mut claimed = Vec::new();
            let one = ClaimRequest { max_steps: 1, ..*request };
            match subtransaction::attempt(self.writer, || {
                self.claim_of(&[*step], &one, &mut claimed, closed)
            })? {
                Ok(unready) => passed.extend(unready),
                Err(refusal) => {
                    Troubles::of(self.writer).put_aside(WorkKind::Claim, *step, &refusal)?;
                    Troubles::of(self.writer).warn_of_claim(StepId(*step), &refusal);
                    passed.insert(*step);
                    claimed.clear();
                }
            }
            claims.append(&mut claimed);
        }
        Ok(passed)
    }

    /// Claims those of the candidates that are ready and free; returns those that are not ready.
    fn claim_of(
        &self,
        candidates: &[i64],
        request: &ClaimRequest,
        claims: &mut Vec<Claim>,
        closed: &mut FullBuckets,
    ) -> Result<HashSet<i64>, TaskerError> {
        let AssessedCandidates { free, assessments, unready } =
            Candidates::of(self.writer).lock_and_assess(candidates)?;
        let steps = free.steps.all().iter().zip(&assessments);
        let mut ready: Vec<&Step> =
            steps.filter(|(_, assessment)| assessment.verdict.is_ready()).map(|(step, _)| step).collect();
        let order: HashMap<i64, usize> =
            candidates.iter().enumerate().map(|(at, step)| (*step, at)).collect();
        ready.sort_by_key(|step| order.get(&step.id.0));
        let limits = LimitSlots::of(self.writer).limits_of(free.steps.all())?;
        let mut spent = &unready;
        let (nothing, mut busy) = (HashSet::new(), HashSet::new());
        loop {
            let missing = request.max_steps - claims.len();
            let later = ready.split_off(ready.len().min(missing.max(ASKED_AT_ONCE)));
            let asked = LimitSlots::of(self.writer).admit(&limits, &ready, missing)?;
            ParkedSteps::of(self.writer).park(&asked, closed)?;
            ParkedSteps::of(self.writer).readmit(&asked, spent)?;
            spent = &nothing;
            let admits = |step: &&Step| asked.admits(step.id);
            let mut admitted: Vec<&Step> = ready.iter().copied().filter(admits).take(missing).collect();
            let tried: Vec<StepId> = admitted.iter().map(|step| step.id).collect();
            let started =
                Candidates::of(self.writer).start_tasks(&free, admitted.iter().map(|step| step.task_id))?;
            busy.extend(admitted.iter().map(|step| step.task_id).filter(|task| !started.contains(task)));
            admitted.retain(|step| started.contains(&step.task_id));
            LimitSlots::of(self.writer).take_slots(&asked, &admitted);
            Candidates::of(self.writer).take(&free, &admitted, request, claims)?;
            Candidates::of(self.writer).remove_hints(&admitted, asked.is_limited);
            Troubles::of(self.writer)
                .end_troubles(WorkKind::Claim, &admitted.iter().map(|step| step.id.0).collect::<Vec<_>>());
            if claims.len() >= request.max_steps {
                break;
            }
            // Other ready steps may follow steps whose tasks another session is moving at this moment.
            let (is_enough, tried) = (tried.len() == missing, HashSet::<StepId>::from_iter(tried));
            ready.retain(|step| is_enough && !tried.contains(&step.id));
            ready.extend(later);
            ready.retain(|step| !busy.contains(&step.task_id));
            if ready.is_empty() {
                break;
            }
        }
        Ok(unready)
    }
}
