//! Names the look-ups: each reads certain columns of one table, by one or more of its columns.

mod columns;

use crate::pg::host::installation;
use pgrx::pg_sys::{self, Oid};
use std::ffi::CStr;

/// What to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LookUp {
    /// The steps of tasks.
    StepsOfTasks,
    /// Steps by their ids.
    Steps,
    /// What a hint says of steps, and whether they have rules.
    HintedSteps,
    /// What the steps of tasks depend on, and nothing else.
    ParentsInTasks,
    /// The states of steps.
    StatesOfSteps,
    /// The tasks of steps.
    TasksOfSteps,
    /// The edges that lead from steps.
    EdgesFromSteps,
    /// What side rows repeat of the rows of steps.
    StepRows,
    /// The rows of steps, to lock them.
    LockedSteps,
    /// The transitions of steps, to lock them.
    LockedStepTransitions,
    /// The rows of tasks, to lock them.
    LockedTasks,
    /// The transitions of tasks, to lock them.
    LockedTaskTransitions,
    /// What steps were given, and what they have left behind.
    InputsOfSteps,
    /// What tasks are about.
    InputsOfTasks,
    /// The leases of steps.
    Leases,
    /// The leases of steps, with every column.
    WholeLeases,
    /// Tasks by their ids.
    Tasks,
    /// The states of tasks.
    StatesOfTasks,
    /// What decides over the ranks of the hints in tasks.
    RanksOfTasks,
    /// Since when steps of tasks are in which state.
    TimesInTasks,
    /// Since when steps are in which state, by the time of their creation.
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
    /// The hints at steps, with every column.
    Hints,
    /// Hints by their ranks.
    RankedHints,
    /// Counts of steps and tasks, but for the number of the row.
    Counts,
    /// Timers: when a step or task must be examined again.
    Timers,
    /// When a lease must be checked for expiry.
    DueLeases,
    /// Steps whose rules must be evaluated again.
    Decisions,
    /// Work that was refused.
    Troubles,
    /// The steps that wait for tasks.
    Waiters,
    /// Tasks that may be over, for schedulers.
    Endings,
    /// What limits there are.
    Limits,
    /// Steps that take places in the buckets of limits.
    Holds,
}

/// A column and its type.
pub type Column = (&'static CStr, Oid);

/// Whether a column of one type can be read as another: `varchar` is stored as `text`, a domain as what it is over, and an application may
/// have made one of the other.
pub fn reads_as(stored: Oid, wanted: Oid) -> bool {
    let is_text = |id| id == pg_sys::VARCHAROID || id == pg_sys::TEXTOID;
    let is_alike = |stored| stored == wanted || is_text(stored) && is_text(wanted);
    // SAFETY: a catalog look-up by oid.
    is_alike(stored) || is_alike(unsafe { pg_sys::getBaseType(stored) })
}

impl LookUp {
    /// The table.
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
            Self::Waiters => c"tasker_core_rules",
            Self::Endings => c"tasker_core_endings",
            Self::Limits => c"tasker_core_limits",
            Self::Holds => c"tasker_core_holds",
        }
    }

    /// The column by which rows are looked up.
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
            | Self::Endings => (c"task_id", pg_sys::INT8OID),
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
            | Self::Holds => (c"workflow_step_id", pg_sys::INT8OID),
            Self::Troubles => (c"subject_id", pg_sys::INT8OID),
            Self::Waiters => (c"waited_task_id", pg_sys::INT8OID),
            Self::Timers | Self::DueLeases => (c"due_at", pg_sys::TIMESTAMPOID),
            Self::RankedHints => (c"rank", pg_sys::TIMESTAMPOID),
            Self::Limits => (c"scope", pg_sys::TEXTOID),
            Self::Counts => (c"kind", pg_sys::TEXTOID),
            Self::NamesOfSteps => (c"named_step_id", pg_sys::INT4OID),
            Self::NamesOfTasks => (c"named_task_id", pg_sys::INT4OID),
            Self::Namespaces => (c"task_namespace_id", pg_sys::INT4OID),
            Self::ConfigVersions => (c"version", pg_sys::INT8OID),
        }
    }

    /// Whether it is there to lock rows of a table of the engine, as the current user may.
    pub const fn locks_for_engine(self) -> bool {
        matches!(
            self,
            Self::LockedSteps | Self::LockedStepTransitions | Self::LockedTasks | Self::LockedTaskTransitions
        )
    }

    /// Whether its table is one of ours.
    pub fn is_of_side_table(self) -> bool {
        self.table().to_bytes().starts_with(b"tasker_core_")
    }

    /// Whether there is one row of each key, or one that is wanted: of the transitions of a step or task the current one. All such
    /// look-ups of a table have the same key.
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

    /// Whether a session that reads this, and may write, usually writes to this table next.
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

    /// The type of the statement's argument.
    pub const fn argument_types(self) -> &'static [Oid] {
        match self.key().1 {
            pg_sys::INT4OID => &[pg_sys::INT4ARRAYOID],
            _ => &[pg_sys::INT8ARRAYOID],
        }
    }

    /// Whether columns of these types are those that the look-up returns.
    pub fn is_answered_by(self, types: impl Iterator<Item = Oid>) -> bool {
        let types: Vec<Oid> = types.collect();
        let columns = self.columns();
        types.len() == columns.len()
            && types.iter().zip(columns).all(|(stored, (_, wanted))| reads_as(*stored, *wanted))
    }

    /// The statement that does the same, as the templates `read/rows` and `read/rows_after` want their parts.
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
