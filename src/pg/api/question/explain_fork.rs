//! Where a task comes from, and which tasks come from it, as far as the caller may see them.

use crate::core::error::TaskerError;
use crate::core::fork::{ForkedFrom, Lineage};
use crate::core::ids::TaskId;
use crate::pg::reading::forks::{self, Origin};
use crate::pg::reading::loader::Reader;
use crate::pg::spi::Statement;

/// Returns the origin of a task, unless row-level security hides the old task. Of a task that is gone, no policy can say
/// this, so it is hidden, too.
pub fn shown_origin(reader: &Reader, task: TaskId) -> Result<Option<Origin>, TaskerError> {
    let Some(origin) = forks::origin(reader.session, task)? else { return Ok(None) };
    let shown = reader.visible_among(Statement::VisibleTasks, &[origin.task.0])?;
    Ok(Some(origin).filter(|origin| shown.contains(&origin.task.0)))
}

/// Returns the origin and the forks of a task.
pub fn lineage(reader: &Reader, task: TaskId) -> Result<Lineage, TaskerError> {
    let forked_from = match shown_origin(reader, task)? {
        Some(origin) => Some(ForkedFrom {
            task_id: origin.task,
            is_deleted: reader.tasks(&[origin.task.0])?.is_empty(),
            from_step_id: origin.from_step,
            at: origin.at,
            by: origin.by,
            copied_steps: forks::copied_steps(reader.session, task)?.len(),
        }),
        None => None,
    };
    let mut forks = forks::forks_of(reader.session, task)?;
    if !forks.is_empty() {
        let shown = reader.visible_among(Statement::VisibleTasks, &forks)?;
        forks.retain(|fork| shown.contains(fork));
    }
    Ok(Lineage { forked_from, forks: forks.into_iter().map(TaskId).collect() })
}
