//! Names the look-ups: each reads certain columns of one table, by one or more of its columns.

mod columns;

use crate::pg::host::installation;
use pgrx::pg_sys::{self, Oid};
use std::ffi::CStr;

/// The kinds of look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LookUp {
    /// The steps of tasks.
    StepsOfTasks,
    /// Steps by their ids.
    Steps,
    /// The tasks and names of steps, as hints repeat them, and whether the steps have rules.
    HintedSteps,
    /// The parents of the steps of tasks, and nothing else.
    ParentsInTasks,
    /// The states of steps.
    StatesOfSteps,
    /// The tasks of steps.
    TasksOfSteps,
    /// The edges that lead from steps.
    EdgesFromSteps,
    /// The columns of steps that side rows repeat.
    StepRows,
    /// The rows of steps, to lock them.
    LockedSteps,
    /// The transitions of steps, to lock them.
    LockedStepTransitions,
    /// The rows of tasks, to lock them.
    LockedTasks,
    /// The transitions of tasks, to lock them.
    LockedTaskTransitions,
    /// The inputs and results of steps.
    InputsOfSteps,
    /// The names and contexts of tasks.
    InputsOfTasks,
    /// The leases of steps.
    Leases,
    /// The leases of steps, with every column.
    WholeLeases,
    /// Tasks by their ids.
    Tasks,
    /// The states of tasks.
    StatesOfTasks,
    /// The priorities and names of tasks, from which hints get their ranks.
    RanksOfTasks,
    /// The states of steps of tasks, each with the time since when.
    TimesInTasks,
    /// The states of steps, each with the time since when, by the time of creation.
    TimesOfSteps,
    /// The states of tasks, each with the time since when, by the time of creation.
    TimesOfTasks,
    /// The names of steps, by `named_step_id`.
    NamesOfSteps,
    /// The names and namespaces of tasks, by `named_task_id`.
    NamesOfTasks,
    /// The names of namespaces.
    Namespaces,
    /// The changes of the configuration.
    ConfigVersions,
    /// The hints for steps, with every column.
    Hints,
    /// Hints by their ranks.
    RankedHints,
    /// The counts of steps and tasks, without the number of the row.
    Counts,
    /// The timers, which say when a step or task must be examined again.
    Timers,
    /// The leases by the time when their expiry must be checked.
    DueLeases,
    /// Steps whose rules must be evaluated again.
    Decisions,
    /// The work that was put aside.
    Troubles,
    /// The steps that wait for tasks.
    Waiters,
    /// The steps with rules.
    Rules,
    /// Tasks that may be over, for schedulers.
    Endings,
    /// The limits that exist.
    Limits,
    /// The slots that steps hold in the buckets of limits.
    Holds,
    /// The hints of fair queues.
    Shares,
    /// The time limits of steps.
    StepTimes,
    /// The deadlines of tasks.
    Deadlines,
    /// The forks of tasks.
    Forks,
    /// The consumers of the event stream.
    Consumers,
    /// The recorded events, with every column.
    Events,
    /// The schedules by the time when they are due.
    Schedules,
}

