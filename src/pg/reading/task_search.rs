//! Searches among tasks for operator actions on many of them.

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::state::TaskState;
use crate::pg::reading::loader::Reader;
use crate::pg::spi::{self, Statement};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use std::collections::HashSet;

/// The number of tasks that are read together if some of them are left out.
const PAGE: i32 = 1000;

/// The states of tasks on which operators act together.
const OPEN: [TaskState; 3] = [TaskState::Pending, TaskState::InProgress, TaskState::Error];

/// The conditions and limits of a search for open tasks.
pub struct TaskSearch {
    /// The states that the caller asks for, as it writes them; `None` for every open one.
    pub states: Option<Vec<String>>,
    /// The arguments `$1` to `$14` of `find/tasks`. `$2` is replaced by the states.
    pub filters: [Option<Datum>; 14],
    /// The task to which the tasks belong.
    pub parent: Option<TaskId>,
    /// Whether the tasks must be paused; `None` if that does not count.
    pub is_paused: Option<bool>,
    /// The id above which the search begins.
    pub after: Option<i64>,
    /// The largest number of tasks that are returned.
    pub max_rows: i32,
}

/// A task that a search has found.
pub struct FoundTask {
    pub id: TaskId,
    pub namespace: String,
    pub name: String,
    pub version: String,
    pub state: String,
}

impl Reader<'_> {
    /// Returns the matching open tasks that the caller may see, in the order of their ids; with `among` only those of
    /// these ids.
    ///
    /// # Complexity
    /// As `tasker_find_tasks()`, and O(paused tasks) if the search asks about pauses.
    pub fn search_tasks(
        &self,
        search: &TaskSearch,
        among: Option<&[i64]>,
    ) -> Result<Vec<FoundTask>, TaskerError> {
        let paused = match search.is_paused {
            Some(_) => self.ids(Statement::PausedTasks, &[])?,
            None => HashSet::new(),
        };
        let mut ids = among.map(|ids| ids.iter().copied().collect());
        if let Some(parent) = search.parent {
            let children = self.ids(Statement::ChildrenOfTask, &[spi::bigint(parent.0)])?;
            ids = Some(both(ids, children));
        }
        if search.is_paused == Some(true) {
            ids = Some(both(ids, paused.clone()));
        }
        let ids: Option<Vec<i64>> = ids.map(HashSet::into_iter).map(Iterator::collect);
        let mut filters = search.filters;
        filters[1] = Some(spi::text_array(&search.states()));
        let is_filtered = search.is_paused == Some(false);
        let (mut after, mut left, mut found) = (search.after, search.max_rows, Vec::new());
        while left > 0 && !ids.as_ref().is_some_and(Vec::is_empty) {
            let page = if is_filtered { PAGE } else { left };
            let mut arguments = filters.to_vec();
            let last = [ids.as_deref().map(spi::bigint_array), after.map(spi::bigint), page.into_datum()];
            arguments.extend(last);
            let mut candidates = Vec::new();
            self.optional_as_caller(Statement::FindTasks, &arguments, |row| {
                let text = |column| row.text(column, str::to_owned);
                let (namespace, name, version, state) = (text(1), text(2), text(3), text(4));
                candidates.push(FoundTask { id: TaskId(row.i64(0)), namespace, name, version, state });
                Ok(())
            })?;
            let is_last_page = candidates.len() < page as usize;
            after = candidates.last().map(|task| task.id.0);
            candidates.retain(|task| !(is_filtered && paused.contains(&task.id.0)));
            candidates.truncate(left as usize);
            left -= candidates.len() as i32;
            found.extend(candidates);
            if is_last_page {
                break;
            }
        }
        Ok(found)
    }

    fn ids(&self, statement: Statement, arguments: &[Datum]) -> Result<HashSet<i64>, TaskerError> {
        let mut ids = HashSet::new();
        self.session.read(statement, arguments, |row| {
            ids.insert(row.i64(0));
            Ok(())
        })?;
        Ok(ids)
    }
}

/// Returns the ids that are in both sets; the first may be that of all ids.
fn both(some: Option<HashSet<i64>>, others: HashSet<i64>) -> HashSet<i64> {
    match some {
        Some(some) => some.into_iter().filter(|id| others.contains(id)).collect(),
        None => others,
    }
}

impl TaskSearch {
    /// Returns the open states among those that the caller asks for.
    fn states(&self) -> Vec<String> {
        let asked = |state: &String| self.states.as_ref().is_none_or(|states| states.contains(state));
        OPEN.iter().map(ToString::to_string).filter(asked).collect()
    }
}
