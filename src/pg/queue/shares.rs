//! Fair queues: hints whose shares take turns (see docs/concurrency.md). A share is a hash of the value of a key in the
//! context of the task.
//!
//! These hints are in a table of their own. So claims read nothing more while no queue is fair, and an installation of an
//! earlier layout, which lacks the table, has no fair queue.

use crate::core::config::fair_key;
use crate::core::error::TaskerError;
use crate::core::fair_share::merged;
use crate::core::time::{Duration, Timestamp};
use crate::pg::datum::export;
use crate::pg::host::clock;
use crate::pg::host::settings;
use crate::pg::host::wakeups::{self, BroughtStep};
use crate::pg::queue::turns::{SharedHint, Turns};
use crate::pg::reading::config_layers::FairKeys;
use crate::pg::spi::{self, LookUp, Session, Statement};
use std::collections::{HashMap, HashSet};
use std::ffi::CStr;

const TABLE: &CStr = c"tasker_core_shares";

/// The queue of what claims may take. The queues of limits have the names of their buckets.
pub const OPEN: &str = "";

/// The largest number of hints that a claim moves to a fair queue at once.
const ADOPTED_AT_ONCE: i32 = 1_000;

/// Returns whether a fair queue may have rows.
pub fn are_used(session: &Session) -> bool {
    session.may_have_rows(LookUp::Shares)
}

/// Refuses a fair queue in an installation that cannot have one.
pub fn require(session: &Session) -> Result<(), TaskerError> {
    session.require_table(TABLE, "let shares take turns")
}

/// Names of tasks, each with the path of the key by which it is fair.
pub struct FairNames {
    ids: Vec<i32>,
    paths: Vec<String>,
}

impl FairNames {
    /// Returns those of the names that are fair; `None`: none of them is.
    ///
    /// # Complexity
    /// A look into an index while no queue is fair; a few for each name otherwise.
    pub fn among(
        session: &Session,
        named_tasks: impl Iterator<Item = i32>,
    ) -> Result<Option<Self>, TaskerError> {
        let Some(keys) = FairKeys::read(session)? else { return Ok(None) };
        if !session.has_table(TABLE) {
            return Ok(None);
        }
        let mut fair = Self { ids: Vec::new(), paths: Vec::new() };
        for name in named_tasks.collect::<HashSet<_>>() {
            let path = keys.of_named_task(session, name)?;
            if !path.is_empty() {
                fair.ids.push(name);
                fair.paths.push(fair_key::as_array(&path));
            }
        }
        Ok((!fair.ids.is_empty()).then_some(fair))
    }

    /// Returns whether a name is fair.
    pub fn has(&self, named_task: i32) -> bool {
        self.ids.contains(&named_task)
    }

    /// Writes hints at steps, each with what caused it, and returns the others.
    pub fn put(&self, session: &Session, hints: Vec<(i64, i64)>) -> Result<Vec<BroughtStep>, TaskerError> {
        let (steps, causes): (Vec<i64>, Vec<i64>) = hints.into_iter().unzip();
        let mut brought = Vec::new();
        if steps.is_empty() {
            return Ok(brought);
        }
        let arguments = [
            spi::bigint_array(&steps),
            spi::bigint_array(&causes),
            spi::timestamp(clock::statement_now()),
            spi::interval(settings::priority_interval()),
            spi::integer_array(&self.ids),
            spi::text_array(&self.paths),
        ];
        session.write_returning(Statement::PutShares, &arguments, |row| {
            brought.push(BroughtStep { step: row.i64(0), named_task: row.i32(1), named_step: row.i32(2) });
        })?;
        Ok(brought)
    }

    /// Moves hints that were written before their names became fair to the fair queue.
    pub fn adopt(&self, session: &Session) {
        let arguments = [spi::integer_array(&self.ids), spi::text_array(&self.paths), ADOPTED_AT_ONCE.into()];
        session.write(Statement::AdoptHints, &arguments);
    }
}

/// Writes hints at those of the steps that are in a fair queue, because something has happened to them; returns the
/// others.
pub fn hint_own(session: &Session, steps: &[i64]) -> Result<Vec<i64>, TaskerError> {
    if FairKeys::read(session)?.is_none() {
        return Ok(steps.to_vec());
    }
    let mut names = HashMap::new();
    let mut tasks = HashMap::new();
    session.look_up_fresh(LookUp::HintedSteps, steps, |row| {
        tasks.insert(row.i64(0), row.i64(1));
        Ok(())
    })?;
    let of_tasks: Vec<i64> = tasks.values().copied().collect();
    session.look_up_fresh(LookUp::RanksOfTasks, &of_tasks, |row| {
        names.insert(row.i64(0), row.i32(1));
        Ok(())
    })?;
    let Some(fair) = FairNames::among(session, names.values().copied())? else { return Ok(steps.to_vec()) };
    let name = |step: &i64| tasks.get(step).and_then(|task| names.get(task));
    let (ours, others): (Vec<i64>, Vec<i64>) =
        steps.iter().partition(|step| name(step).is_some_and(|name| fair.has(*name)));
    let brought = fair.put(session, ours.into_iter().map(|step| (step, step)).collect())?;
    wakeups::note_steps(session.schema(), brought);
    Ok(others)
}

