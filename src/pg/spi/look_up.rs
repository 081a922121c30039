//! Look-ups: rows of one table by the values of one of its columns. Everything begins with them, and they are too small
//! for the executor: to begin and end a plan costs more than to find ten rows through an index.

use super::index_scan;
use super::values::{bigint_array, integer_array, timestamp};
use super::{Row, Session, Statement};
use crate::core::error::TaskerError;
use crate::core::time::Timestamp;
use crate::pg::installation;
use pgrx::pg_sys::{self, Oid};
use std::ffi::CStr;

/// What to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LookUp {
    /// The steps of tasks.
    StepsOfTasks,
    /// Steps by their ids.
    Steps,
    /// What the steps of tasks depend on, and nothing else.
    ParentsInTasks,
    /// The states of steps.
    StatesOfSteps,
    /// The tasks of steps.
    TasksOfSteps,
    /// The edges that lead from steps.
    EdgesFromSteps,
    /// The edges that lead to steps.
    EdgesToSteps,
    /// What steps were given, and what they have left behind.
    InputsOfSteps,
    /// What tasks are about.
    InputsOfTasks,
    /// The leases of steps.
    Leases,
    /// Tasks by their ids.
    Tasks,
    /// Since when steps of tasks are in which state.
    TimesInTasks,
    /// The same, by the time of their creation.
    TimesOfSteps,
    /// Since when tasks are in which state, by the time of their creation.
    TimesOfTasks,
    /// The names behind `named_step_id`.
    NamesOfSteps,
    /// The names behind `named_task_id`, and their namespaces.
    NamesOfTasks,
    /// The names of namespaces.
    Namespaces,
    /// The changes of the configuration.
    ConfigVersions,
}

