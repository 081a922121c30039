//! Checks whether the graph may have the edges that a statement has just written (R11, R12).
//!
//! The side rows at both ends of the new edges are already locked until the transaction ends, so no other session can
//! add an edge there. That is enough unless other edges lead both to a parent and away from a child. Then the edges of
//! these tasks are locked as well, and read (see docs/concurrency.md).

use crate::core::dag::Defect;
use crate::core::dag::guard::{self, Dependency, GuardedSteps};
use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::pg::host::actor::Actor;
use crate::pg::host::settings::{self, Enforcement};
use crate::pg::reading::loader::Reader;
use crate::pg::spi::{self, Session, Statement};
use crate::pg::sync::fresh_snapshot::require_fresh_snapshot;
use pgrx::PgLogLevel;
use pgrx::pg_sys::panic::ErrorReport;

/// The number of defects of one statement that warnings name; the others are only counted.
const NAMED: usize = 20;

/// The number of locks that all tasks share: a statement that adds to the graphs of many tasks must not fill the lock
/// table.
const LOCKS: i64 = 1024;

/// The part of the key that separates these locks from advisory locks of other applications. The schema and the lock's
/// number follow it.
const LOCK_CLASS: i64 = 0x1A_5C01 << 42;

/// Checks new edges as `tasker_core.enforce_edges` requires.
pub fn check(session: &Session, new: &[Dependency], ends: &GuardedSteps) -> Result<(), TaskerError> {
    let enforcement = settings::enforce_edges();
    if enforcement == Enforcement::Off || new.is_empty() {
        return Ok(());
    }
    if enforcement == Enforcement::Enforce {
        require_parents(session, new, ends)?;
    }
    let mut defects = guard::find_bad_edges(new, ends);
    if enforcement == Enforcement::Enforce && !defects.is_empty() {
        return report(session, enforcement, defects, ends);
    }
    let tasks = tangled_tasks(session, new, ends)?;
    let mut present = Vec::new();
    if !tasks.is_empty() {
        if enforcement == Enforcement::Enforce {
            session.write(Statement::LockGraphs, &[spi::bigint_array(&locks(session, &tasks))]);
        }
        session.read_latest(Statement::ParentsInTasks, &[spi::bigint_array(&tasks)], |row| {
            let to = StepId(row.i64(0));
            row.i64_array(1, |parents| {
                present.extend(parents.iter().map(|from| Dependency { from: StepId(*from), to }));
            });
        })?;
    }
    defects.extend(guard::find_closed_cycles(new, &present));
    report(session, enforcement, defects, ends)
}

/// Refuses a parent that is too new for the snapshot, although its foreign key sees it: at REPEATABLE READ and above.
fn require_parents(session: &Session, new: &[Dependency], ends: &GuardedSteps) -> Result<(), TaskerError> {
    let unseen: Vec<i64> =
        new.iter().filter(|edge| !ends.contains_key(&edge.from)).map(|edge| edge.from.0).collect();
    if unseen.is_empty() { Ok(()) } else { require_fresh_snapshot(session, &unseen) }
}

/// Returns the tasks in which other edges lead to a parent, and away from a child, of the new ones.
fn tangled_tasks(
    session: &Session,
    new: &[Dependency],
    ends: &GuardedSteps,
) -> Result<Vec<i64>, TaskerError> {
    let entered = guard::entered_tasks(new, ends);
    let children = new.iter().map(|edge| edge.to);
    let mut children: Vec<i64> = children
        .filter(|child| ends.get(child).is_some_and(|end| entered.contains(&end.task)))
        .map(|child| child.0)
        .collect();
    children.sort_unstable();
    children.dedup();
    if children.is_empty() {
        return Ok(Vec::new());
    }
    let mut outgoing = Vec::new();
    session.read_latest(Statement::EdgesFromSteps, &[spi::bigint_array(&children)], |row| {
        outgoing.push(Dependency { from: StepId(row.i64(0)), to: StepId(row.i64(1)) });
    })?;
    let left = guard::left_tasks(new, &outgoing, ends);
    Ok(entered.intersection(&left).map(|task| task.0).collect())
}

/// Returns the keys of the locks on the graphs of these tasks, each once, in ascending order.
fn locks(session: &Session, tasks: &[i64]) -> Vec<i64> {
    let class = LOCK_CLASS | i64::from(session.schema().to_u32()) << LOCKS.trailing_zeros();
    let mut locks: Vec<i64> = tasks.iter().map(|task| class | task.rem_euclid(LOCKS)).collect();
    locks.sort_unstable();
    locks.dedup();
    locks
}

fn report(
    session: &Session,
    enforcement: Enforcement,
    defects: Vec<Defect>,
    ends: &GuardedSteps,
) -> Result<(), TaskerError> {
    let others = defects.len().saturating_sub(NAMED);
    if defects.is_empty() {
        return Ok(());
    }
    let reader = Reader { installation: session.installation(), session, actor: Actor::Caller };
    let shows_tasks = !reader.is_filtered();
    let mut defects = defects;
    if !shows_tasks {
        for defect in &mut defects {
            if let Defect::Cycle(steps) = defect {
                // The role that writes an edge knows its ends.
                let ids: Vec<i64> = steps.iter().map(|step| step.0).collect();
                let visible = reader.visible_among(Statement::VisibleAmongSteps, &ids)?;
                steps.retain(|step| visible.contains(&step.0) || ends.contains_key(step));
            }
        }
    }
    let mut refusals = defects.into_iter().map(|defect| refusal(defect, ends, shows_tasks));
    match enforcement {
        Enforcement::Enforce => refusals.next().map_or(Ok(()), Err),
        Enforcement::Warn | Enforcement::Off => {
            let more = (others > 0).then_some(TaskerError::MoreBadEdges(others));
            for refusal in refusals.by_ref().take(NAMED).chain(more) {
                ErrorReport::from(refusal).report(PgLogLevel::WARNING);
            }
            Ok(())
        }
    }
}

fn refusal(defect: Defect, ends: &GuardedSteps, shows_tasks: bool) -> TaskerError {
    let task = |step: StepId| ends.get(&step).map_or(TaskId(0), |end| end.task);
    match defect {
        Defect::SelfEdge(step) => TaskerError::SelfEdge(step),
        Defect::DuplicateEdge(from, to) => TaskerError::DuplicateEdge { from, to },
        Defect::CrossTaskEdge(from, to) => {
            let tasks = shows_tasks.then(|| (task(from), task(to)));
            TaskerError::CrossTaskEdge { from, to, tasks }
        }
        Defect::Cycle(steps) => TaskerError::Cycle(steps),
    }
}
