//! The statements of `sql/queries`, with the types of their arguments and columns.

use super::look_up::{LookUp, reads_as};
use pgrx::pg_sys::{self, Oid};

macro_rules! statements {
    // The columns of a step.
    (@types STEP) => {
        statements!(@types [
            INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT4OID, INT4OID, INT4OID, INT4OID,
            BOOLOID, BOOLOID, BOOLOID, BOOLOID, TEXTOID, INT8ARRAYOID, FLOAT8OID, BOOLOID
        ])
    };
    // A hint, who wrote it, and its task.
    (@types HINT) => {
        statements!(@types [INT8OID, INT8OID, TIMESTAMPOID, INT4OID, INT4OID, XIDOID, INT8OID])
    };
    (@types [$($column:ident),*]) => {
        &[$(pg_sys::$column),*]
    };
    ($($name:ident($($argument:ident),*) -> $columns:tt = $file:literal;)+) => {
        /// A statement of `sql/queries`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Statement {
            $($name,)+
            /// What a look-up does where it cannot scan an index.
            Rows(LookUp),
            /// What a look-up of what is later does where it cannot scan an index.
            RowsAfter(LookUp),
            /// What a look-up would find that the caller may see.
            VisibleRows(LookUp),
            /// What a look-up of what is later would.
            VisibleRowsAfter(LookUp),
        }

        impl Statement {
            pub(super) fn template(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../../sql/queries/", $file)),)+
                    Self::Rows(_) | Self::VisibleRows(_) => include_str!("../../../sql/queries/read/rows.sql"),
                    Self::RowsAfter(_) | Self::VisibleRowsAfter(_) => {
                        include_str!("../../../sql/queries/read/rows_after.sql")
                    }
                }
            }

            /// The file that it is in, below `sql/queries`.
            pub(super) fn file(self) -> &'static str {
                match self {
                    $(Self::$name => $file,)+
                    Self::Rows(_) | Self::RowsAfter(_) | Self::VisibleRows(_) | Self::VisibleRowsAfter(_) => "look up",
                }
            }

            pub(super) fn argument_types(self) -> &'static [Oid] {
                match self {
                    $(Self::$name => &[$(pg_sys::$argument),*],)+
                    Self::Rows(look_up) | Self::VisibleRows(look_up) => look_up.argument_types(),
                    Self::RowsAfter(_) | Self::VisibleRowsAfter(_) => &[pg_sys::TIMESTAMPOID],
                }
            }

            /// Whether the columns that it returns have these types.
            pub(super) fn returns(self, types: impl Iterator<Item = Oid>) -> bool {
                match self {
                    $(Self::$name => are_read_as(types, statements!(@types $columns)),)+
                    Self::Rows(look_up)
                    | Self::RowsAfter(look_up)
                    | Self::VisibleRows(look_up)
                    | Self::VisibleRowsAfter(look_up) => look_up.is_answered_by(types),
                }
            }
        }
    };
}

fn are_read_as(stored: impl Iterator<Item = Oid>, wanted: &[Oid]) -> bool {
    let stored: Vec<Oid> = stored.collect();
    stored.len() == wanted.len()
        && stored.iter().zip(wanted).all(|(stored, wanted)| reads_as(*stored, *wanted))
}