/// A column and its type.
pub type Column = (&'static CStr, Oid);

/// Returns whether a column of one type can be read as another. `varchar` is stored like `text`, and a domain like its
/// base type; an application may have changed one into the other.
pub fn reads_as(stored: Oid, wanted: Oid) -> bool {
    let is_text = |id| id == pg_sys::VARCHAROID || id == pg_sys::TEXTOID;
    let is_alike = |stored| stored == wanted || is_text(stored) && is_text(wanted);
    // SAFETY: a catalog look-up by oid.
    is_alike(stored) || is_alike(unsafe { pg_sys::getBaseType(stored) })
}

/// Returns PostgreSQL's own B-tree operator family for the type of a key. Other families may have another order.
pub fn family_of(key_type: Oid) -> Option<Oid> {
    /// `datetime_ops` (pg_opfamily.dat), for which PostgreSQL has no name.
    const DATETIME_FAMILY: u32 = 434;
    match key_type {
        pg_sys::INT8OID | pg_sys::INT4OID => Some(pg_sys::INTEGER_BTREE_FAM_OID),
        pg_sys::TIMESTAMPOID => Some(Oid::from(DATETIME_FAMILY)),
        pg_sys::TEXTOID => Some(pg_sys::TEXT_BTREE_FAM_OID),
        _ => None,
    }
}

impl LookUp {
    /// Returns the table.
    pub const fn table(self) -> &'static CStr {
        match self {
            Self::StepsOfTasks
            | Self::Steps
            | Self::HintedSteps
            | Self::ParentsInTasks
            | Self::StatesOfSteps
            | Self::TasksOfSteps
            | Self::TimesInTasks
            | Self::TimesOfSteps => c"tasker_core_steps",
            Self::EdgesFromSteps => c"tasker_workflow_step_edges",
            Self::InputsOfSteps | Self::StepRows | Self::LockedSteps => c"tasker_workflow_steps",
            Self::LockedStepTransitions => c"tasker_workflow_step_transitions",
            Self::LockedTaskTransitions => c"tasker_task_transitions",
            Self::InputsOfTasks | Self::LockedTasks => c"tasker_tasks",
            Self::Leases | Self::WholeLeases | Self::DueLeases => c"tasker_core_leases",
            Self::Hints | Self::RankedHints => c"tasker_core_hints",
            Self::Counts => c"tasker_core_counts",
            Self::Tasks | Self::StatesOfTasks | Self::RanksOfTasks | Self::TimesOfTasks => {
                c"tasker_core_tasks"
            }
            Self::NamesOfSteps => c"tasker_named_steps",
            Self::NamesOfTasks => c"tasker_named_tasks",
            Self::Namespaces => c"tasker_task_namespaces",
            Self::ConfigVersions => c"tasker_core_config_versions",
            Self::Timers => c"tasker_core_timers",
            Self::Decisions => c"tasker_core_decisions",
            Self::Troubles => c"tasker_core_troubles",
            Self::Waiters | Self::Rules => c"tasker_core_rules",
            Self::Endings => c"tasker_core_endings",
            Self::Limits => c"tasker_core_limits",
            Self::Holds => c"tasker_core_holds",
            Self::Shares => c"tasker_core_shares",
            Self::StepTimes => c"tasker_core_step_times",
            Self::Deadlines => c"tasker_core_deadlines",
            Self::Forks => c"tasker_core_forks",
            Self::Consumers => c"tasker_core_consumers",
            Self::Events => c"tasker_core_events",
            Self::Schedules => c"tasker_core_schedules",
        }
    }

    /// Returns the column by which rows are looked up.
    pub const fn key(self) -> Column {
        match self {
            Self::StepsOfTasks
            | Self::ParentsInTasks
            | Self::Tasks
            | Self::StatesOfTasks
            | Self::RanksOfTasks
            | Self::TimesInTasks
            | Self::InputsOfTasks
            | Self::LockedTasks
            | Self::LockedTaskTransitions
            | Self::Endings
            | Self::Deadlines
            | Self::Forks => (c"task_id", pg_sys::INT8OID),
            Self::TimesOfSteps | Self::TimesOfTasks => (c"created_at", pg_sys::TIMESTAMPOID),
            Self::EdgesFromSteps => (c"from_step_id", pg_sys::INT8OID),
            Self::Steps
            | Self::HintedSteps
            | Self::StatesOfSteps
            | Self::TasksOfSteps
            | Self::Leases
            | Self::WholeLeases
            | Self::Hints
            | Self::InputsOfSteps
            | Self::StepRows
            | Self::LockedSteps
            | Self::LockedStepTransitions
            | Self::Decisions
            | Self::Rules
            | Self::StepTimes
            | Self::Shares
            | Self::Holds => (c"workflow_step_id", pg_sys::INT8OID),
            Self::Troubles => (c"subject_id", pg_sys::INT8OID),
            Self::Waiters => (c"waited_task_id", pg_sys::INT8OID),
            Self::Timers | Self::DueLeases | Self::Schedules => (c"due_at", pg_sys::TIMESTAMPOID),
            Self::RankedHints => (c"rank", pg_sys::TIMESTAMPOID),
            Self::Limits => (c"scope", pg_sys::TEXTOID),
            Self::Consumers => (c"consumer", pg_sys::TEXTOID),
            Self::Events => (c"cluster", pg_sys::INT8OID),
            Self::Counts => (c"kind", pg_sys::TEXTOID),
            Self::NamesOfSteps => (c"named_step_id", pg_sys::INT4OID),
            Self::NamesOfTasks => (c"named_task_id", pg_sys::INT4OID),
            Self::Namespaces => (c"task_namespace_id", pg_sys::INT4OID),
            Self::ConfigVersions => (c"version", pg_sys::INT8OID),
        }
    }

    /// Returns whether the look-up locks rows of a table of the engine, with the rights of the current user.
    pub const fn locks_for_engine(self) -> bool {
        matches!(
            self,
            Self::LockedSteps | Self::LockedStepTransitions | Self::LockedTasks | Self::LockedTaskTransitions
        )
    }

    /// Returns whether the table is a side table.
    pub fn is_of_side_table(self) -> bool {
        self.table().to_bytes().starts_with(b"tasker_core_")
    }

    /// Returns whether each key has at most one wanted row: for transitions, the current one of the step or task. All
    /// such look-ups of a table have the same key.
    pub const fn finds_one(self) -> bool {
        matches!(
            self,
            Self::Steps
                | Self::HintedSteps
                | Self::StatesOfSteps
                | Self::TasksOfSteps
                | Self::LockedSteps
                | Self::InputsOfSteps
                | Self::StepRows
                | Self::LockedStepTransitions
                | Self::Leases
                | Self::WholeLeases
                | Self::Tasks
                | Self::StatesOfTasks
                | Self::RanksOfTasks
                | Self::LockedTasks
                | Self::InputsOfTasks
                | Self::LockedTaskTransitions
        )
    }

    /// Returns whether a session that reads these rows, and may write, usually writes to this table next.
    pub const fn leads_to_writing(self) -> bool {
        matches!(
            self,
            Self::Steps
                | Self::StatesOfSteps
                | Self::HintedSteps
                | Self::Leases
                | Self::WholeLeases
                | Self::DueLeases
                | Self::Hints
                | Self::RankedHints
        )
    }

    /// Returns the type of the statement's argument.
    pub const fn argument_types(self) -> &'static [Oid] {
        match self.key().1 {
            pg_sys::INT4OID => &[pg_sys::INT4ARRAYOID],
            _ => &[pg_sys::INT8ARRAYOID],
        }
    }

    /// Returns whether the columns of the look-up have these types.
    pub fn is_answered_by(self, types: &[Oid]) -> bool {
        let columns = self.columns();
        types.len() == columns.len()
            && types.iter().zip(columns).all(|(stored, (_, wanted))| reads_as(*stored, *wanted))
    }

    /// Composes the statement that does the same, from the template `read/rows` or `read/rows_after`.
    pub fn fill_in(self, template: &str) -> String {
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