/// Takes back what the fair queues say of steps.
pub fn forget(session: &Session, steps: &[i64]) {
    if !steps.is_empty() && are_used(session) {
        session.write(Statement::ForgetShares, &[spi::bigint_array(steps)]);
    }
}

/// Takes back what the fair queues say of those of the steps that have an unfinished parent; returns these.
pub fn forget_waiting_children(session: &Session, steps: &[i64]) -> Result<Vec<i64>, TaskerError> {
    let mut forgotten = Vec::new();
    if are_used(session) {
        let arguments = [spi::bigint_array(steps)];
        session.write_returning(Statement::ForgetSharesOfWaitingChildren, &arguments, |row| {
            forgotten.push(row.i64(0));
        })?;
    }
    Ok(forgotten)
}

/// Moves the hints of a task forward, to another priority.
pub fn rank(session: &Session, task: i64, earlier: Duration, priority: i32) {
    if are_used(session) {
        let arguments = [spi::bigint(task), spi::interval(earlier), priority.into()];
        session.write(Statement::RankShares, &arguments);
    }
}

/// Forgets all fair queues.
pub fn truncate(session: &Session) {
    if session.has_table(TABLE) {
        session.write(Statement::TruncateShares, &[]);
    }
}

/// Moves the next hints of a bucket, up to `at_most`, to where claims find them; among these, the parked hints without a
/// share have their places by rank. Returns how many of those are next.
pub fn unpark(
    session: &Session,
    bucket: &str,
    at_most: i32,
    brought: &mut Vec<BroughtStep>,
) -> Result<i32, TaskerError> {
    if !are_used(session) {
        return Ok(at_most);
    }
    let wanted = usize::try_from(at_most).unwrap_or(0);
    let shared = Turns::of_bucket(session, bucket)?.take(wanted, &HashSet::new())?;
    if shared.is_empty() {
        return Ok(at_most);
    }
    let mut others = Vec::new();
    let arguments = [export::text(bucket), at_most.into()];
    session.write_returning(Statement::ParkedRanks, &arguments, |row| {
        others.push((row.optional_timestamp(0).unwrap_or(Timestamp::INFINITY), None));
    })?;
    let queues: Vec<Vec<(Timestamp, Option<SharedHint>)>> = shared
        .into_iter()
        .map(|level| level.into_iter().map(|hint| (hint.rank, Some(hint))).collect())
        .chain(std::iter::once(others))
        .collect();
    let mut next = merged(queues);
    next.truncate(wanted);
    let ours: Vec<SharedHint> = next.into_iter().flatten().collect();
    let keys = ours.iter().map(|hint| (hint.step, hint.cause));
    brought.extend(move_from(session, Statement::ReopenShares, bucket, keys)?);
    Turns::note_served(session, bucket, ours.iter());
    Ok(at_most.saturating_sub(i32::try_from(ours.len()).unwrap_or(i32::MAX)))
}

/// Moves hints, which are locked, to where schedulers find them: each the id of its step and its cause.
pub fn dispatch(session: &Session, hints: impl Iterator<Item = (i64, i64)>) -> Result<(), TaskerError> {
    move_from(session, Statement::DispatchShares, OPEN, hints)?;
    Ok(())
}

fn move_from(
    session: &Session,
    statement: Statement,
    bucket: &str,
    hints: impl Iterator<Item = (i64, i64)>,
) -> Result<Vec<BroughtStep>, TaskerError> {
    let (mut brought, (steps, causes)): (Vec<_>, (Vec<i64>, Vec<i64>)) = (Vec::new(), hints.unzip());
    if steps.is_empty() {
        return Ok(brought);
    }
    let arguments = [spi::bigint_array(&steps), spi::bigint_array(&causes), export::text(bucket)];
    session.write_returning(statement, &arguments, |row| {
        brought.push(BroughtStep { step: row.i64(0), named_task: row.i32(1), named_step: row.i32(2) });
    })?;
    Ok(brought)
}

/// Returns the table, if it is in use, with the statement that deletes what belongs to nothing any more.
pub fn orphans(session: &Session) -> Option<(&'static str, Statement)> {
    are_used(session).then_some(("tasker_core_shares", Statement::DeleteOrphanedShares))
}

/// Returns the statement that does the same and also reads fair queues, if they are in use.
pub fn heeded_by(session: &Session, statement: Statement) -> Statement {
    match statement {
        _ if !are_used(session) => statement,
        Statement::PutAllHints => Statement::PutAllHintsWithShares,
        Statement::PutAllDecisions => Statement::PutAllDecisionsWithShares,
        Statement::UnqueuedSteps => Statement::UnqueuedStepsWithShares,
        Statement::TiesOfTasks => Statement::TiesOfTasksWithShares,
        other => other,
    }
}
