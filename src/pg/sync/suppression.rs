//! Suppresses our triggers for rows that our own statements write.

use pgrx::pg_sys;
use std::cell::RefCell;
use std::collections::HashSet;

/// The rows that our own statements write, for which our triggers need not run: the writer does their work.
struct Suppression {
    schema: pg_sys::Oid,
    rows: Rows,
    /// The nesting depth of triggers where our statement runs. Its own triggers are one level deeper. Rows that other
    /// triggers write are deeper still, and our triggers run for them.
    depth: i32,
}

enum Rows {
    Inserted,
    Deleted,
    OfSteps(HashSet<i64>),
}

/// The steps that another owner's trigger has written while ours were suppressed, by the transaction.
#[derive(Default)]
struct DisturbedSteps {
    transaction: u32,
    steps: HashSet<(pg_sys::Oid, i64)>,
}

thread_local! {
    static SUPPRESSION: RefCell<Option<Suppression>> = const { RefCell::new(None) };
    static DISTURBED: RefCell<DisturbedSteps> = RefCell::default();
}

/// Runs `work` without our triggers on its inserts: it writes the side rows itself, many at once. An error unwinds,
/// which ends the suppression as well.
pub fn without_following_inserts<R>(schema: pg_sys::Oid, work: impl FnOnce() -> R) -> R {
    suppressed(schema, Rows::Inserted, work)
}

/// Runs `work` without our triggers on its deletions: it deletes the side rows itself, many at once.
pub fn without_following_deletions<R>(schema: pg_sys::Oid, work: impl FnOnce() -> R) -> R {
    suppressed(schema, Rows::Deleted, work)
}

/// Runs `work` without our triggers on rows of these steps and their transitions. The writer holds the steps' locks,
/// and updates their side rows at once (`Writer::enter_steps`).
pub fn without_following_steps<R>(schema: pg_sys::Oid, steps: &[i64], work: impl FnOnce() -> R) -> R {
    suppressed(schema, Rows::OfSteps(steps.iter().copied().collect()), work)
}

fn suppressed<R>(schema: pg_sys::Oid, rows: Rows, work: impl FnOnce() -> R) -> R {
    struct Restore(Option<Suppression>);
    impl Drop for Restore {
        fn drop(&mut self) {
            SUPPRESSION.set(self.0.take());
        }
    }
    let suppression = Suppression { schema, rows, depth: trigger_depth() };
    let _before = Restore(SUPPRESSION.replace(Some(suppression)));
    work()
}

/// Returns the steps among these that triggers of other owners have written meanwhile, and forgets them.
pub fn take_disturbed(schema: pg_sys::Oid, steps: &[i64]) -> Vec<i64> {
    DISTURBED.with_borrow_mut(|disturbed| {
        if disturbed.transaction != transaction() {
            return Vec::new();
        }
        steps.iter().copied().filter(|step| disturbed.steps.remove(&(schema, *step))).collect()
    })
}

/// Records that another owner's trigger has written this step or its transitions while ours were suppressed.
pub fn note_disturbed(schema: pg_sys::Oid, step: i64) {
    let transaction = transaction();
    DISTURBED.with_borrow_mut(|disturbed| {
        if disturbed.transaction != transaction {
            *disturbed = DisturbedSteps { transaction, ..DisturbedSteps::default() };
        }
        disturbed.steps.insert((schema, step));
    });
}

/// Returns the id of the transaction, which it has by the time that a trigger follows a row.
fn transaction() -> u32 {
    // SAFETY: a backend-local variable.
    unsafe { pg_sys::GetTopTransactionIdIfAny() }.into()
}

/// Returns the current nesting depth of triggers.
fn trigger_depth() -> i32 {
    // SAFETY: takes no argument, and returns an integer from a backend-local variable.
    let depth = unsafe { pgrx::direct_function_call_as_datum(pg_sys::pg_trigger_depth, &[]) };
    depth.map_or(0, |depth| depth.value() as i32)
}

/// Returns whether our trigger has nothing to do, because our own statement fired it. `step` returns the step of the
/// row.
pub fn is_suppressed(
    schema: pg_sys::Oid,
    (is_insert, is_delete): (bool, bool),
    step: impl FnOnce() -> Option<i64>,
) -> bool {
    SUPPRESSION.with_borrow(|suppression| {
        let Some(suppression) = suppression.as_ref().filter(|known| known.schema == schema) else {
            return false;
        };
        let is_direct = trigger_depth() == suppression.depth + 1;
        match &suppression.rows {
            Rows::Inserted => is_direct && is_insert,
            Rows::Deleted => is_direct && is_delete,
            Rows::OfSteps(steps) => {
                let Some(step) = step().filter(|step| steps.contains(step)) else { return false };
                if !is_direct {
                    note_disturbed(schema, step);
                }
                is_direct && !is_delete
            }
        }
    })
}
