//! The only place that executes SQL: kept plans, run through SPI, read row by row.
//!
//! Plans are kept per installation and backend. They are prepared once and run some four times as fast as a
//! statement from its text. Reads run with `read_only = true`: they see exactly the caller's snapshot, not the
//! work of the command that called them, and take no transaction id.

use super::installation::{self, Installation};
use crate::core::error::TaskerError;
use crate::core::time::{Duration, Timestamp};
use pgrx::pg_sys::{self, Datum, Oid};
use std::cell::RefCell;
use std::collections::HashMap;

macro_rules! statements {
    ($($name:ident($($argument:ident),*) -> [$($column:ident),*] = $file:literal;)+) => {
        /// A statement of `sql/queries`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Statement {
            $($name),+
        }

        impl Statement {
            fn template(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../sql/queries/", $file))),+
                }
            }

            fn argument_types(self) -> &'static [Oid] {
                match self {
                    $(Self::$name => &[$(pg_sys::$argument),*]),+
                }
            }

            /// The types of the columns that it returns.
            fn column_types(self) -> &'static [Oid] {
                match self {
                    $(Self::$name => &[$(pg_sys::$column),*]),+
                }
            }
        }
    };
}

#[rustfmt::skip]
statements! {
    StepsOfTask(INT8OID) -> [
        INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT4OID, INT4OID, INT4OID, INT4OID,
        BOOLOID, BOOLOID, BOOLOID, BOOLOID, TEXTOID, INT8ARRAYOID
    ] = "read/steps_of_task.sql";
    StepsOfTasks(INT8ARRAYOID) -> [
        INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT4OID, INT4OID, INT4OID, INT4OID,
        BOOLOID, BOOLOID, BOOLOID, BOOLOID, TEXTOID, INT8ARRAYOID
    ] = "read/steps_of_tasks.sql";
    StepsById(INT8ARRAYOID) -> [
        INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT4OID, INT4OID, INT4OID, INT4OID,
        BOOLOID, BOOLOID, BOOLOID, BOOLOID, TEXTOID, INT8ARRAYOID
    ] = "read/steps.sql";
    ChildrenOfStep(INT8OID) -> [INT8OID] = "read/children_of_step.sql";
    Tasks(INT8ARRAYOID) -> [INT8OID, INT4OID, INT4OID, TEXTOID, BOOLOID] = "read/tasks.sql";
    StatesOfSteps(INT8ARRAYOID) -> [INT8OID, TEXTOID, TIMESTAMPOID] = "read/states_of_steps.sql";
    TaskOfStep(INT8OID) -> [INT8OID] = "read/task_of_step.sql";
    NamesOfSteps(INT4ARRAYOID) -> [INT4OID, TEXTOID] = "read/names_of_steps.sql";
    VisibleSteps(INT8ARRAYOID) -> [INT8OID] = "read/visible_steps.sql";
    VisibleTasks(INT8ARRAYOID) -> [INT8OID] = "read/visible_tasks.sql";
    LockStepRow(INT8OID) -> [INT8OID] = "write/lock_step_row.sql";
    LockStepRows(INT8ARRAYOID) -> [INT8OID] = "write/lock_step_rows.sql";
    LockCurrentTransitions(INT8ARRAYOID) -> [INT8OID] = "write/lock_current_transitions.sql";
    LockFreeStepRows(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_step_rows.sql";
    LockFreeCurrentTransitions(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_current_transitions.sql";
    LockFacts(INT8ARRAYOID) -> [
        INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT4OID, INT4OID, INT4OID, INT4OID,
        BOOLOID, BOOLOID, BOOLOID, BOOLOID, TEXTOID, INT8ARRAYOID
    ] = "write/lock_facts.sql";
    LockFreeSteps(INT8ARRAYOID) -> [
        INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT4OID, INT4OID, INT4OID, INT4OID,
        BOOLOID, BOOLOID, BOOLOID, BOOLOID, TEXTOID, INT8ARRAYOID
    ] = "write/lock_free_steps.sql";
    LeaveStepStates(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/leave_step_states.sql";
    EnterStepStates(INT8ARRAYOID, TEXTARRAYOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [
        INT8OID, INT8OID, INT4OID
    ] = "write/enter_step_states.sql";
    LockTask(INT8OID) -> [INT8OID] = "write/lock_task.sql";
    LockFreeTasks(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_tasks.sql";
    LockFreeTaskTransitions(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_task_transitions.sql";
    LeaveTaskState(INT8OID, TIMESTAMPOID) -> [] = "write/leave_task_state.sql";
    EnterTaskState(INT8OID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID) -> [INT8OID, INT4OID] = "write/enter_task_state.sql";
    SetTaskComplete(INT8OID, TIMESTAMPOID) -> [] = "write/set_task_complete.sql";
    HoldSteps(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/hold_steps.sql";
    LetGoStep(INT8OID, TIMESTAMPOID) -> [] = "write/let_go_step.sql";
    CompleteStep(INT8OID, BOOLOID, JSONBOID, INT4OID, TIMESTAMPOID) -> [] = "write/complete_step.sql";
    FailStep(INT8OID, TEXTOID, INT4OID, TIMESTAMPOID, INT4OID, BOOLOID) -> [] = "write/fail_step.sql";
    LetGoSteps(INT8ARRAYOID, TIMESTAMPOID) -> [] = "write/let_go_steps.sql";
    ResolveStep(INT8OID, BOOLOID, JSONBOID, TIMESTAMPOID) -> [] = "write/resolve_step.sql";
    RetryStep(INT8OID, TIMESTAMPOID) -> [] = "write/retry_step.sql";
    ResetStep(INT8OID, BOOLOID, TIMESTAMPOID) -> [] = "write/reset_step.sql";
    LastFailure(INT8OID) -> [JSONBOID] = "write/last_failure.sql";
    SetRetryLimit(INT8OID, INT4OID, TIMESTAMPOID) -> [] = "write/set_retry_limit.sql";
    SetTaskPause(INT8OID, TIMESTAMPOID) -> [] = "write/set_task_pause.sql";
    SetTaskPriority(INT8OID, INT4OID) -> [] = "write/set_task_priority.sql";
    RankHints(INT8OID, INTERVALOID) -> [] = "queue/rank_hints.sql";
    RankParked(INT8OID, INTERVALOID) -> [] = "queue/rank_parked.sql";
    StepHistory(INT8OID) -> [
        INT8OID, INT4OID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID, BOOLOID, JSONBOID
    ] = "read/step_history.sql";
    TaskHistory(INT8OID) -> [
        INT8OID, INT4OID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID, BOOLOID, JSONBOID
    ] = "read/task_history.sql";
    ClaimedSteps(INT8ARRAYOID) -> [
        INT8OID, TEXTOID, TEXTOID, JSONBOID, JSONBOID, JSONBOID
    ] = "write/claimed_steps.sql";
    ExecutionEnded(INT8OID, UUIDOID) -> [TEXTOID, JSONBOID] = "write/execution_ended.sql";
    Lease(INT8OID) -> [UUIDOID, TEXTOID, INT4OID, TIMESTAMPOID, TIMESTAMPOID, TEXTOID] = "queue/lease.sql";
    LockLeases(INT8ARRAYOID) -> [INT8OID, TIMESTAMPOID, UUIDOID, TEXTOID] = "queue/lock_leases.sql";
    LeasedSteps(INT8ARRAYOID) -> [INT8OID] = "queue/leased_steps.sql";
    LockFreeTaskFacts(INT8ARRAYOID) -> [INT8OID] = "write/lock_free_task_facts.sql";
    LockTaskFacts(INT8OID) -> [INT8OID] = "write/lock_task_facts.sql";
    LockTaskTransition(INT8OID) -> [INT8OID] = "write/lock_task_transition.sql";
    PutLeases(INT8ARRAYOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID) -> [INT8OID, UUIDOID] = "queue/put_leases.sql";
    PutTimers(INT8ARRAYOID, TIMESTAMPOID) -> [] = "queue/put_timers.sql";
    TakeDueTimers(TIMESTAMPOID, INT4OID) -> [TEXTOID, INT8OID] = "queue/take_due_timers.sql";
    TakeHints(INT4OID, TIMESTAMPOID, INT8ARRAYOID) -> [INT8OID, INT8OID, TIMESTAMPOID, XIDOID] = "queue/take_hints.sql";
    TakeHintsOfSteps(INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID) -> [
        INT8OID, INT8OID, TIMESTAMPOID, XIDOID
    ] = "queue/take_hints_of_steps.sql";
    TakeHintsOfTasks(INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID) -> [
        INT8OID, INT8OID, TIMESTAMPOID, XIDOID
    ] = "queue/take_hints_of_tasks.sql";
    DropHints(INT8ARRAYOID, INT8ARRAYOID) -> [] = "queue/drop_hints.sql";
    NamedSteps(TEXTARRAYOID, TEXTOID) -> [INT4OID] = "queue/named_steps.sql";
    NamedTasks(TEXTOID, TEXTOID) -> [INT4OID] = "queue/named_tasks.sql";
    AnyLimit() -> [BOOLOID] = "limits/any_limit.sql";
    BucketsOfSteps(INT8ARRAYOID) -> [INT8OID, TEXTOID, INT4OID, INT4OID, INTERVALOID, BOOLOID] = "limits/buckets_of_steps.sql";
    LockBuckets(TEXTARRAYOID, INT4OID) -> [TEXTOID] = "limits/lock_buckets.sql";
    Buckets(TEXTARRAYOID) -> [TEXTOID, INT8OID, FLOAT8OID, TIMESTAMPOID] = "limits/buckets.sql";
    PutBucket(TEXTOID, FLOAT8OID, TIMESTAMPOID) -> [] = "limits/put_bucket.sql";
    PutHolds(TEXTARRAYOID, INT8ARRAYOID) -> [] = "limits/put_holds.sql";
    EndHolds(INT8OID) -> [TEXTOID] = "limits/end_holds.sql";
    ParkHints(TEXTARRAYOID, INT8ARRAYOID) -> [] = "limits/park_hints.sql";
    UnparkHints(TEXTOID, INT4OID) -> [] = "limits/unpark_hints.sql";
    UnparkScope(TEXTOID, TEXTOID) -> [] = "limits/unpark_scope.sql";
    ParkedIn(TEXTOID) -> [BOOLOID] = "limits/parked_in.sql";
    LookAtBucket(TEXTOID, TIMESTAMPOID) -> [] = "limits/look_at_bucket.sql";
    SetLimit(TEXTOID, TEXTOID, INT4OID, INT4OID, INTERVALOID) -> [] = "limits/set_limit.sql";
    SetPause(TEXTOID, TEXTOID, TIMESTAMPOID, TEXTOID) -> [] = "limits/set_pause.sql";
    DropEmptyLimits() -> [] = "limits/drop_empty_limits.sql";
    Limits() -> [
        TEXTOID, TEXTOID, INT4OID, INT4OID, INTERVALOID, TIMESTAMPOID, TEXTOID, INT8OID, INT8OID
    ] = "limits/limits.sql";
    TrimLeases(TIMESTAMPOID) -> [] = "queue/trim_leases.sql";
    Heartbeat(UUIDARRAYOID, TIMESTAMPOID, INTERVALOID, JSONBOID) -> [] = "queue/heartbeat.sql";
    LeasesOfTokens(UUIDARRAYOID) -> [UUIDOID, INT8OID, TEXTOID, TIMESTAMPOID] = "queue/leases_of_tokens.sql";
    Edges() -> [INT8OID, INT8OID, INT8OID, INT8OID, INT8OID] = "read/edges.sql";
    PutSteps(INT8ARRAYOID) -> [] = "sync/put_steps.sql";
    PutTasks(INT8ARRAYOID) -> [] = "sync/put_tasks.sql";
    SetStepColumns(INT8OID) -> [TEXTOID, BOOLOID] = "sync/set_step_columns.sql";
    EnterStepState(INT8OID, TEXTOID, TIMESTAMPOID) -> [
        INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT4OID, INT4OID, INT4OID, INT4OID,
        BOOLOID, BOOLOID, BOOLOID, BOOLOID, TEXTOID, INT8ARRAYOID
    ] = "sync/enter_step_state.sql";
    ParentsOfNewEdges() -> [INT8OID] = "sync/parents_of_new_edges.sql";
    PreviousStepState(INT8OID, INT4OID) -> [TEXTOID] = "sync/previous_step_state.sql";
    PreviousTaskState(INT8OID, INT4OID) -> [TEXTOID] = "sync/previous_task_state.sql";
    PutOwnHints(INT8ARRAYOID, TIMESTAMPOID, INTERVALOID) -> [] = "queue/put_own_hints.sql";
    PutChildHints(INT8OID, TIMESTAMPOID, INTERVALOID) -> [] = "queue/put_child_hints.sql";
    ForgetStep(INT8OID) -> [] = "queue/forget_step.sql";
    ForgetWaitingChildren(INT8ARRAYOID) -> [] = "queue/forget_waiting_children.sql";
    PutTimer(TEXTOID, INT8OID, TIMESTAMPOID) -> [] = "queue/put_timer.sql";
    PutStaleTimer(INT8OID, TIMESTAMPOID) -> [] = "queue/put_stale_timer.sql";
    EndLease(INT8OID) -> [] = "queue/end_lease.sql";
    CancelLease(INT8OID) -> [] = "queue/cancel_lease.sql";
    LeaveStepState(INT8OID) -> [] = "sync/leave_step_state.sql";
    SetStepState(INT8OID) -> [] = "sync/set_step_state.sql";
    SetStepParents(INT8ARRAYOID) -> [] = "sync/set_step_parents.sql";
    LockStep(INT8OID) -> [INT8OID] = "sync/lock_step.sql";
    LockSteps(INT8ARRAYOID) -> [INT8OID] = "sync/lock_steps.sql";
    LockCurrentTransition(INT8OID) -> [INT8OID] = "sync/lock_current_transition.sql";
    NewSteps() -> [INT8OID] = "sync/new_steps.sql";
    ChildrenOfNewEdges() -> [INT8OID] = "sync/children_of_new_edges.sql";
    ChildrenOfOldEdges() -> [INT8OID] = "sync/children_of_old_edges.sql";
    ChildrenOfChangedEdges() -> [INT8OID] = "sync/children_of_changed_edges.sql";
    DeleteStep(INT8OID) -> [] = "sync/delete_step.sql";
    DeleteTask(INT8OID) -> [] = "sync/delete_task.sql";
    TruncateSteps() -> [] = "sync/truncate_steps.sql";
    TruncateTasks() -> [] = "sync/truncate_tasks.sql";
    ForgetStepStates() -> [] = "sync/forget_step_states.sql";
    ForgetStepParents() -> [] = "sync/forget_step_parents.sql";
    ForgetTaskStates() -> [] = "sync/forget_task_states.sql";
    DriftOfSteps() -> [INT8OID, TEXTOID] = "rebuild/drift_of_steps.sql";
    DriftOfTasks() -> [INT8OID, TEXTOID] = "rebuild/drift_of_tasks.sql";
    PutAllSteps() -> [INT8OID, INT8OID] = "rebuild/put_all_steps.sql";
    PutAllTasks() -> [INT8OID, INT8OID] = "rebuild/put_all_tasks.sql";
    DeleteOrphanedSteps() -> [INT8OID] = "rebuild/delete_orphaned_steps.sql";
    PutAllHints(INTERVALOID) -> [INT8OID, INT8OID] = "rebuild/put_all_hints.sql";
    DeleteOrphanedHints() -> [INT8OID] = "rebuild/delete_orphaned_hints.sql";
    PutAllTimers() -> [INT8OID, INT8OID] = "rebuild/put_all_timers.sql";
    DeleteOrphanedTimers() -> [INT8OID] = "rebuild/delete_orphaned_timers.sql";
    DeleteOrphanedTasks() -> [INT8OID] = "rebuild/delete_orphaned_tasks.sql";
}

impl Statement {
    /// Whether the statement looks rows up by id, as all do but those that go through whole tables. (These would
    /// only be planned as if they cost a fortune, and compiled just in time for it.)
    fn looks_up(self) -> bool {
        !matches!(
            self,
            Self::Edges
                | Self::DriftOfSteps
                | Self::DriftOfTasks
                | Self::PutAllSteps
                | Self::PutAllTasks
                | Self::DeleteOrphanedSteps
                | Self::DeleteOrphanedTasks
                | Self::PutAllHints
                | Self::DeleteOrphanedHints
                | Self::PutAllTimers
                | Self::DeleteOrphanedTimers
                | Self::TruncateSteps
                | Self::TruncateTasks
                | Self::ForgetStepStates
                | Self::ForgetStepParents
                | Self::ForgetTaskStates
        )
    }

    /// The statement for one installation, without its comments, which would stand in the CONTEXT of errors.
    /// The facts come first: they name the installation too.
    fn text(self, schema: &str) -> String {
        let text = (self.template())
            .replace("@step_facts@", include_str!("../../sql/queries/step_facts.sql"))
            .replace("@task_facts@", include_str!("../../sql/queries/task_facts.sql"))
            .replace("@installation@", &installation::quoted(schema));
        without_comments(&text)
    }
}

fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n")
}

struct KeptPlan {
    /// The name that the schema had; plans of a renamed schema would go by the old one.
    schema: String,
    plan: pg_sys::SPIPlanPtr,
}

thread_local! {
    /// Plans are never freed at exit: the backend's memory goes with it.
    static PLANS: RefCell<HashMap<(Oid, Statement), KeptPlan>> = RefCell::new(HashMap::new());
}

/// What [`Session::read`] sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshot {
    /// What the statement that called us sees, and nothing that it does itself.
    Callers,
    /// What is committed by now (at READ COMMITTED), and all that this transaction has done: for those who write.
    Fresh,
}

/// An open SPI connection to one installation.
pub struct Session {
    schema: Oid,
    schema_name: String,
    snapshot: Snapshot,
}

/// Opens SPI for the length of `work`. When PostgreSQL raises an error, ending the (sub)transaction closes it.
pub fn connected<R>(installation: Installation, snapshot: Snapshot, work: impl FnOnce(&Session) -> R) -> R {
    // SAFETY: every connect has its finish, or an error that ends the transaction; 0 flags: atomic context.
    unsafe { pg_sys::SPI_connect() };
    let schema = installation.schema;
    let result = work(&Session { schema, schema_name: installation::schema_name(schema), snapshot });
    // SAFETY: closes what was opened above.
    unsafe { pg_sys::SPI_finish() };
    result
}

impl Session {
    /// Reads in the snapshot of the session, handing each row to `each`.
    pub fn read(
        &self,
        statement: Statement,
        arguments: &[Datum],
        each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        self.execute(statement, arguments, None, self.snapshot == Snapshot::Callers);
        self.for_each_row(statement, each)
    }

    /// Runs a statement in a new snapshot that sees all that is committed (at READ COMMITTED) and all that
    /// this transaction has done; returns how many rows it touched.
    pub fn write(&self, statement: Statement, arguments: &[Datum]) -> u64 {
        self.execute(statement, arguments, None, false)
    }

    /// As [`Self::write_returning`] with arguments that may be NULL.
    pub fn write_optional(
        &self,
        statement: Statement,
        arguments: &[Option<Datum>],
        mut each: impl FnMut(&Row),
    ) -> Result<(), TaskerError> {
        let values: Vec<Datum> = arguments.iter().map(|value| value.unwrap_or(Datum::from(0))).collect();
        let nulls: Vec<std::ffi::c_char> =
            arguments.iter().map(|value| if value.is_none() { NULL } else { NOT_NULL }).collect();
        self.execute(statement, &values, Some(&nulls), false);
        self.for_each_row(statement, |row| {
            each(row);
            Ok(())
        })
    }

    /// As [`Self::write`], handing each row that comes back to `each`.
    pub fn write_returning(
        &self,
        statement: Statement,
        arguments: &[Datum],
        mut each: impl FnMut(&Row),
    ) -> Result<(), TaskerError> {
        self.execute(statement, arguments, None, false);
        self.for_each_row(statement, |row| {
            each(row);
            Ok(())
        })
    }

    /// Goes through the result of the statement just run. Its columns must have the types that [`Row`] reads:
    /// whoever owns a schema can put tables of any shape there under our names.
    fn for_each_row(
        &self,
        statement: Statement,
        mut each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        // SAFETY: SPI_tuptable is the result of the statement just run, or NULL if it has none; its first
        // `numvals` tuples are of the table's descriptor, which has `natts` columns.
        unsafe {
            let table = pg_sys::SPI_tuptable;
            if table.is_null() {
                return Ok(());
            }
            let descriptor = (*table).tupdesc;
            let columns = (*descriptor).natts as usize;
            let types = (0..columns).map(|column| pg_sys::SPI_gettypeid(descriptor, column as i32 + 1));
            if !types.eq(statement.column_types().iter().copied()) {
                return Err(TaskerError::TablesAltered { schema: self.schema_name.clone() });
            }
            let mut values = vec![Datum::from(0); columns];
            let mut nulls = vec![false; columns];
            let tuples = std::slice::from_raw_parts((*table).vals, (*table).numvals as usize);
            for tuple in tuples {
                pg_sys::heap_deform_tuple(*tuple, descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
                each(&Row { values: &values, nulls: &nulls })?;
            }
            pg_sys::SPI_freetuptable(table);
            Ok(())
        }
    }

    fn execute(
        &self,
        statement: Statement,
        arguments: &[Datum],
        nulls: Option<&[std::ffi::c_char]>,
        read_only: bool,
    ) -> u64 {
        debug_assert_eq!(arguments.len(), statement.argument_types().len());
        let plan = self.plan(statement);
        let _planning = statement.looks_up().then(IndexesOnly::begin);
        let nulls = nulls.map_or(std::ptr::null(), <[_]>::as_ptr);
        // SAFETY: the plan is kept and takes as many arguments of these types; `nulls` has a mark for each of them,
        // or there is none that is NULL. SPI copies them. A negative result would mean a plan without SQL, which no file of ours is; PostgreSQL's own errors
        // leave by themselves.
        unsafe {
            pg_sys::SPI_execute_plan(plan, arguments.as_ptr().cast_mut(), nulls, read_only, 0);
            pg_sys::SPI_processed
        }
    }

    /// The plan of a statement, prepared if this backend has not used it yet. The cache is not borrowed while
    /// SQL runs: a trigger may come back here.
    fn plan(&self, statement: Statement) -> pg_sys::SPIPlanPtr {
        let key = (self.schema, statement);
        let known = PLANS.with_borrow(|plans| {
            plans.get(&key).filter(|kept| kept.schema == self.schema_name).map(|kept| kept.plan)
        });
        known.unwrap_or_else(|| {
            let plan = prepare(&statement.text(&self.schema_name), statement.argument_types());
            let kept = KeptPlan { schema: self.schema_name.clone(), plan };
            PLANS.with_borrow_mut(|plans| plans.insert(key, kept));
            plan
        })
    }
}

/// Runs a statement outside any installation, without keeping its plan, and returns the columns as text; empty for
/// NULL. For what is done once in a while.
pub fn text_rows(statement: &str) -> Vec<Vec<String>> {
    let statement = std::ffi::CString::new(without_comments(statement)).unwrap_or_default();
    let mut rows = Vec::new();
    // SAFETY: as in `connected` and `for_each_row`; SPI_getvalue returns NULL or a C string in the memory of the
    // connection, which is copied before that is closed.
    unsafe {
        pg_sys::SPI_connect();
        pg_sys::SPI_execute(statement.as_ptr(), false, 0);
        if let Some(table) = pg_sys::SPI_tuptable.as_ref() {
            for tuple in std::slice::from_raw_parts(table.vals, table.numvals as usize) {
                let value = |column| {
                    let value = pg_sys::SPI_getvalue(*tuple, table.tupdesc, column);
                    let text = (!value.is_null()).then(|| std::ffi::CStr::from_ptr(value).to_string_lossy());
                    text.unwrap_or_default().into_owned()
                };
                rows.push((1..=(*table.tupdesc).natts).map(value).collect());
            }
        }
        pg_sys::SPI_finish();
    }
    rows
}

/// Prepares and keeps a plan. It is always the generic one: no statement of ours is better off planned anew
/// for its arguments, and five such plannings would come first.
fn prepare(text: &str, argument_types: &[Oid]) -> pg_sys::SPIPlanPtr {
    let text = std::ffi::CString::new(text).unwrap_or_default();
    // SAFETY: SPI is connected, the text is a C string and the types are an array of the length given; both
    // are copied. SPI_keepplan moves the plan out of the connection's memory.
    unsafe {
        let plan = pg_sys::SPI_prepare_cursor(
            text.as_ptr(),
            argument_types.len() as i32,
            argument_types.as_ptr().cast_mut(),
            pg_sys::CURSOR_OPT_GENERIC_PLAN as i32,
        );
        pg_sys::SPI_keepplan(plan);
        plan
    }
}

/// While it lives, plans are made with index scans alone.
///
/// A plan made for an empty table scans it from end to end, and is kept while the table grows: until the next
/// ANALYZE, each look-up would cost as much as the table is long. Bitmaps cost three times the time of an index
/// scan to begin and end, for rows that mostly share a page. The planner reads these variables whenever it plans,
/// which may be at any execution; setting them through the settings' machinery would cost 0.6 µs a call.
struct IndexesOnly {
    seqscan: bool,
    bitmapscan: bool,
}

impl IndexesOnly {
    fn begin() -> Self {
        // SAFETY: backend-local variables, put back on drop, which an error's unwinding passes as well.
        unsafe {
            let before = Self { seqscan: pg_sys::enable_seqscan, bitmapscan: pg_sys::enable_bitmapscan };
            pg_sys::enable_seqscan = false;
            pg_sys::enable_bitmapscan = false;
            before
        }
    }
}

impl Drop for IndexesOnly {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe {
            pg_sys::enable_seqscan = self.seqscan;
            pg_sys::enable_bitmapscan = self.bitmapscan;
        }
    }
}

/// SPI's marks for arguments.
const NULL: std::ffi::c_char = b'n' as std::ffi::c_char;
const NOT_NULL: std::ffi::c_char = b' ' as std::ffi::c_char;

/// One row of a result, as long as its statement's result lives.
pub struct Row<'a> {
    values: &'a [Datum],
    nulls: &'a [bool],
}

impl Row<'_> {
    /// Any column; what it points to lives as long as the result of the statement.
    pub fn value(&self, column: usize) -> Option<Datum> {
        (!*self.nulls.get(column)?).then(|| self.values[column])
    }

    /// Whether a column of type `xid` names a part of this transaction.
    pub fn is_own_transaction(&self, column: usize) -> bool {
        self.value(column).is_some_and(|datum| {
            // SAFETY: looks into backend-local state.
            unsafe { pg_sys::TransactionIdIsCurrentTransactionId((datum.value() as u32).into()) }
        })
    }

    /// `bigint`
    pub fn i64(&self, column: usize) -> i64 {
        self.value(column).map_or(0, |datum| datum.value() as i64)
    }

    /// `integer`
    pub fn i32(&self, column: usize) -> i32 {
        self.optional_i32(column).unwrap_or(0)
    }

    /// `integer`, or NULL
    pub fn optional_i32(&self, column: usize) -> Option<i32> {
        self.value(column).map(|datum| datum.value() as i32)
    }

    /// `timestamp`, or NULL
    pub fn optional_timestamp(&self, column: usize) -> Option<Timestamp> {
        self.value(column).map(|datum| Timestamp::from_postgres(datum.value() as i64))
    }

    /// `double precision`
    pub fn f64(&self, column: usize) -> f64 {
        self.value(column).map_or(0.0, |datum| f64::from_bits(datum.value() as u64))
    }

    /// `boolean`
    pub fn bool(&self, column: usize) -> bool {
        self.value(column).is_some_and(|datum| datum.value() != 0)
    }

    /// `text` or `varchar`, lent to `read`
    pub fn text<R>(&self, column: usize, read: impl FnOnce(&str) -> R) -> R {
        let Some(datum) = self.value(column) else { return read("") };
        // SAFETY: the datum is a varlena of the current row; if it had to be detoasted, the copy lives in the
        // memory of the SPI connection.
        unsafe {
            let varlena = pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr());
            read(pgrx::text_to_rust_str(varlena).unwrap_or_default())
        }
    }

    /// `bigint[]` without NULLs, lent element by element
    pub fn i64_array<R>(&self, column: usize, read: impl FnOnce(&[i64]) -> R) -> R {
        let Some(datum) = self.value(column) else { return read(&[]) };
        // SAFETY: behind the header of an array of one dimension stand its length and its lower bound and, as
        // there is no null bitmap, at once its elements (array.h); an array of no dimension has none. The copy
        // that detoasting makes is aligned, and lives as in `text`.
        unsafe {
            let array: *mut pg_sys::ArrayType = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast();
            if (*array).ndim != 1 || (*array).dataoffset != 0 {
                return read(&[]);
            }
            let dimensions = array.add(1).cast::<i32>();
            let data = dimensions.add(2).cast::<i64>();
            let length = usize::try_from(*dimensions).unwrap_or(0);
            read(std::slice::from_raw_parts(data, length))
        }
    }
}

/// A `bigint` argument.
pub fn bigint(value: i64) -> Datum {
    Datum::from(value)
}

/// A `timestamp` argument.
pub fn timestamp(time: Timestamp) -> Datum {
    Datum::from(time.to_postgres())
}

/// An `interval` argument, allocated in the memory of the SPI connection.
pub fn interval(length: Duration) -> Datum {
    // SAFETY: palloc gives so many bytes, aligned for any type, or raises an error.
    unsafe {
        let interval: *mut pg_sys::Interval = pg_sys::palloc(size_of::<pg_sys::Interval>()).cast();
        interval.write(pg_sys::Interval { time: length.to_microseconds(), day: 0, month: 0 });
        Datum::from(interval)
    }
}

/// A `double precision` argument.
pub fn float8(value: f64) -> Datum {
    Datum::from(value.to_bits())
}

/// The length of an `interval` value, a month being 30 days and a day 24 hours.
pub fn interval_of(datum: Datum) -> Duration {
    // SAFETY: as the caller promises by the type that he has checked; an interval is passed by reference.
    let interval = unsafe { *datum.cast_mut_ptr::<pg_sys::Interval>() };
    let days = i64::from(interval.month) * 30 + i64::from(interval.day);
    Duration::microseconds(days.saturating_mul(86_400_000_000).saturating_add(interval.time))
}

/// The text in a `text` or `varchar` value.
pub fn text_of(datum: Datum) -> String {
    // SAFETY: as the caller promises by the type that he has checked; a detoasted copy lives in the current memory.
    unsafe {
        let varlena = pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr());
        pgrx::text_to_rust_str(varlena).unwrap_or_default().to_owned()
    }
}

/// The document in a `jsonb` value; `null` for one that cannot be read.
pub fn json_of(datum: Datum) -> serde_json::Value {
    // SAFETY: as the caller promises by the type that he has checked.
    let document = unsafe { <pgrx::datum::JsonB as pgrx::FromDatum>::from_datum(datum, false) };
    document.map(|document| document.0).unwrap_or_default()
}

/// A `bigint[]` argument, allocated in the memory of the SPI connection.
pub fn bigint_array(values: &[i64]) -> Datum {
    let mut elements: Vec<Datum> = values.iter().map(|value| Datum::from(*value)).collect();
    // SAFETY: as many elements as said, of a type of 8 bytes, by value, aligned on doubles.
    unsafe {
        Datum::from(pg_sys::construct_array(
            elements.as_mut_ptr(),
            elements.len() as i32,
            pg_sys::INT8OID,
            8,
            true,
            pg_sys::TYPALIGN_DOUBLE as std::ffi::c_char,
        ))
    }
}

/// A `text[]` argument, allocated in the memory of the SPI connection.
pub fn text_array(values: &[String]) -> Datum {
    let mut elements: Vec<Datum> = values.iter().map(|value| super::export::text(value)).collect();
    // SAFETY: as many elements as said, of a type of variable length, by reference, aligned on ints.
    unsafe {
        Datum::from(pg_sys::construct_array(
            elements.as_mut_ptr(),
            elements.len() as i32,
            pg_sys::TEXTOID,
            -1,
            false,
            pg_sys::TYPALIGN_INT as std::ffi::c_char,
        ))
    }
}

/// An `integer[]` argument, allocated in the memory of the SPI connection.
pub fn integer_array(values: &[i32]) -> Datum {
    let mut elements: Vec<Datum> = values.iter().map(|value| Datum::from(*value)).collect();
    // SAFETY: as many elements as said, of a type of 4 bytes, by value, aligned on ints.
    unsafe {
        Datum::from(pg_sys::construct_array(
            elements.as_mut_ptr(),
            elements.len() as i32,
            pg_sys::INT4OID,
            4,
            true,
            pg_sys::TYPALIGN_INT as std::ffi::c_char,
        ))
    }
}