/// A column and its type.
pub(super) type Column = (&'static CStr, Oid);

/// Whether a column of one type can be read as another: `varchar` is stored as `text`.
pub(super) fn reads_as(stored: Oid, wanted: Oid) -> bool {
    stored == wanted || (stored == pg_sys::VARCHAROID && wanted == pg_sys::TEXTOID)
}

const STEP: &[Column] = &[
    (c"workflow_step_id", pg_sys::INT8OID),
    (c"task_id", pg_sys::INT8OID),
    (c"created_at", pg_sys::TIMESTAMPOID),
    (c"state_since", pg_sys::TIMESTAMPOID),
    (c"last_attempted_at", pg_sys::TIMESTAMPOID),
    (c"named_step_id", pg_sys::INT4OID),
    (c"attempts", pg_sys::INT4OID),
    (c"retry_limit", pg_sys::INT4OID),
    (c"backoff_request_seconds", pg_sys::INT4OID),
    (c"retryable", pg_sys::BOOLOID),
    (c"in_process", pg_sys::BOOLOID),
    (c"processed", pg_sys::BOOLOID),
    (c"skippable", pg_sys::BOOLOID),
    (c"state", pg_sys::TEXTOID),
    (c"parent_step_ids", pg_sys::INT8ARRAYOID),
    (c"backoff_seconds", pg_sys::FLOAT8OID),
    (c"has_rule", pg_sys::BOOLOID),
];

impl LookUp {
    /// The table.
    pub(super) const fn table(self) -> &'static CStr {
        match self {
            Self::StepsOfTasks
            | Self::Steps
            | Self::ParentsInTasks
            | Self::StatesOfSteps
            | Self::TasksOfSteps
            | Self::TimesInTasks
            | Self::TimesOfSteps => c"tasker_core_steps",
            Self::EdgesFromSteps | Self::EdgesToSteps => c"tasker_workflow_step_edges",
            Self::InputsOfSteps => c"tasker_workflow_steps",
            Self::InputsOfTasks => c"tasker_tasks",
            Self::Leases => c"tasker_core_leases",
            Self::Tasks | Self::TimesOfTasks => c"tasker_core_tasks",
            Self::NamesOfSteps => c"tasker_named_steps",
            Self::NamesOfTasks => c"tasker_named_tasks",
            Self::Namespaces => c"tasker_task_namespaces",
            Self::ConfigVersions => c"tasker_core_config_versions",
        }
    }

    /// The column by which rows are looked up.
    pub(super) const fn key(self) -> Column {
        match self {
            Self::StepsOfTasks
            | Self::ParentsInTasks
            | Self::Tasks
            | Self::TimesInTasks
            | Self::InputsOfTasks => (c"task_id", pg_sys::INT8OID),
            Self::TimesOfSteps | Self::TimesOfTasks => (c"created_at", pg_sys::TIMESTAMPOID),
            Self::EdgesFromSteps => (c"from_step_id", pg_sys::INT8OID),
            Self::EdgesToSteps => (c"to_step_id", pg_sys::INT8OID),
            Self::Steps | Self::StatesOfSteps | Self::TasksOfSteps | Self::Leases | Self::InputsOfSteps => {
                (c"workflow_step_id", pg_sys::INT8OID)
            }
            Self::NamesOfSteps => (c"named_step_id", pg_sys::INT4OID),
            Self::NamesOfTasks => (c"named_task_id", pg_sys::INT4OID),
            Self::Namespaces => (c"task_namespace_id", pg_sys::INT4OID),
            Self::ConfigVersions => (c"version", pg_sys::INT8OID),
        }
    }

    /// The columns that are handed over.
    pub(super) const fn columns(self) -> &'static [Column] {
        match self {
            Self::StepsOfTasks | Self::Steps => STEP,
            Self::ParentsInTasks => {
                &[(c"workflow_step_id", pg_sys::INT8OID), (c"parent_step_ids", pg_sys::INT8ARRAYOID)]
            }
            Self::StatesOfSteps => &[
                (c"workflow_step_id", pg_sys::INT8OID),
                (c"state", pg_sys::TEXTOID),
                (c"state_since", pg_sys::TIMESTAMPOID),
            ],
            Self::TasksOfSteps => &[(c"task_id", pg_sys::INT8OID)],
            Self::EdgesFromSteps => &[(c"from_step_id", pg_sys::INT8OID), (c"to_step_id", pg_sys::INT8OID)],
            Self::EdgesToSteps => &[(c"to_step_id", pg_sys::INT8OID), (c"from_step_id", pg_sys::INT8OID)],
            Self::InputsOfSteps => &[
                (c"workflow_step_id", pg_sys::INT8OID),
                (c"named_step_id", pg_sys::INT4OID),
                (c"inputs", pg_sys::JSONBOID),
                (c"results", pg_sys::JSONBOID),
            ],
            Self::InputsOfTasks => &[
                (c"task_id", pg_sys::INT8OID),
                (c"named_task_id", pg_sys::INT4OID),
                (c"context", pg_sys::JSONBOID),
            ],
            Self::Leases => &[
                (c"claim_token", pg_sys::UUIDOID),
                (c"worker", pg_sys::TEXTOID),
                (c"attempt", pg_sys::INT4OID),
                (c"claimed_at", pg_sys::TIMESTAMPOID),
                (c"lease_until", pg_sys::TIMESTAMPOID),
                (c"ended_as", pg_sys::TEXTOID),
                (c"heartbeat_at", pg_sys::TIMESTAMPOID),
                (c"progress", pg_sys::JSONBOID),
                (c"workflow_step_id", pg_sys::INT8OID),
            ],
            Self::Tasks => &[
                (c"task_id", pg_sys::INT8OID),
                (c"named_task_id", pg_sys::INT4OID),
                (c"priority", pg_sys::INT4OID),
                (c"state", pg_sys::TEXTOID),
                (c"paused_at", pg_sys::TIMESTAMPOID),
            ],
            Self::TimesInTasks | Self::TimesOfSteps => &[
                (c"workflow_step_id", pg_sys::INT8OID),
                (c"task_id", pg_sys::INT8OID),
                (c"created_at", pg_sys::TIMESTAMPOID),
                (c"state_since", pg_sys::TIMESTAMPOID),
                (c"state", pg_sys::TEXTOID),
            ],
            Self::TimesOfTasks => &[
                (c"task_id", pg_sys::INT8OID),
                (c"named_task_id", pg_sys::INT4OID),
                (c"state", pg_sys::TEXTOID),
                (c"state_since", pg_sys::TIMESTAMPOID),
                (c"created_at", pg_sys::TIMESTAMPOID),
            ],
            Self::NamesOfSteps => &[(c"named_step_id", pg_sys::INT4OID), (c"name", pg_sys::TEXTOID)],
            Self::NamesOfTasks => &[(c"name", pg_sys::TEXTOID), (c"task_namespace_id", pg_sys::INT8OID)],
            Self::Namespaces => &[(c"name", pg_sys::TEXTOID)],
            Self::ConfigVersions => &[(c"version", pg_sys::INT8OID)],
        }
    }

    /// The type of the statement's argument.
    pub(super) const fn argument_types(self) -> &'static [Oid] {
        match self.key().1 {
            pg_sys::INT4OID => &[pg_sys::INT4ARRAYOID],
            _ => &[pg_sys::INT8ARRAYOID],
        }
    }

    /// Whether columns of these types are those that are handed over.
    pub(super) fn is_answered_by(self, types: impl Iterator<Item = Oid>) -> bool {
        let types: Vec<Oid> = types.collect();
        let columns = self.columns();
        types.len() == columns.len()
            && types.iter().zip(columns).all(|(stored, (_, wanted))| reads_as(*stored, *wanted))
    }

    /// The statement that does the same, as the templates `read/rows.sql` and `read/rows_after.sql` want their parts.
    pub(super) fn fill_in(self, template: &str) -> String {
        let name = |name: &CStr| installation::quoted(&name.to_string_lossy());
        let columns: Vec<String> = self.columns().iter().map(|(column, _)| name(column)).collect();
        // Of these there are facts as well, for callers who may not see every row.
        let table = match self.table().to_bytes() {
            b"tasker_core_steps" => "@steps@".to_owned(),
            b"tasker_core_tasks" => "@tasks@".to_owned(),
            _ => format!("@installation@.{}", name(self.table())),
        };
        template
            .replace("@columns@", &columns.join(", "))
            .replace("@table@", &table)
            .replace("@key@", &name(self.key().0))
    }
}

