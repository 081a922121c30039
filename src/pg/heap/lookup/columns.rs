//! Lists the columns that look-ups return.

use crate::pg::heap::lookup::{Column, LookUp};
use pgrx::pg_sys;

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
    /// Returns the columns of the look-up.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::StepsOfTasks | Self::Steps => STEP,
            Self::HintedSteps => &[
                (c"workflow_step_id", pg_sys::INT8OID),
                (c"task_id", pg_sys::INT8OID),
                (c"named_step_id", pg_sys::INT4OID),
                (c"has_rule", pg_sys::BOOLOID),
            ],
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
            Self::StepRows => &[
                (c"workflow_step_id", pg_sys::INT8OID),
                (c"task_id", pg_sys::INT8OID),
                (c"created_at", pg_sys::TIMESTAMPOID),
                (c"last_attempted_at", pg_sys::TIMESTAMPOID),
                (c"named_step_id", pg_sys::INT4OID),
                (c"attempts", pg_sys::INT4OID),
                (c"retry_limit", pg_sys::INT4OID),
                (c"backoff_request_seconds", pg_sys::INT4OID),
                (c"retryable", pg_sys::BOOLOID),
                (c"in_process", pg_sys::BOOLOID),
                (c"processed", pg_sys::BOOLOID),
                (c"skippable", pg_sys::BOOLOID),
            ],
            Self::LockedSteps => &[(c"workflow_step_id", pg_sys::INT8OID)],
            Self::LockedTasks => &[(c"task_id", pg_sys::INT8OID)],
            Self::LockedStepTransitions => {
                &[(c"workflow_step_id", pg_sys::INT8OID), (c"most_recent", pg_sys::BOOLOID)]
            }
            Self::LockedTaskTransitions => {
                &[(c"task_id", pg_sys::INT8OID), (c"most_recent", pg_sys::BOOLOID)]
            }
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
            Self::WholeLeases => &[
                (c"workflow_step_id", pg_sys::INT8OID),
                (c"task_id", pg_sys::INT8OID),
                (c"claim_token", pg_sys::UUIDOID),
                (c"worker", pg_sys::TEXTOID),
                (c"attempt", pg_sys::INT4OID),
                (c"claimed_at", pg_sys::TIMESTAMPOID),
                (c"lease_until", pg_sys::TIMESTAMPOID),
                (c"lease_length", pg_sys::INTERVALOID),
                (c"heartbeat_at", pg_sys::TIMESTAMPOID),
                (c"progress", pg_sys::JSONBOID),
                (c"ended_as", pg_sys::TEXTOID),
                (c"due_at", pg_sys::TIMESTAMPOID),
            ],
            Self::Hints => &[
                (c"workflow_step_id", pg_sys::INT8OID),
                (c"cause_id", pg_sys::INT8OID),
                (c"task_id", pg_sys::INT8OID),
                (c"named_step_id", pg_sys::INT4OID),
                (c"named_task_id", pg_sys::INT4OID),
                (c"rank", pg_sys::TIMESTAMPOID),
                (c"offered_until", pg_sys::TIMESTAMPOID),
            ],
            Self::RankedHints => &[
                (c"workflow_step_id", pg_sys::INT8OID),
                (c"cause_id", pg_sys::INT8OID),
                (c"rank", pg_sys::TIMESTAMPOID),
                (c"named_task_id", pg_sys::INT4OID),
                (c"named_step_id", pg_sys::INT4OID),
            ],
            Self::Counts => &[
                (c"kind", pg_sys::TEXTOID),
                (c"fresh", pg_sys::INT8OID),
                (c"pending", pg_sys::INT8OID),
                (c"in_progress", pg_sys::INT8OID),
                (c"complete", pg_sys::INT8OID),
                (c"error", pg_sys::INT8OID),
                (c"cancelled", pg_sys::INT8OID),
                (c"resolved_manually", pg_sys::INT8OID),
                (c"retryable", pg_sys::INT8OID),
                (c"retryable_v02", pg_sys::INT8OID),
                (c"in_backoff_v02", pg_sys::INT8OID),
                (c"exhausted_v02", pg_sys::INT8OID),
                (c"permanent", pg_sys::INT8OID),
            ],
            Self::Tasks => &[
                (c"task_id", pg_sys::INT8OID),
                (c"named_task_id", pg_sys::INT4OID),
                (c"priority", pg_sys::INT4OID),
                (c"state", pg_sys::TEXTOID),
                (c"paused_at", pg_sys::TIMESTAMPOID),
            ],
            Self::StatesOfTasks => &[
                (c"task_id", pg_sys::INT8OID),
                (c"state", pg_sys::TEXTOID),
                (c"state_since", pg_sys::TIMESTAMPOID),
            ],
            Self::RanksOfTasks => &[
                (c"task_id", pg_sys::INT8OID),
                (c"named_task_id", pg_sys::INT4OID),
                (c"priority", pg_sys::INT4OID),
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
            Self::NamesOfTasks => &[
                (c"name", pg_sys::TEXTOID),
                (c"task_namespace_id", pg_sys::INT8OID),
                (c"version", pg_sys::TEXTOID),
                (c"configuration", pg_sys::JSONBOID),
            ],
            Self::Namespaces => &[(c"name", pg_sys::TEXTOID)],
            Self::ConfigVersions => &[(c"version", pg_sys::INT8OID)],
            Self::Waiters => &[(c"workflow_step_id", pg_sys::INT8OID)],
            // Of these it is only asked which is the first, or they are deleted.
            Self::Endings
            | Self::Timers
            | Self::DueLeases
            | Self::Decisions
            | Self::Rules
            | Self::Troubles
            | Self::Limits
            | Self::Holds
            | Self::StepTimes
            | Self::Shares
            | Self::Deadlines
            | Self::Schedules
            | Self::Forks
            | Self::Consumers => &[],
            Self::Events => &[
                (c"cluster", pg_sys::INT8OID),
                (c"log", pg_sys::INT8OID),
                (c"transaction", pg_sys::INT8OID),
                (c"noted_at", pg_sys::TIMESTAMPOID),
                (c"number", pg_sys::INT2OID),
                (c"events", pg_sys::BYTEAOID),
                (c"payload", pg_sys::JSONBOID),
            ],
        }
    }
}
