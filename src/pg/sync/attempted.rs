//! Keeps the list of steps that are in error, or pending and not as they were created (`tasker_core_attempted`).
//! Searches for failed or waiting steps begin with it. An indexed column in the side rows themselves would change with
//! each state, and an update that changes an indexed column writes every index of the table.

use crate::core::counts::CountedStep;
use crate::pg::spi::{self, Session, Statement};

/// Updates the list for changed steps, each given by its id and its old and new version; `None` if it did not exist
/// before, or no longer exists.
pub fn follow(
    session: &Session,
    changes: impl Iterator<Item = (i64, Option<CountedStep>, Option<CountedStep>)>,
) {
    let (mut appear, mut go) = (Vec::new(), Vec::new());
    for (id, old, new) in changes {
        let is_listed = |step: Option<CountedStep>| step.is_some_and(|step| step.is_attempted());
        match (is_listed(old), is_listed(new)) {
            (false, true) => appear.push(id),
            (true, false) => go.push(id),
            (true, true) | (false, false) => {}
        }
    }
    for (statement, steps) in [(Statement::PutAttempted, appear), (Statement::DropAttempted, go)] {
        if !steps.is_empty() {
            session.write(statement, &[spi::bigint_array(&steps)]);
        }
    }
}