impl Session {
    /// Hands over the rows of these keys, each row once, in no order, in the snapshot of the session.
    ///
    /// They are found through an index of the table, without the executor. Where that cannot be done (the table is a
    /// view or partitioned, has no such index, or somebody else's privileges and policies count) a statement does it.
    ///
    /// # Complexity
    /// O(log n) for each key, and O(1) for each row; O(n) at most.
    pub fn look_up(
        &self,
        look_up: LookUp,
        keys: &[i64],
        mut each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        let mut keys = keys.to_vec();
        if look_up.key().1 == pg_sys::INT4OID {
            keys.retain(|key| i32::try_from(*key).is_ok());
        }
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(());
        }
        if index_scan::rows(self.schema, look_up, &keys, self.snapshot, &mut each)?.is_some() {
            return Ok(());
        }
        let argument = match look_up.key().1 {
            pg_sys::INT4OID => integer_array(&keys.iter().map(|key| *key as i32).collect::<Vec<_>>()),
            _ => bigint_array(&keys),
        };
        self.read(Statement::Rows(look_up), &[argument], each)
    }

    /// Hands over the rows whose key, a time, is later, as [`Self::look_up`] does those of some keys.
    ///
    /// # Complexity
    /// O(log n), and O(1) for each row.
    pub fn look_up_after(
        &self,
        look_up: LookUp,
        after: Timestamp,
        mut each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        match index_scan::rows_after(self.schema, look_up, after, self.snapshot, &mut each)? {
            Some(()) => Ok(()),
            None => self.read_by_and_by(Statement::RowsAfter(look_up), &[timestamp(after)], each),
        }
    }

    /// The last change of the configuration that the session's snapshot shows, and the transaction that made it.
    ///
    /// # Complexity
    /// O(log n).
    pub fn latest_config(&self) -> Result<Option<(i64, u32)>, TaskerError> {
        let mut latest = None;
        let mut each = |row: &Row| {
            latest = row.value(1).map(|changed_by| (row.i64(0), changed_by.value() as u32));
            Ok(())
        };
        if index_scan::last_row(self.schema, LookUp::ConfigVersions, self.snapshot, &mut each)?.is_none() {
            self.read(Statement::LatestConfig, &[], each)?;
        }
        Ok(latest)
    }
}
