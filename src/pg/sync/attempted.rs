//! The list of the steps that are in error, or pending and not as they were created (`tasker_core_attempted`): searches for what
//! has failed or waits begin with it. A column with an index in the side rows themselves would have to change with each
//! state, and an update that changes an indexed column writes every index of the table.

use crate::core::counts::CountedStep;
use crate::pg::spi::{self, Session, Statement};

/// Lets the list follow steps, each with its id, as it was and as it is; `None` for one that was not there or is gone.
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
