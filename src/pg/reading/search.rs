//! Searches among steps: first for candidates by stored columns, as the caller, then by their assessments.

use crate::core::error::TaskerError;
use crate::core::explain_task::LastError;
use crate::core::find::{List, StepCondition, StepFacts, root_causes};
use crate::core::ids::{StepId, TaskId};
use crate::core::readiness::Assessment;
use crate::core::steps::Step;
use crate::core::time::Timestamp;
use crate::pg::reading::config;
use crate::pg::reading::loader::{Reader, Workflows};
use crate::pg::spi::{self, LookUp, Row, Statement};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::{BTreeSet, HashMap};

/// The largest number of steps that are examined together if a condition may leave out some of them, and the smallest.
/// Each page is larger than the one before: mostly, a small page has all rows that are wanted.
const PAGE: i32 = 1000;
const SMALLEST_PAGE: i32 = 50;
const PAGE_GROWTH: i32 = 4;

/// The conditions and limits of a search.
pub struct Search {
    /// The condition that holds the steps up, if the search has one.
    pub condition: Option<StepCondition>,
    /// The first nine arguments of `find/steps`.
    pub filters: [Option<Datum>; 9],
    /// The ids of the steps among which to search, in their order; `None` for all steps.
    pub among: Option<Vec<i64>>,
    /// The id above which the search begins.
    pub after: Option<i64>,
    /// The largest number of rows that are returned.
    pub max_rows: i32,
}

impl Search {
    /// Returns whether the search reads a list. In a search within one task, the steps of the task are examined; and
    /// the queues may be longer than what an index finds by states, by a template or by the end of a step.
    fn is_for(&self, list: List) -> bool {
        let [task, states, namespace, task_name, version, _, _, completed_since, failed_since] =
            &self.filters;
        let others = [states, namespace, task_name, version, completed_since, failed_since];
        task.is_none() && (list != List::Queued || others.iter().all(|filter| filter.is_none()))
    }
}

/// The stored columns of a step that a search returns.
pub struct StoredStep {
    pub id: StepId,
    pub task: TaskId,
    pub namespace: String,
    pub task_name: String,
    pub version: String,
    pub name: String,
    pub state: String,
    pub state_since: Option<Timestamp>,
    pub attempts: Option<i32>,
    pub retry_limit: Option<i32>,
    pub created_at: Option<Timestamp>,
    pub processed_at: Option<Timestamp>,
}

impl StoredStep {
    fn of(row: &Row) -> Self {
        let text = |column| row.text(column, str::to_owned);
        Self {
            id: StepId(row.i64(0)),
            task: TaskId(row.i64(1)),
            namespace: text(2),
            task_name: text(3),
            version: text(4),
            name: text(5),
            state: text(6),
            state_since: row.optional_timestamp(7),
            attempts: row.optional_i32(8),
            retry_limit: row.optional_i32(9),
            created_at: row.optional_timestamp(10),
            processed_at: row.optional_timestamp(11),
        }
    }
}

/// A step that matches a search.
pub struct Hit<'a> {
    pub stored: &'a StoredStep,
    /// The step and its assessment; `None` for a step without a side row, which only drift can cause.
    pub known: Option<(&'a Step, &'a Assessment)>,
    /// The step that keeps this one from ever running, if the caller may see it.
    pub root_cause: Option<StepId>,
}

/// Whole tasks with the assessments of their steps.
struct AssessedTasks {
    tasks: Vec<TaskId>,
    workflows: Workflows,
    assessments: Vec<Assessment>,
    causes: Vec<Option<usize>>,
}

impl AssessedTasks {
    fn of(reader: &Reader, tasks: Vec<TaskId>, now: Timestamp) -> Result<Self, TaskerError> {
        let workflows = reader.readable_workflows(&tasks)?;
        let assessments = workflows.assess(now);
        let causes = root_causes(&workflows.steps, &assessments);
        Ok(Self { tasks, workflows, assessments, causes })
    }

    fn place(&self, stored: &StoredStep) -> Option<usize> {
        let steps = self.workflows.steps.all();
        steps.binary_search_by_key(&(stored.task, stored.id), |step| (step.task_id, step.id)).ok()
    }

    fn hit<'a>(&'a self, stored: &'a StoredStep) -> Hit<'a> {
        let steps = self.workflows.steps.all();
        let place = self.place(stored);
        let root = place.and_then(|at| self.causes[at]).map(|cause| &steps[cause]);
        Hit {
            stored,
            known: place.map(|at| (&steps[at], &self.assessments[at])),
            root_cause: root.filter(|root| self.workflows.shows(root)).map(|root| root.id),
        }
    }