#[rustfmt::skip]
statements! {
    DurationsOfNames(INT4ARRAYOID, INT8OID) -> [INT4OID, FLOAT8OID] = "read/durations_of_names.sql";
    TransitionsOfTask(INT8OID) -> [INT8OID, TEXTOID, TIMESTAMPOID, FLOAT8OID, BOOLOID] = "read/transitions_of_task.sql";
    NameOfTask(INT8OID) -> [TEXTOID] = "read/name_of_task.sql";
    ResultsOfSteps(INT8ARRAYOID) -> [INT8OID, JSONBOID] = "read/results_of_steps.sql";
    VisibleSteps(INT8ARRAYOID) -> [INT8OID] = "read/visible_steps.sql";
    NamedForCaller(INT8ARRAYOID) -> [INT8OID] = "read/named_for_caller.sql";
    VisibleAmongSteps(INT8ARRAYOID) -> [INT8OID] = "read/visible_among_steps.sql";
    VisibleTasks(INT8ARRAYOID) -> [INT8OID] = "read/visible_tasks.sql";
    VisibleTasksIn(INT8ARRAYOID, INT8ARRAYOID) -> [INT8OID] = "read/visible_tasks_in.sql";
    LockStepRow(INT8OID) -> [INT8OID] = "write/lock_step_row.sql";
    LockStepRows(INT8ARRAYOID) -> [INT8OID] = "write/lock_step_rows.sql";
    LockCurrentTransitions(INT8ARRAYOID) -> [INT8OID] = "write/lock_current_transitions.sql";
    LockFreeStepRows(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_step_rows.sql";
    LockFreeCurrentTransitions(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_current_transitions.sql";
    LockStepsOfTask(INT8OID) -> [INT8OID] = "delete/lock_steps.sql";
    DeleteAnnotations(INT8OID) -> [] = "delete/annotations.sql";
    DeleteTaskTransitions(INT8OID) -> [] = "delete/task_transitions.sql";
    DeleteStepTransitions(INT8ARRAYOID) -> [] = "delete/step_transitions.sql";
    DeleteEdges(INT8ARRAYOID) -> [] = "delete/edges.sql";
    DeleteStepRows(INT8ARRAYOID) -> [] = "delete/steps.sql";
    DeleteTaskRow(INT8OID) -> [] = "delete/task.sql";
    LockFacts(INT8ARRAYOID) -> STEP = "write/lock_facts.sql";
    LockFreeSteps(INT8ARRAYOID) -> STEP = "write/lock_free_steps.sql";
    LeaveStepStates(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/leave_step_states.sql";
    EnterStepStates(INT8ARRAYOID, JSONBARRAYOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [
        INT8OID, INT8OID, INT4OID, BOOLOID
    ] = "write/enter_step_states.sql";
    EnterOneStepState(INT8OID, JSONBOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [
        INT8OID, INT8OID, INT4OID, BOOLOID
    ] = "write/enter_step_states.sql";
    LockTask(INT8OID) -> [INT8OID] = "write/lock_task.sql";
    LockFreeTasks(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_tasks.sql";
    LockFreeTaskTransitions(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_task_transitions.sql";
    LeaveTaskState(INT8OID, TIMESTAMPOID) -> [] = "write/leave_task_state.sql";
    EnterTaskState(INT8OID, TEXTOID, TEXTOID, JSONBOID, TIMESTAMPOID) -> [INT8OID, INT4OID] = "write/enter_task_state.sql";
    SetTaskComplete(INT8OID, TIMESTAMPOID) -> [] = "write/set_task_complete.sql";
    HoldSteps(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/hold_steps.sql";
    CompleteOneStep(INT8OID, JSONBOID, INT4OID, TIMESTAMPOID) -> [] = "write/complete_steps.sql";
    CompleteSteps(INT8ARRAYOID, JSONBARRAYOID, INT4ARRAYOID, TIMESTAMPOID) -> [] = "write/complete_steps.sql";
    FailStep(INT8OID, TEXTOID, INT4OID, TIMESTAMPOID, INT4OID, BOOLOID) -> [] = "write/fail_step.sql";
    LetGoSteps(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/let_go_steps.sql";
    PutOffStep(INT8OID, INT4OID, TIMESTAMPOID) -> [] = "write/put_off_step.sql";
    ResolveStep(INT8OID, BOOLOID, JSONBOID, TIMESTAMPOID) -> [] = "write/resolve_step.sql";
    RetryStep(INT8OID, TIMESTAMPOID) -> [] = "write/retry_step.sql";
    ResetStep(INT8OID, BOOLOID, TIMESTAMPOID) -> [] = "write/reset_step.sql";
    LastFailure(INT8OID) -> [BOOLOID] = "write/last_failure.sql";
    SetRetryLimit(INT8OID, INT4OID, TIMESTAMPOID) -> [] = "write/set_retry_limit.sql";
    SetTaskPause(INT8OID, TIMESTAMPOID, TEXTOID, TEXTOID) -> [] = "write/set_task_pause.sql";
    SetTaskPriority(INT8OID, INT4OID) -> [] = "write/set_task_priority.sql";
    RankHints(INT8OID, INTERVALOID) -> [] = "queue/rank_hints.sql";
    RankParked(INT8OID, INTERVALOID) -> [] = "queue/rank_parked.sql";
    LastWriters(INT8ARRAYOID) -> [INT8OID, XIDOID] = "read/last_writers.sql";
    OpenSince(INT4OID) -> [TIMESTAMPOID] = "read/open_since.sql";
    PreparedTransaction(XIDOID) -> [TEXTOID, TIMESTAMPOID] = "read/prepared_transaction.sql";
    StepHistory(INT8OID) -> [
        INT8OID, INT4OID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID, BOOLOID, JSONBOID, BOOLOID
    ] = "read/step_history.sql";
    TaskHistory(INT8OID) -> [
        INT8OID, INT4OID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID, BOOLOID, JSONBOID
    ] = "read/task_history.sql";
    FindTasks(
        INT8OID, TEXTARRAYOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
        TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT8ARRAYOID, INT8OID, INT4OID
    ) -> [
        INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID,
        TIMESTAMPOID, TIMESTAMPOID
    ] = "find/tasks.sql";
    ParentOfTask(INT8OID) -> [INT8OID] = "find/parent_of_task.sql";
    ChildrenOfTask(INT8OID) -> [INT8OID] = "find/children_of_task.sql";
    PutAttempted(INT8ARRAYOID) -> [] = "attempted/put.sql";
    DropAttempted(INT8ARRAYOID) -> [] = "attempted/drop.sql";
    AttemptedAfter(INT8OID, INT4OID) -> [INT8OID] = "attempted/after.sql";
    PausedStepsAfter(INT8OID, INT4OID) -> [INT8OID] = "find/paused_steps.sql";
    OpenTasksAfter(INT8OID, TIMESTAMPOID, INT4OID) -> [INT8OID] = "find/open_tasks.sql";
    PutAllAttempted() -> [INT8OID, INT8OID] = "rebuild/put_all_attempted.sql";
    DeleteOrphanedAttempted() -> [INT8OID] = "rebuild/delete_orphaned_attempted.sql";
    DriftOfAttempted() -> [INT8OID, TEXTOID] = "rebuild/drift_of_attempted.sql";
    FindSteps(
        INT8OID, TEXTARRAYOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID,
        TEXTARRAYOID, INT8OID, INT4OID, INT8ARRAYOID
    ) -> [
        INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, INT4OID, INT4OID, TIMESTAMPOID,
        TIMESTAMPOID
    ] = "find/steps.sql";
    FindStepTransitions(
        INT8OID, INT8OID, TEXTARRAYOID, TIMESTAMPOID, TIMESTAMPOID, JSONBOID, TEXTOID, INT4OID, BOOLOID, TEXTOID, TEXTOID, TEXTOID,
        INT8OID, INT4OID
    ) -> [
        INT8OID, INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, INTERVALOID, BOOLOID, JSONBOID,
        BOOLOID, BOOLOID
    ] = "find/transitions_of_steps.sql";
    FindTaskTransitions(
        INT8OID, INT8OID, TEXTARRAYOID, TIMESTAMPOID, TIMESTAMPOID, JSONBOID, TEXTOID, INT4OID, BOOLOID, TEXTOID, TEXTOID, TEXTOID,
        INT8OID, INT4OID
    ) -> [
        INT8OID, INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, INTERVALOID, BOOLOID, JSONBOID,
        BOOLOID, BOOLOID
    ] = "find/transitions_of_tasks.sql";
    StepTransitionStats(TIMESTAMPOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
        TEXTOID, TEXTOID, INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, FLOAT8OID, FLOAT8OID, FLOAT8OID
    ] = "insight/transitions_of_steps.sql";
    TaskTransitionStats(TIMESTAMPOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
        TEXTOID, TEXTOID, INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, FLOAT8OID, FLOAT8OID, FLOAT8OID
    ] = "insight/transitions_of_tasks.sql";
    StepSiblings(INT8OID) -> [INT8OID, INT8OID, TEXTOID, TEXTOID, INT4OID, BOOLOID] = "find/siblings.sql";
    VisibleSiblings(INT8OID) -> [INT8OID, INT8OID, TEXTOID, TEXTOID, INT4OID, BOOLOID] = "find/siblings.sql";
    TaskVersions(TEXTOID, TEXTOID) -> [INT4OID, TEXTOID, TEXTOID, TEXTOID] = "find/versions.sql";
    CompletionStats(INT8OID) -> [
        INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, TIMESTAMPOID, BOOLOID
    ] = "find/completion_stats.sql";
    LastErrors(INT8ARRAYOID) -> [INT8OID, TEXTOID, TEXTOID] = "find/last_errors.sql";
    ParkedSteps(INT8ARRAYOID) -> [INT8OID, TEXTOID] = "find/parked_steps.sql";
    PauseOfTask(INT8OID) -> [TIMESTAMPOID, TEXTOID, TEXTOID] = "find/pause_of_task.sql";
    NextSteps(TEXTOID, INT4OID, INT4OID) -> [INT8OID, INT8OID, TEXTOID, TIMESTAMPOID, TEXTOID] = "find/next_steps.sql";
    NamesOfVisibleSteps(INT8ARRAYOID) -> [INT8OID, INT8OID, TEXTOID, TEXTOID] = "find/names_of_visible_steps.sql";
    Failures(TIMESTAMPOID, INT4OID) -> [
        TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, TEXTOID, INT8OID
    ] = "find/failures.sql";
    AnnotateTask(INT8OID, TEXTOID, JSONBOID, TIMESTAMPOID) -> [INT8OID] = "write/annotate_task.sql";
    ClaimedSteps(INT8ARRAYOID) -> [
        INT8OID, INT8OID, INT4OID, TEXTOID, JSONBOID, JSONBOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID
    ] = "write/claimed_steps.sql";
    ResultsOfParents(INT8ARRAYOID) -> [INT8OID, TEXTOID, JSONBOID] = "write/results_of_parents.sql";
    ExecutionEnded(INT8OID, UUIDOID) -> [TEXTOID, JSONBOID] = "write/execution_ended.sql";
    LockLeases(INT8ARRAYOID) -> [INT8OID, TIMESTAMPOID, UUIDOID, TEXTOID] = "queue/lock_leases.sql";
    LeasedSteps(INT8ARRAYOID) -> [INT8OID] = "queue/leased_steps.sql";
    LockFreeTaskFacts(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_task_facts.sql";
    LockTaskFacts(INT8OID) -> [INT8OID] = "write/lock_task_facts.sql";
    LockTaskTransition(INT8OID) -> [INT8OID] = "write/lock_task_transition.sql";
    PutLeases(INT8ARRAYOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID, UUIDARRAYOID) -> [INT8OID] = "queue/put_leases.sql";
    DueLeases(TIMESTAMPOID, INT4OID, INT8ARRAYOID) -> [INT8OID, INT8OID] = "queue/due_leases.sql";
    PutOffLeases(INT8ARRAYOID) -> [] = "queue/put_off_leases.sql";
    TakeDueTimers(TIMESTAMPOID, INT4OID) -> [TEXTOID, INT8OID] = "queue/take_due_timers.sql";
    TakeDueTimersOf(TIMESTAMPOID, TEXTARRAYOID, INT8ARRAYOID) -> [TEXTOID, INT8OID] = "queue/take_due_timers_of.sql";
    SeeDueTimers(TIMESTAMPOID) -> [TEXTOID, INT8OID, INT8OID] = "queue/see_due_timers.sql";
    SeeDueBuckets(TIMESTAMPOID, INT4OID) -> [TEXTOID, INT8OID] = "queue/see_due_buckets.sql";
    TakeHints(INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID) -> HINT = "queue/take_hints.sql";
    TakeHintsOfSteps(INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID) -> HINT = "queue/take_hints_of_steps.sql";
    TakeHintsOfTasks(INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID) -> HINT = "queue/take_hints_of_tasks.sql";
    SeeHints(INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID) -> [INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID] = "queue/take_hints.sql";
    SeeHintsOfSteps(INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID) -> [INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID] = "queue/take_hints_of_steps.sql";
    SeeHintsOfTasks(INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID) -> [INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID] = "queue/take_hints_of_tasks.sql";
    TakeHintsAt(INT8ARRAYOID) -> [INT8OID, INT8OID, XIDOID, INT8OID] = "queue/take_hints_at.sql";
    EndOffers(TIMESTAMPOID, INT4OID) -> [] = "due/end_offers.sql";
    TakeOffers(INT4OID, INT8ARRAYOID) -> [INT8OID, INT8OID, INT8OID, XIDOID] = "due/take_offers.sql";
    TakeEndings(INT4OID, INT8ARRAYOID) -> [INT8OID, INT8OID, XIDOID] = "due/take_endings.sql";
    SeeOffers(INT4OID) -> [INT8ARRAYOID, INT8ARRAYOID] = "due/see_offers.sql";
    SeeEndings(INT4OID) -> [INT8ARRAYOID] = "due/see_endings.sql";
    EndedTaskLeases(TIMESTAMPOID) -> [INT8OID] = "due/ended_task_leases.sql";
    EndOffersOf(INT8ARRAYOID, TIMESTAMPOID) -> [] = "due/end_offers_of.sql";
    TakeEndingsOf(INT8ARRAYOID) -> [INT8OID, INT8OID, XIDOID] = "due/take_endings_of.sql";
    DropEndings(INT8OID, INT8ARRAYOID) -> [] = "due/drop_endings.sql";
    LockOffers(INT8ARRAYOID, INT8OID) -> [INT8OID] = "due/lock_offers.sql";
    LockTaskLeases(INT8ARRAYOID) -> [INT8OID, TIMESTAMPOID] = "due/lock_task_leases.sql";
    TaskLeases(INT8ARRAYOID) -> [INT8OID] = "due/task_leases.sql";
    PutTaskLease(INT8OID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID) -> [] = "due/put_task_lease.sql";
    EndTaskLease(INT8OID, TEXTOID) -> [] = "due/end_task_lease.sql";
    OfferTask(INT8OID, TIMESTAMPOID) -> [] = "due/offer_task.sql";
    NoteEnding(INT8OID, TIMESTAMPOID) -> [] = "due/note_ending.sql";
    ForgetEndings(INT8OID) -> [] = "due/forget_endings.sql";
    FullNamesOfTasks(INT8ARRAYOID) -> [INT8OID, TEXTOID, TEXTOID] = "read/full_names_of_tasks.sql";
    DropHints(INT8ARRAYOID, INT8ARRAYOID) -> [] = "queue/drop_hints.sql";
    NamedSteps(TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID) -> [INT4OID] = "queue/named_steps.sql";
    UnknownNames(TEXTARRAYOID, TEXTARRAYOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID) -> [TEXTOID, TEXTOID] = "queue/unknown_names.sql";
    NamedTasks(TEXTARRAYOID, TEXTARRAYOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID) -> [INT4OID] = "queue/named_tasks.sql";
    BucketsOfSteps(INT8ARRAYOID) -> [INT8OID, TEXTOID, INT4OID, INT4OID, INTERVALOID, BOOLOID] = "limits/buckets_of_steps.sql";
    LockParts(TEXTARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4OID, INT4OID) -> [TEXTOID, INT4OID] = "limits/lock_parts.sql";
    Buckets(TEXTARRAYOID) -> [TEXTOID, INT8ARRAYOID, FLOAT8OID, TIMESTAMPOID] = "limits/buckets.sql";
    PutBucket(TEXTOID, FLOAT8OID, TIMESTAMPOID) -> [] = "limits/put_bucket.sql";
    PutHolds(TEXTARRAYOID, INT4ARRAYOID, INT8ARRAYOID) -> [] = "limits/put_holds.sql";
    EndHolds(INT8ARRAYOID) -> [TEXTOID] = "limits/end_holds.sql";
    ParkHints(TEXTARRAYOID, INT8ARRAYOID) -> [INT8OID, INT8OID] = "limits/park_hints.sql";
    UnparkHints(TEXTOID, INT4OID) -> [] = "limits/unpark_hints.sql";
    ParkHintsOfTasks(TEXTOID, INT4ARRAYOID, INT4OID) -> [INT8OID, INT8OID] = "limits/park_hints_of_names.sql";
    ParkHintsOfSteps(TEXTOID, INT4ARRAYOID, INT4OID) -> [INT8OID, INT8OID] = "limits/park_hints_of_names.sql";
    LimitsOfBucket(TEXTOID) -> [INT4OID, INT4OID, INTERVALOID, BOOLOID] = "limits/limits_of_bucket.sql";
    ParkedBuckets(TEXTOID, TEXTOID) -> [TEXTOID] = "limits/parked_buckets.sql";
    ParkedIn(TEXTOID) -> [BOOLOID] = "limits/parked_in.sql";
    LookAtBucket(TEXTOID, INT8OID, TIMESTAMPOID) -> [] = "limits/look_at_bucket.sql";
    SetLimit(TEXTOID, TEXTOID, INT4OID, INT4OID, INTERVALOID) -> [] = "limits/set_limit.sql";
    SetPause(TEXTOID, TEXTOID, TIMESTAMPOID, TEXTOID) -> [] = "limits/set_pause.sql";
    DropEmptyLimits() -> [] = "limits/drop_empty_limits.sql";
    LimitedSteps() -> [INT8OID] = "limits/limited_steps.sql";
    Limits(INT8ARRAYOID) -> [
        TEXTOID, TEXTOID, INT4OID, INT4OID, INTERVALOID, TIMESTAMPOID, TEXTOID, INT8OID, INT8OID
    ] = "limits/limits.sql";
    TrimLeases(TIMESTAMPOID) -> [] = "queue/trim_leases.sql";
    Heartbeat(UUIDARRAYOID, TIMESTAMPOID, INTERVALOID, JSONBOID, INT8ARRAYOID) -> [] = "queue/heartbeat.sql";
    LeasesOfTokens(UUIDARRAYOID, INT8ARRAYOID) -> [UUIDOID, INT8OID, TEXTOID, TIMESTAMPOID] = "queue/leases_of_tokens.sql";
    WaitingSteps(TIMESTAMPOID) -> STEP = "insight/waiting_steps.sql";
    VisibleFailedSteps() -> STEP = "insight/failed_steps.sql";
    Kinds() -> [INT8OID, INT8OID, INT8OID, INT8OID] = "insight/kinds.sql";
    WantedKinds(TEXTOID, TEXTOID, TEXTOID) -> [INT4OID] = "insight/wanted_kinds.sql";
    SlowTasks(INT8ARRAYOID) -> [
        INT8OID, INT8OID, VARCHAROID, VARCHAROID, VARCHAROID, TIMESTAMPOID, VARCHAROID, VARCHAROID
    ] = "insight/slow_tasks.sql";
    SlowSteps(INT8ARRAYOID) -> [
        INT8OID, INT8OID, VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, NUMERICOID, INT4OID, TIMESTAMPOID, TIMESTAMPOID,
        BOOLOID, TEXTOID
    ] = "insight/slow_steps.sql";
    VisibleSlowSteps(INT8ARRAYOID) -> [
        INT8OID, INT8OID, VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, NUMERICOID, INT4OID, TIMESTAMPOID, TIMESTAMPOID,
        BOOLOID, TEXTOID
    ] = "insight/slow_steps.sql";
    StepDurations(TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
        VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID
    ] = "insight/step_durations.sql";
    VisibleStepDurations(TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
        VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID
    ] = "insight/step_durations.sql";
    StepTrends(TIMESTAMPOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
        VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, INT8OID, FLOAT8OID, FLOAT8OID,
        FLOAT8OID
    ] = "insight/step_trends.sql";
    TaskDurations(TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
        VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID
    ] = "insight/task_durations.sql";
    VisibleStepTrends(TIMESTAMPOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
        VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, INT8OID, FLOAT8OID, FLOAT8OID,
        FLOAT8OID
    ] = "insight/step_trends.sql";
    VisibleTaskDurations(TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
        VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID
    ] = "insight/task_durations.sql";
    Connections() -> [INT8OID, INT8OID, INT8OID] = "insight/connections.sql";
    LockConfig() -> [] = "config/lock.sql";
    ConfigVersion(INT8OID) -> [TEXTOID, TEXTOID, JSONBOID] = "config/version.sql";
    ConfigHistory(TEXTOID, TEXTOID) -> [
        INT8OID, TEXTOID, TEXTOID, JSONBOID, TIMESTAMPOID, TEXTOID
    ] = "config/history.sql";
    ConfigOfSection(TEXTOID) -> [TEXTOID, JSONBOID, INT8OID] = "config/of_section.sql";
    PutConfig(TEXTOID, TEXTOID, TEXTOID, INT8OID) -> [] = "config/put.sql";
    DropConfig(TEXTOID, TEXTOID) -> [] = "config/drop.sql";
    PutConfigVersion(TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, TEXTOID) -> [INT8OID] = "config/put_version.sql";
    LatestConfig() -> [INT8OID, XIDOID] = "config/latest.sql";
    AllConfig() -> [TEXTOID, TEXTOID, JSONBOID] = "config/all.sql";
    AddToFreeCounts(TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID) -> [] = "counts/add_to_free.sql";
    AddCounts(TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID) -> [] = "counts/add.sql";
    ReadCounts() -> [TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID] = "counts/read.sql";
    GatherCounts(TEXTOID) -> [TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID] = "counts/gather.sql";
    CountedSteps() -> [TEXTOID, BOOLOID, INT4OID, INT4OID, BOOLOID, BOOLOID, INT8OID] = "counts/counted_steps.sql";
    VisibleCountedSteps() -> [TEXTOID, BOOLOID, INT4OID, INT4OID, BOOLOID, BOOLOID, INT8OID] = "counts/counted_steps.sql";
    CountedTasks() -> [TEXTOID, BOOLOID, INT8OID] = "counts/counted_tasks.sql";
    VisibleCountedTasks() -> [TEXTOID, BOOLOID, INT8OID] = "counts/counted_tasks.sql";
    PutNewSteps(INT8OID, TEXTOID, TIMESTAMPOID) -> [INT8OID, TEXTOID] = "expand/put_steps.sql";
    PutNamespace(TEXTOID, TIMESTAMPOID) -> [] = "template/put_namespace.sql";
    PutSystems(TEXTOID, TIMESTAMPOID) -> [] = "template/put_systems.sql";
    PutNamedSteps(TEXTOID, TIMESTAMPOID) -> [] = "template/put_named_steps.sql";
    PutNamedTask(TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [INT4OID, BOOLOID] = "template/put_named_task.sql";
    PutTemplateSteps(INT4OID, TEXTOID, TIMESTAMPOID) -> [] = "template/put_template_steps.sql";
    DropTemplateSteps(INT4OID, TEXTOID) -> [] = "template/drop_template_steps.sql";
    TemplateVersions(TEXTOID, TEXTOID) -> [INT4OID, TEXTOID, BOOLOID] = "template/versions.sql";
    TemplateNames() -> [TEXTOID, TEXTOID] = "template/names.sql";
    StoredTemplate(INT4OID) -> [JSONBOID] = "template/stored.sql";
    NamedStepsOfTemplate(INT4OID) -> [TEXTOID, TEXTOID, INT4OID] = "template/named_steps.sql";
    CreateTasks(TEXTOID, JSONBARRAYOID, TIMESTAMPOID) -> [INT8OID, INT8OID, TEXTOID] = "create/put_tasks.sql";
    TasksOfIdentities(TEXTARRAYOID) -> [TEXTOID, INT8OID, INT4OID] = "create/tasks_of_identities.sql";
    SetPriorities(INT8ARRAYOID, INT4ARRAYOID) -> [] = "create/set_priorities.sql";
    SetParents(INT8ARRAYOID, INT8ARRAYOID) -> [] = "create/set_parents.sql";
    CreateSteps(TEXTOID, TEXTOID, TIMESTAMPOID) -> [INT8OID, INT8OID, INT4OID] = "create/put_steps.sql";
    CreateEdges(INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID) -> [] = "create/put_edges.sql";
    RulesOfSteps(INT8ARRAYOID) -> [INT8OID, JSONBOID, TIMESTAMPOID, INT8OID, TEXTOID, TIMESTAMPOID] = "rules/of_steps.sql";
    SkippedSteps(INT8ARRAYOID) -> [INT8OID] = "rules/skipped_steps.sql";
    RoleOfRule(INT8OID) -> [TEXTOID, TEXTOID] = "rules/role.sql";
    PutRules(INT8ARRAYOID, TEXTARRAYOID, TEXTOID, TEXTARRAYOID) -> [] = "rules/put.sql";
    MarkRuledSteps(INT8ARRAYOID) -> [] = "rules/mark_steps.sql";
    WakeSteps(INT8ARRAYOID) -> [] = "rules/wake_steps.sql";
    WakeChildren(INT8ARRAYOID) -> [] = "rules/wake_children.sql";
    WakeWaiters(INT8OID) -> [] = "rules/wake_waiters.sql";
    TakeDecisions(INT4OID, INT8OID) -> [INT8OID, INT8OID, XIDOID] = "rules/take_decisions.sql";
    TakeDecisionsOf(INT8ARRAYOID) -> [INT8OID, INT8OID, XIDOID] = "rules/take_decisions_of.sql";
    SeeDecisions() -> [INT8OID, INT8OID] = "rules/see_decisions.sql";
    DropDecisions(INT8ARRAYOID, INT8ARRAYOID) -> [] = "rules/drop_decisions.sql";
    RuledChildren(INT8ARRAYOID) -> [INT8OID] = "rules/children.sql";
    BeginWait(INT8OID, TIMESTAMPOID) -> [] = "rules/begin.sql";
    SetWaitedTask(INT8OID, INT8OID, BOOLOID) -> [] = "rules/set_waited_task.sql";
    Conditions(INT8OID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID) -> [INT8OID, BOOLOID] = "rules/conditions.sql";
    PutSignal(INT8OID, TEXTOID, JSONBOID, TIMESTAMPOID, TEXTOID) -> [] = "rules/put_signal.sql";
    SignalExists(INT8OID, TEXTOID) -> [BOOLOID] = "rules/signal_exists.sql";
    WaitingForSignal(INT8OID, TEXTOID) -> [INT8OID] = "rules/waiting_for_signal.sql";
    SignalResults(INT8OID) -> [TEXTOID, JSONBOID, TEXTOID, TEXTOID] = "rules/signal_results.sql";
    TaskResults(INT8OID, INT8ARRAYOID) -> [TEXTOID, TEXTOID, JSONBOID] = "rules/task_results.sql";
    InputsOfStep(INT8OID) -> [JSONBOID] = "rules/inputs.sql";
    DepthOfSubtask(INT8OID) -> [INT4OID] = "rules/depth_of_subtask.sql";
    WaitsForTask(INT8OID, INT8ARRAYOID) -> [INT8OID] = "rules/waits_for_task.sql";
    WaitsForItself(INT8OID) -> [BOOLOID] = "rules/waits_for_itself.sql";
    CreatedTasks(INT8ARRAYOID) -> [INT8OID] = "rules/created_tasks.sql";
    DeleteRule(INT8OID) -> [] = "rules/delete.sql";
    DeleteSignals(INT8OID) -> [] = "rules/delete_signals.sql";
    PutTrouble(TEXTOID, INT8OID, INT4OID, TIMESTAMPOID, TEXTOID, TEXTOID, TIMESTAMPOID, INT8OID) -> [] = "troubles/put.sql";
    EndTroubles(TEXTOID, INT8ARRAYOID) -> [] = "troubles/end.sql";
    TroubleOf(TEXTOID, INT8OID) -> [INT4OID, TIMESTAMPOID, TEXTOID, TEXTOID, TIMESTAMPOID] = "troubles/of.sql";
    TrimTroubles() -> [] = "troubles/trim.sql";
    PutOffTroubledLeases(INT8ARRAYOID, TIMESTAMPOID) -> [] = "troubles/put_off_leases.sql";
    DeleteOrphanedRules() -> [INT8OID] = "rebuild/delete_orphaned_rules.sql";
    DeleteOrphanedSignals() -> [INT8OID] = "rebuild/delete_orphaned_signals.sql";
    DeleteOrphanedDecisions() -> [INT8OID] = "rebuild/delete_orphaned_decisions.sql";
    PutAllDecisions() -> [INT8OID, INT8OID] = "rebuild/put_all_decisions.sql";
    Edges() -> [INT8OID, INT8OID, INT8OID, INT8OID, INT8OID] = "read/edges.sql";
    PutSteps(INT8ARRAYOID) -> [] = "sync/put_steps.sql";
    PutTasks(INT8ARRAYOID) -> [] = "sync/put_tasks.sql";
    FollowSteps(INT8ARRAYOID, TEXTOID, TIMESTAMPOID, FLOAT8ARRAYOID) -> STEP = "sync/follow_steps.sql";
    SetStepColumns(INT8OID) -> STEP = "sync/set_step_columns.sql";
    EnterStepState(INT8OID, TEXTOID, TIMESTAMPOID, JSONBOID) -> STEP = "sync/enter_step_state.sql";
    PreviousStepState(INT8OID, INT4OID) -> [TEXTOID] = "sync/previous_step_state.sql";
    PreviousTaskState(INT8OID, INT4OID) -> [TEXTOID] = "sync/previous_task_state.sql";
    PutOwnHints(INT8ARRAYOID, TIMESTAMPOID, INTERVALOID) -> [] = "queue/put_own_hints.sql";
    PutHints(INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPOID, INTERVALOID) -> [] = "queue/put_hints.sql";
    PutDecisions(INT8ARRAYOID, INT8ARRAYOID) -> [] = "rules/put_decisions.sql";
    ForgetHints(INT8ARRAYOID) -> [] = "queue/forget_hints.sql";
    ForgetSteps(INT8ARRAYOID) -> [] = "queue/forget_steps.sql";
    ForgetTask(INT8OID) -> [] = "queue/forget_task.sql";
    ForgetWaitingChildren(INT8ARRAYOID) -> [] = "queue/forget_waiting_children.sql";
    PutTimer(TEXTOID, INT8OID, TIMESTAMPOID) -> [] = "queue/put_timer.sql";
    PutStaleTimer(INT8OID, TIMESTAMPOID) -> [] = "queue/put_stale_timer.sql";
    EndLeases(INT8ARRAYOID) -> [] = "queue/end_leases.sql";
    CancelLeases(INT8ARRAYOID) -> [] = "queue/cancel_leases.sql";
    LeaveStepState(INT8OID) -> [] = "sync/leave_step_state.sql";
    SetStepState(INT8OID) -> [] = "sync/set_step_state.sql";
    SetStepParents(INT8ARRAYOID) -> [INT8OID, INT8OID, INT8ARRAYOID] = "sync/set_step_parents.sql";
    LockStep(INT8OID) -> [INT8OID] = "sync/lock_step.sql";
    LockSteps(INT8ARRAYOID) -> [INT8OID, INT8OID, INT8ARRAYOID] = "sync/lock_steps.sql";
    LockCurrentTransition(INT8OID) -> [INT8OID] = "sync/lock_current_transition.sql";
    NewSteps() -> [INT8OID] = "sync/new_steps.sql";
    NewEdges() -> [INT8OID, INT8OID, BOOLOID] = "sync/new_edges.sql";
    OldEdges() -> [INT8OID, INT8OID, BOOLOID] = "sync/old_edges.sql";
    ChangedEdges() -> [INT8OID, INT8OID, BOOLOID] = "sync/changed_edges.sql";
    LockGraphs(INT8ARRAYOID) -> [] = "guard/lock_graphs.sql";
    EdgesFromSteps(INT8ARRAYOID) -> [INT8OID, INT8OID] = "guard/edges_from_steps.sql";
    ParentsInTasks(INT8ARRAYOID) -> [INT8OID, INT8ARRAYOID] = "guard/parents_in_tasks.sql";
    DeleteStep(INT8OID) -> [] = "sync/delete_step.sql";
    DeleteTask(INT8OID) -> [] = "sync/delete_task.sql";
    TruncateSteps() -> [] = "sync/truncate_steps.sql";
    TruncateTasks() -> [] = "sync/truncate_tasks.sql";
    ForgetStepStates() -> [] = "sync/forget_step_states.sql";
    ForgetStepParents() -> [INT8OID] = "sync/forget_step_parents.sql";
    ForgetTaskStates() -> [] = "sync/forget_task_states.sql";
    AnalyzeTasks() -> [] = "rebuild/analyze_tasks.sql";
    AnalyzeSteps() -> [] = "rebuild/analyze_steps.sql";
    AnalyzeHints() -> [] = "rebuild/analyze_hints.sql";
    AnalyzeDecisions() -> [] = "rebuild/analyze_decisions.sql";
    AnalyzeAttempted() -> [] = "rebuild/analyze_attempted.sql";
    AnalyzeTimers() -> [] = "rebuild/analyze_timers.sql";
    Troubles(INT4OID) -> [TEXTOID, INT8OID, INT4OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID] = "rebuild/troubles.sql";
    LockedStepRows() -> [INT8OID, XIDOID] = "rebuild/locked_step_rows.sql";
    WaitCycles(INT4OID) -> [INT8OID, INT8OID, INT8OID] = "rebuild/wait_cycles.sql";
    UnknownStates() -> [TEXTOID, TEXTOID, INT8OID, INT8OID] = "rebuild/unknown_states.sql";
    SeveralCurrentTransitions() -> [TEXTOID, INT8OID, INT8OID, INT8OID] = "rebuild/several_current_transitions.sql";
    DriftOfSteps() -> [INT8OID, TEXTOID] = "rebuild/drift_of_steps.sql";
    DriftOfTasks() -> [INT8OID, TEXTOID] = "rebuild/drift_of_tasks.sql";
    PutAllSteps() -> [INT8OID, INT8OID] = "rebuild/put_all_steps.sql";
    PutAllTasks() -> [INT8OID, INT8OID] = "rebuild/put_all_tasks.sql";
    DeleteOrphanedSteps() -> [INT8OID] = "rebuild/delete_orphaned_steps.sql";
    PutAllHints(INTERVALOID) -> [INT8OID, INT8OID] = "rebuild/put_all_hints.sql";
    UnqueuedSteps() -> STEP = "rebuild/unqueued_steps.sql";
    DeleteOrphanedHints() -> [INT8OID] = "rebuild/delete_orphaned_hints.sql";
    PutAllTimers() -> [INT8OID, INT8OID] = "rebuild/put_all_timers.sql";
    DeleteOrphanedTimers() -> [INT8OID] = "rebuild/delete_orphaned_timers.sql";
    DeleteOrphanedTasks() -> [INT8OID] = "rebuild/delete_orphaned_tasks.sql";
    PutTestNamespace(TEXTOID, TIMESTAMPOID) -> [] = "testkit/put_namespace.sql";
    PutTestSystem(TIMESTAMPOID) -> [] = "testkit/put_system.sql";
    PutTestNamedTasks(TEXTARRAYOID, TEXTOID, TIMESTAMPOID) -> [] = "testkit/put_named_tasks.sql";
    TestNamedTasks(TEXTARRAYOID, TEXTOID) -> [TEXTOID, INT4OID] = "testkit/named_tasks.sql";
    PutTestNamedSteps(TEXTARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_named_steps.sql";
    TestNamedSteps(TEXTARRAYOID) -> [TEXTOID, INT4OID] = "testkit/named_steps.sql";
    PutTestTemplateSteps(INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_template_steps.sql";
    PutTestTasks(INT4ARRAYOID, TEXTARRAYOID, TIMESTAMPOID) -> [INT8OID] = "testkit/put_tasks.sql";
    PutTestSteps(INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPOID) -> [INT8OID] = "testkit/put_steps.sql";
    PutTestEdges(INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_edges.sql";
    IsAlone(INT8OID) -> [BOOLOID, TEXTOID] = "testkit/is_alone.sql";
    SetReplicationRole(TEXTOID) -> [TEXTOID] = "testkit/set_replication_role.sql";
    BulkTables(INT8OID) -> [INT8OID, INT8OID, BOOLOID] = "testkit/bulk_tables.sql";
    LeaveTestIndexes(INT8ARRAYOID) -> [] = "testkit/leave_indexes.sql";
    SequenceOfColumn(INT8OID, TEXTOID, TEXTOID) -> [INT8OID, INT8OID] = "testkit/sequence.sql";
    BuildTestIndexes() -> [] = "testkit/build_indexes.sql";
    PutTestSideTasks(INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_side_tasks.sql";
    PutTestSideSteps(INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_side_steps.sql";
    PutTestHints(INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_hints.sql";
    SetTestStep(INT8OID, INT4OID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, BOOLOID, JSONBOID, INT4OID) -> [] = "testkit/set_step.sql";
    ForgetStepHistory(INT8OID) -> [] = "testkit/forget_step_history.sql";
    PutStepHistory(INT8OID, TEXTARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_step_history.sql";
    SetTestTask(INT8OID, BOOLOID, TIMESTAMPOID, TIMESTAMPOID) -> [] = "testkit/set_task.sql";
    ForgetTaskHistory(INT8OID) -> [] = "testkit/forget_task_history.sql";
    PutTaskHistory(INT8OID, TEXTARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_task_history.sql";
}
