//! Forgets where forks come from when they are gone.

use crate::pg::reading::forks;
use crate::pg::spi::{self, Session, Statement};

/// Forgets the origins of tasks that are gone. Forks of these tasks keep the number of their origin.
pub fn forget(session: &Session, tasks: &[i64]) {
    if forks::have_any(session) {
        session.write(Statement::DeleteForks, &[spi::bigint_array(tasks)]);
    }
}

/// Forgets the origins of all tasks.
pub fn truncate(session: &Session) {
    if forks::has_table(session) {
        session.write(Statement::TruncateForks, &[]);
    }
}

/// Returns the table if it is in use, with the statement that deletes what belongs to no task any more.
pub fn orphans(session: &Session) -> Option<(&'static str, Statement)> {
    forks::have_any(session).then_some(("tasker_core_forks", Statement::DeleteOrphanedForks))
}
