//! Lists the statements that keep, rebuild and examine side rows, and those that create workflows for tests.

#[rustfmt::skip]
macro_rules! with_upkeep {
    ($next:ident $($more:ident)*; $($known:tt)*) => {
        $next! {
            $($more)*;
            $($known)*
            // sync.sql
            PutAttempted(INT8ARRAYOID) -> [] = "sync/put_attempted";
            DropAttempted(INT8ARRAYOID) -> [] = "sync/drop_attempted";
            AttemptedAfter(INT8OID, INT4OID) -> [INT8OID] = "sync/attempted_after";
            PutSteps(INT8ARRAYOID) -> [] = "sync/put_steps";
            PutTasks(INT8ARRAYOID) -> [] = "sync/put_tasks";
            FollowSteps(INT8ARRAYOID, TEXTOID, TIMESTAMPOID, FLOAT8ARRAYOID) -> STEP = "sync/follow_steps";
            SetStepColumns(INT8OID) -> STEP = "sync/set_step_columns";
            EnterStepState(INT8OID, TEXTOID, TIMESTAMPOID, JSONBOID) -> STEP = "sync/enter_step_state";
            PreviousStepState(INT8OID, INT4OID) -> [TEXTOID] = "sync/previous_step_state";
            PreviousTaskState(INT8OID, INT4OID) -> [TEXTOID] = "sync/previous_task_state";
            LeaveStepState(INT8OID) -> [] = "sync/leave_step_state";
            SetStepState(INT8OID) -> [] = "sync/set_step_state";
            SetStepParents(INT8ARRAYOID) -> [INT8OID, INT8OID, INT8ARRAYOID] = "sync/set_step_parents";
            LockStep(INT8OID) -> [INT8OID] = "sync/lock_step";
            LockSteps(INT8ARRAYOID) -> [INT8OID, INT8OID, INT8ARRAYOID] = "sync/lock_steps";
            LockCurrentTransition(INT8OID) -> [INT8OID] = "sync/lock_current_transition";
            NewSteps() -> [INT8OID] = "sync/new_steps";
            NewEdges() -> [INT8OID, INT8OID, BOOLOID] = "sync/new_edges";
            OldEdges() -> [INT8OID, INT8OID, BOOLOID] = "sync/old_edges";
            ChangedEdges() -> [INT8OID, INT8OID, BOOLOID] = "sync/changed_edges";
            LockGraphs(INT8ARRAYOID) -> [] = "sync/lock_graphs";
            EdgesFromSteps(INT8ARRAYOID) -> [INT8OID, INT8OID] = "sync/edges_from_steps";
            ParentsInTasks(INT8ARRAYOID) -> [INT8OID, INT8ARRAYOID] = "sync/parents_in_tasks";
            DeleteStep(INT8OID) -> [] = "sync/delete_step";
            DeleteTask(INT8OID) -> [] = "sync/delete_task";
            TruncateSteps() -> [] = "sync/truncate_steps";
            TruncateTasks() -> [] = "sync/truncate_tasks";
            ForgetStepStates() -> [] = "sync/forget_step_states";
            ForgetStepParents() -> [INT8OID] = "sync/forget_step_parents";
            ForgetTaskStates() -> [] = "sync/forget_task_states";
            // rebuild.sql
            PutAllAttempted() -> [INT8OID, INT8OID] = "rebuild/put_all_attempted" as maintainer;
            DeleteOrphanedAttempted() -> [INT8OID] = "rebuild/delete_orphaned_attempted" as maintainer;
            DeleteOrphanedRules() -> [INT8OID] = "rebuild/delete_orphaned_rules" as maintainer;
            DeleteOrphanedSignals() -> [INT8OID] = "rebuild/delete_orphaned_signals" as maintainer;
            DeleteOrphanedDecisions() -> [INT8OID] = "rebuild/delete_orphaned_decisions" as maintainer;
            PutAllDecisions() -> [INT8OID, INT8OID] = "rebuild/put_all_decisions" as maintainer;
            PutAllDecisionsWithShares() -> [INT8OID, INT8OID] = "rebuild/put_all_decisions" as maintainer;
            AnalyzeTasks() -> [] = "rebuild/analyze_tasks" as maintainer;
            AnalyzeSteps() -> [] = "rebuild/analyze_steps" as maintainer;
            AnalyzeHints() -> [] = "rebuild/analyze_hints" as maintainer;
            AnalyzeDecisions() -> [] = "rebuild/analyze_decisions" as maintainer;
            AnalyzeAttempted() -> [] = "rebuild/analyze_attempted" as maintainer;
            AnalyzeTimers() -> [] = "rebuild/analyze_timers" as maintainer;
            PutAllSteps() -> [INT8OID, INT8OID] = "rebuild/put_all_steps" as maintainer;
            PutAllTasks() -> [INT8OID, INT8OID] = "rebuild/put_all_tasks" as maintainer;
            DeleteOrphanedSteps() -> [INT8OID] = "rebuild/delete_orphaned_steps" as maintainer;
            PutAllHints(INTERVALOID) -> [INT8OID, INT8OID] = "rebuild/put_all_hints" as maintainer;
            PutAllHintsWithShares(INTERVALOID) -> [INT8OID, INT8OID] = "rebuild/put_all_hints" as maintainer;
            DeleteOrphanedHints() -> [INT8OID] = "rebuild/delete_orphaned_hints" as maintainer;
            PutAllTimers() -> [INT8OID, INT8OID] = "rebuild/put_all_timers" as maintainer;
            DeleteOrphanedTimers() -> [INT8OID] = "rebuild/delete_orphaned_timers" as maintainer;
            DeleteOrphanedTasks() -> [INT8OID] = "rebuild/delete_orphaned_tasks" as maintainer;
            // doctor.sql
            DriftOfAttempted() -> [INT8OID, TEXTOID] = "doctor/drift_of_attempted" as maintainer;
            Troubles(INT4OID) -> [
                TEXTOID, INT8OID, INT4OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID
            ] = "doctor/troubles" as maintainer;
            LockedStepRows() -> [INT8OID, XIDOID] = "doctor/locked_step_rows" as maintainer;
            WaitCycles(INT4OID) -> [INT8OID, INT8OID, INT8OID] = "doctor/wait_cycles" as maintainer;
            UnknownStates() -> [TEXTOID, TEXTOID, INT8OID, INT8OID] = "doctor/unknown_states" as maintainer;
            SeveralCurrentTransitions() -> [
                TEXTOID, INT8OID, INT8OID, INT8OID
            ] = "doctor/several_current_transitions" as maintainer;
            DriftOfSteps() -> [INT8OID, TEXTOID] = "doctor/drift_of_steps" as maintainer;
            DriftOfTasks() -> [INT8OID, TEXTOID] = "doctor/drift_of_tasks" as maintainer;
            UnqueuedSteps() -> STEP = "doctor/unqueued_steps" as maintainer;
            UnqueuedStepsWithShares() -> STEP = "doctor/unqueued_steps" as maintainer;
            // testkit.sql
            PutTestNamespace(TEXTOID, TIMESTAMPOID) -> [] = "testkit/put_namespace" as caller;
            PutTestSystem(TIMESTAMPOID) -> [] = "testkit/put_system" as caller;
            PutTestNamedTasks(
                TEXTARRAYOID, TEXTOID, TIMESTAMPOID
            ) -> [] = "testkit/put_named_tasks" as caller;
            TestNamedTasks(TEXTARRAYOID, TEXTOID) -> [TEXTOID, INT4OID] = "testkit/named_tasks" as caller;
            PutTestNamedSteps(TEXTARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_named_steps" as caller;
            TestNamedSteps(TEXTARRAYOID) -> [TEXTOID, INT4OID] = "testkit/named_steps" as caller;
            PutTestTemplateSteps(INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPOID) -> [
            ] = "testkit/put_template_steps" as caller;
            PutTestTasks(INT4ARRAYOID, TEXTARRAYOID, TIMESTAMPOID) -> [
                INT8OID
            ] = "testkit/put_tasks" as caller;
            PutTestSteps(INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPOID) -> [
                INT8OID
            ] = "testkit/put_steps" as caller;
            PutTestEdges(INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_edges" as caller;
            IsAlone(INT8OID) -> [BOOLOID, TEXTOID] = "testkit/is_alone" as caller;
            SetReplicationRole(TEXTOID) -> [TEXTOID] = "testkit/set_replication_role" as caller;
            BulkTables(INT8OID) -> [INT8OID, INT8OID, BOOLOID] = "testkit/bulk_tables" as caller;
            LeaveTestIndexes(INT8ARRAYOID) -> [] = "testkit/leave_indexes" as caller;
            SequenceOfColumn(INT8OID, TEXTOID, TEXTOID) -> [INT8OID, INT8OID] = "testkit/sequence" as caller;
            BuildTestIndexes() -> [] = "testkit/build_indexes" as caller;
            PutTestSideTasks(INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_side_tasks";
            PutTestSideSteps(INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TIMESTAMPOID) -> [
            ] = "testkit/put_side_steps";
            PutTestHints(INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPOID) -> [
            ] = "testkit/put_hints";
            SetTestStep(
                INT8OID, INT4OID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, BOOLOID, JSONBOID, INT4OID
            ) -> [] = "testkit/set_step" as caller;
            ForgetStepHistory(INT8OID) -> [] = "testkit/forget_step_history" as caller;
            PutStepHistory(INT8OID, TEXTARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_step_history" as caller;
            SetTestTask(INT8OID, BOOLOID, TIMESTAMPOID, TIMESTAMPOID) -> [] = "testkit/set_task" as caller;
            ForgetTaskHistory(INT8OID) -> [] = "testkit/forget_task_history" as caller;
            PutTaskHistory(INT8OID, TEXTARRAYOID, TIMESTAMPOID) -> [] = "testkit/put_task_history" as caller;
        }
    };
}
pub(super) use with_upkeep;