    fn fits(
        &self,
        reader: &Reader,
        condition: StepCondition,
        stored: &StoredStep,
        now: Timestamp,
    ) -> Result<bool, TaskerError> {
        let Some(at) = self.place(stored) else { return Ok(false) };
        let step = &self.workflows.steps.all()[at];
        let lease = if condition == StepCondition::Stuck { reader.lease(stored.id)? } else { None };
        Ok(condition.holds(&StepFacts {
            step,
            assessment: &self.assessments[at],
            root_cause: self.causes[at],
            lease_until: lease.map(|lease| lease.until),
            stale_after: config::stale_after(reader.session, step)?,
            now,
        }))
    }
}

impl Reader<'_> {
    /// Passes the matching steps to `each` in the order of their ids, until enough have been taken. `each` says whether
    /// it takes one.
    ///
    /// # Complexity
    /// The steps up to the last one taken, with the tasks that they belong to. If a condition lists its steps, only
    /// those on the list.
    pub fn search(
        &self,
        search: &Search,
        now: Timestamp,
        mut each: impl FnMut(&Hit) -> Result<bool, ErrorReport>,
    ) -> Result<(), ErrorReport> {
        let condition = search.condition;
        let states: Option<Vec<String>> =
            condition.map(|condition| condition.states().iter().map(ToString::to_string).collect());
        let mut page = match (condition, &search.among) {
            (None, _) => search.max_rows,
            (Some(_), Some(_)) => PAGE,
            (Some(_), None) => search.max_rows.saturating_mul(PAGE_GROWTH).clamp(SMALLEST_PAGE, PAGE),
        };
        let (mut after, mut left) = (search.after, search.max_rows);
        let mut assessed = AssessedTasks::of(self, Vec::new(), now)?;
        // Policies may find the rows of a tenant by an index; the queues have those of all.
        let is_for_caller = |list: &List| *list != List::Queued || !self.is_filtered();
        let list = condition
            .and_then(StepCondition::listed_in)
            .filter(|list| search.is_for(*list) && is_for_caller(list));
        let mut among = search.among.as_ref().map(|ids| ids.chunks(PAGE as usize));
        while left > 0 {
            let listed = match &mut among {
                Some(chunks) => Some(chunks.next().unwrap_or_default().to_vec()),
                None => list.map(|list| self.listed(list, after, page)).transpose()?,
            };
            if listed.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
            let mut arguments = search.filters.to_vec();
            arguments.extend([
                states.as_deref().map(spi::text_array),
                after.map(spi::bigint),
                page.into_datum(),
                listed.as_deref().map(spi::bigint_array),
            ]);
            let mut candidates = Vec::new();
            self.optional_as_caller(Statement::FindSteps, &arguments, |row| {
                candidates.push(StoredStep::of(row));
                Ok(())
            })?;
            let mut tasks: Vec<TaskId> = candidates.iter().map(|stored| stored.task).collect();
            tasks.sort_unstable();
            tasks.dedup();
            if tasks != assessed.tasks {
                assessed = AssessedTasks::of(self, tasks, now)?;
            }
            for stored in &candidates {
                let fits = left > 0
                    && condition.map_or(Ok(true), |condition| assessed.fits(self, condition, stored, now))?;
                left -= i32::from(fits && each(&assessed.hit(stored))?);
            }
            match listed {
                Some(listed) => after = listed.last().copied(),
                None if candidates.len() < page as usize => break,
                None => after = candidates.last().map(|stored| stored.id.0),
            }
            if condition.is_some() {
                page = page.saturating_mul(PAGE_GROWTH).min(PAGE);
            }
        }
        Ok(())
    }

    /// Returns the next steps of a list, up to `most`, even those that the caller may not see.
    fn listed(&self, list: List, after: Option<i64>, most: i32) -> Result<Vec<i64>, TaskerError> {
        let statements: &[Statement] = match list {
            List::Attempted => &[Statement::AttemptedAfter],
            List::Paused => &[Statement::PausedStepsAfter],
            List::Queued if self.session.may_have_rows(LookUp::Shares) => {
                &[Statement::QueuedStepsAfter, Statement::QueuedSharesAfter]
            }
            List::Queued => &[Statement::QueuedStepsAfter],
        };
        let mut steps = BTreeSet::new();
        for statement in statements {
            self.session.read(*statement, &[spi::bigint(after.unwrap_or(i64::MIN)), most.into()], |row| {
                steps.insert(row.i64(0));
                Ok(())
            })?;
        }
        Ok(steps.into_iter().take(most.max(0) as usize).collect())
    }

    /// Returns the last error of each of these steps that the caller may see.
    pub fn last_errors(&self, steps: &[i64]) -> Result<HashMap<StepId, LastError>, TaskerError> {
        let mut errors = HashMap::new();
        self.as_caller(Statement::LastErrors, &[spi::bigint_array(steps)], |row| {
            let text = |column| row.value(column).map(|_| row.text(column, str::to_owned));
            errors.insert(StepId(row.i64(0)), LastError { message: text(1), class: text(2) });
        })?;
        Ok(errors)
    }
}
