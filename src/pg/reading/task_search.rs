//! Searches among tasks: by their stored data, and for operator actions on many of them.

use crate::core::error::TaskerError;
use crate::core::find::wanted_states;
use crate::core::ids::TaskId;
use crate::core::state::TaskState;
use crate::pg::reading::loader::Reader;
use crate::pg::spi::{self, Row, Statement};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use std::collections::HashSet;
use std::ffi::CStr;

/// The number of tasks that are read together if some of them are left out, and the largest number. Each page of a list is larger than
/// the one before: mostly, a small page has all tasks that are wanted.
const PAGE: i32 = 1000;
const LARGEST_PAGE: i32 = 10_000;
const PAGE_GROWTH: i32 = 4;

/// The index by which the tasks in a state are listed.
const STATES_INDEX: &CStr = c"tasker_core_tasks_state_task_id_idx";

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

/// The conditions and limits of a search for tasks by their stored data.
pub struct StoredTaskSearch {
    /// The arguments `$1` to `$14` of `find/tasks`.
    pub filters: [Option<Datum>; 14],
    /// The states among them, by name.
    pub states: Option<Vec<String>>,
    /// The ids of the tasks among which to search; `None` for all tasks.
    pub ids: Option<Vec<i64>>,
    /// The id above which the search begins.
    pub after: Option<i64>,
    /// The largest number of rows that are taken.
    pub max_rows: i32,
    /// The number of rows that are read together, if there is no list.
    pub page: i32,
}

impl StoredTaskSearch {
    /// Returns the only states in which the tasks can be. `None` if the search names other things, too: it looks for these, which may
    /// be rarer.
    fn only_states(&self) -> Option<Vec<String>> {
        let [id, _, is_active, others @ .., failed_since] = &self.filters;
        if id.is_some() || self.ids.is_some() || others.iter().any(Option::is_some) {
            return None;
        }
        let is_active = is_active.map(|is_active| is_active.value() != 0);
        let states = wanted_states(self.states.as_deref(), is_active, failed_since.is_some())?;
        Some(states.into_iter().collect())
    }
}

impl Reader<'_> {
    /// Passes the matching tasks that the caller may see to `each`, in the order of their ids, until enough have been taken. `each`
    /// says whether it takes one.
    ///
    /// # Complexity
    /// The tasks up to the last one taken, in the order of an index. If the search is by states alone, only those in
    /// these states.
    pub fn find_tasks(
        &self,
        search: &StoredTaskSearch,
        mut each: impl FnMut(&Row) -> bool,
    ) -> Result<(), TaskerError> {
        // Policies may find the rows of a tenant by an index; the list has those of all. An earlier layout has no index for the list.
        let is_listed = !self.is_filtered() && self.session.has_table(STATES_INDEX);
        let states = search.only_states().filter(|_| is_listed);
        let (mut after, mut left) = (search.after, search.max_rows);
        let mut page = if states.is_some() { left.min(PAGE) } else { search.page };
        while left > 0 {
            let listed = match &states {
                Some(states) => Some(self.tasks_in_states(states, after, page)?),
                None => search.ids.clone(),
            };
            if listed.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
            let mut arguments = search.filters.to_vec();
            let last = [listed.as_deref().map(spi::bigint_array), after.map(spi::bigint), page.into_datum()];
            arguments.extend(last);
            let (mut rows, mut last_row) = (0, None);
            self.optional_as_caller(Statement::FindTasks, &arguments, |row| {
                (rows, last_row) = (rows + 1, Some(row.i64(0)));
                left -= i32::from(left > 0 && each(row));
                Ok(())
            })?;
            let (read, last_read) = match (&states, &listed) {
                (Some(_), Some(listed)) => (listed.len(), listed.last().copied()),
                _ => (rows, last_row),
            };
            if read < page as usize {
                break;
            }
            after = last_read;
            if states.is_some() {
                page = page.saturating_mul(PAGE_GROWTH).min(LARGEST_PAGE);
            }
        }
        Ok(())
    }

    /// Returns the next tasks in these states, up to `most`, even those that the caller may not see.
    fn tasks_in_states(
        &self,
        states: &[String],
        after: Option<i64>,
        most: i32,
    ) -> Result<Vec<i64>, TaskerError> {
        let arguments = [spi::text_array(states), spi::bigint(after.unwrap_or(i64::MIN)), most.into()];
        let mut tasks = Vec::new();
        self.session.read(Statement::TasksInStates, &arguments, |row| {
            tasks.push(row.i64(0));
            Ok(())
        })?;
        Ok(tasks)
    }

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
        let states = search.states();
        let mut filters = search.filters;
        filters[1] = Some(spi::text_array(&states));
        let is_filtered = search.is_paused == Some(false);
        let stored = StoredTaskSearch {
            filters,
            states: Some(states),
            ids: ids.map(HashSet::into_iter).map(Iterator::collect),
            after: search.after,
            max_rows: search.max_rows,
            page: if is_filtered { PAGE } else { search.max_rows },
        };
        let mut found = Vec::new();
        self.find_tasks(&stored, |row| {
            let text = |column| row.text(column, str::to_owned);
            let task = FoundTask {
                id: TaskId(row.i64(0)),
                namespace: text(1),
                name: text(2),
                version: text(3),
                state: text(4),
            };
            let is_taken = !(is_filtered && paused.contains(&task.id.0));
            if is_taken {
                found.push(task);
            }
            is_taken
        })?;
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
