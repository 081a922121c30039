//! Statements that read tasks, steps, histories, figures and the configuration.

#[rustfmt::skip]
macro_rules! with_reads {
    ($next:ident $($more:ident)*; $($known:tt)*) => {
        $next! {
            $($more)*;
            $($known)*
            // read.sql
            DurationsOfNames(INT4ARRAYOID, INT8OID) -> [INT4OID, FLOAT8OID] = "read/durations_of_names";
            TransitionsOfTask(INT8OID) -> [
                INT8OID, TEXTOID, TIMESTAMPOID, FLOAT8OID, BOOLOID
            ] = "read/transitions_of_task";
            NameOfTask(INT8OID) -> [TEXTOID] = "read/name_of_task";
            ResultsOfSteps(INT8ARRAYOID) -> [INT8OID, JSONBOID] = "read/results_of_steps";
            VisibleSteps(INT8ARRAYOID) -> [INT8OID] = "read/visible_steps";
            NamedForCaller(INT8ARRAYOID) -> [INT8OID] = "read/named_for_caller";
            VisibleAmongSteps(INT8ARRAYOID) -> [INT8OID] = "read/visible_among_steps";
            VisibleTasks(INT8ARRAYOID) -> [INT8OID] = "read/visible_tasks";
            VisibleTasksIn(INT8ARRAYOID, INT8ARRAYOID) -> [INT8OID] = "read/visible_tasks_in";
            LastFailure(INT8OID) -> [BOOLOID] = "read/last_failure";
            LastWriters(INT8ARRAYOID) -> [INT8OID, XIDOID] = "read/last_writers";
            OpenSince(INT4OID) -> [TIMESTAMPOID] = "read/open_since";
            PreparedTransaction(XIDOID) -> [TEXTOID, TIMESTAMPOID] = "read/prepared_transaction";
            StepHistory(INT8OID) -> [
                INT8OID, INT4OID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID, BOOLOID,
                JSONBOID, BOOLOID
            ] = "read/step_history";
            TaskHistory(INT8OID) -> [
                INT8OID, INT4OID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID, BOOLOID, JSONBOID
            ] = "read/task_history";
            ClaimedSteps(INT8ARRAYOID) -> [
                INT8OID, INT8OID, INT4OID, TEXTOID, JSONBOID, JSONBOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID
            ] = "read/claimed_steps";
            ResultsOfParents(INT8ARRAYOID) -> [INT8OID, TEXTOID, JSONBOID] = "read/results_of_parents";
            ExecutionEnded(INT8OID, UUIDOID) -> [TEXTOID, JSONBOID] = "read/execution_ended";
            FullNamesOfTasks(INT8ARRAYOID) -> [INT8OID, TEXTOID, TEXTOID] = "read/full_names_of_tasks";
            Edges() -> [INT8OID, INT8OID, INT8OID, INT8OID, INT8OID] = "read/edges";
            // find.sql
            FindTasks(
                INT8OID, TEXTARRAYOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
                TEXTOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT8ARRAYOID, INT8OID, INT4OID
            ) -> [
                INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID,
                JSONBOID, TIMESTAMPOID, TIMESTAMPOID
            ] = "find/tasks";
            ParentOfTask(INT8OID) -> [INT8OID] = "find/parent_of_task";
            ChildrenOfTask(INT8OID) -> [INT8OID] = "find/children_of_task";
            PausedStepsAfter(INT8OID, INT4OID) -> [INT8OID] = "find/paused_steps";
            OpenTasksAfter(INT8OID, TIMESTAMPOID, INT4OID) -> [INT8OID] = "find/open_tasks";
            FindSteps(
                INT8OID, TEXTARRAYOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID,
                TIMESTAMPOID, TEXTARRAYOID, INT8OID, INT4OID, INT8ARRAYOID
            ) -> [
                INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, INT4OID, INT4OID,
                TIMESTAMPOID, TIMESTAMPOID
            ] = "find/steps";
            StepSiblings(INT8OID) -> [INT8OID, INT8OID, TEXTOID, TEXTOID, INT4OID, BOOLOID] = "find/siblings";
            VisibleSiblings(INT8OID) -> [
                INT8OID, INT8OID, TEXTOID, TEXTOID, INT4OID, BOOLOID
            ] = "find/siblings";
            TaskVersions(TEXTOID, TEXTOID) -> [INT4OID, TEXTOID, TEXTOID, TEXTOID] = "find/versions";
            CompletionStats(INT8OID) -> [
                INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, TIMESTAMPOID, BOOLOID
            ] = "find/completion_stats";
            LastErrors(INT8ARRAYOID) -> [INT8OID, TEXTOID, TEXTOID] = "find/last_errors";
            ParkedSteps(INT8ARRAYOID) -> [INT8OID, TEXTOID] = "find/parked_steps";
            PauseOfTask(INT8OID) -> [TIMESTAMPOID, TEXTOID, TEXTOID] = "find/pause_of_task";
            NextSteps(TEXTOID, INT4OID, INT4OID) -> [
                INT8OID, INT8OID, TEXTOID, TIMESTAMPOID, TEXTOID
            ] = "find/next_steps";
            NamesOfVisibleSteps(INT8ARRAYOID) -> [
                INT8OID, INT8OID, TEXTOID, TEXTOID
            ] = "find/names_of_visible_steps";
            Failures(TIMESTAMPOID, INT4OID) -> [
                TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID,
                TEXTOID, INT8OID
            ] = "find/failures";
            // transitions.sql
            FindStepTransitions(
                INT8OID, INT8OID, TEXTARRAYOID, TIMESTAMPOID, TIMESTAMPOID, JSONBOID, TEXTOID, INT4OID,
                BOOLOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT4OID
            ) -> [
                INT8OID, INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID,
                INTERVALOID, BOOLOID, JSONBOID, BOOLOID, BOOLOID
            ] = "transitions/of_steps";
            FindTaskTransitions(
                INT8OID, INT8OID, TEXTARRAYOID, TIMESTAMPOID, TIMESTAMPOID, JSONBOID, TEXTOID, INT4OID,
                BOOLOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT4OID
            ) -> [
                INT8OID, INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID,
                INTERVALOID, BOOLOID, JSONBOID, BOOLOID, BOOLOID
            ] = "transitions/of_tasks";
            StepTransitionStats(TIMESTAMPOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                TEXTOID, TEXTOID, INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, FLOAT8OID, FLOAT8OID,
                FLOAT8OID
            ] = "transitions/stats_of_steps";
            TaskTransitionStats(TIMESTAMPOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                TEXTOID, TEXTOID, INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, FLOAT8OID, FLOAT8OID,
                FLOAT8OID
            ] = "transitions/stats_of_tasks";
            // insight.sql
            WaitingSteps(TIMESTAMPOID) -> STEP = "insight/waiting_steps";
            VisibleFailedSteps() -> STEP = "insight/failed_steps";
            Kinds() -> [INT8OID, INT8OID, INT8OID, INT8OID] = "insight/kinds";
            WantedKinds(TEXTOID, TEXTOID, TEXTOID) -> [INT4OID] = "insight/wanted_kinds";
            SlowTasks(INT8ARRAYOID) -> [
                INT8OID, INT8OID, VARCHAROID, VARCHAROID, VARCHAROID, TIMESTAMPOID, VARCHAROID, VARCHAROID
            ] = "insight/slow_tasks";
            SlowSteps(INT8ARRAYOID) -> [
                INT8OID, INT8OID, VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, NUMERICOID, INT4OID,
                TIMESTAMPOID, TIMESTAMPOID, BOOLOID, TEXTOID
            ] = "insight/slow_steps";
            VisibleSlowSteps(INT8ARRAYOID) -> [
                INT8OID, INT8OID, VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, NUMERICOID, INT4OID,
                TIMESTAMPOID, TIMESTAMPOID, BOOLOID, TEXTOID
            ] = "insight/slow_steps";
            StepDurations(TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID,
                FLOAT8OID, FLOAT8OID
            ] = "insight/step_durations";
            VisibleStepDurations(TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID,
                FLOAT8OID, FLOAT8OID
            ] = "insight/step_durations";
            StepTrends(TIMESTAMPOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, INT8OID,
                FLOAT8OID, FLOAT8OID, FLOAT8OID
            ] = "insight/step_trends";
            TaskDurations(TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID,
                FLOAT8OID
            ] = "insight/task_durations";
            VisibleStepTrends(TIMESTAMPOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, INT8OID,
                FLOAT8OID, FLOAT8OID, FLOAT8OID
            ] = "insight/step_trends";
            VisibleTaskDurations(TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID,
                FLOAT8OID
            ] = "insight/task_durations";
            Connections() -> [INT8OID, INT8OID, INT8OID] = "insight/connections";
            // config.sql
            LockConfig() -> [] = "config/lock";
            ConfigVersion(INT8OID) -> [TEXTOID, TEXTOID, JSONBOID] = "config/version";
            ConfigHistory(TEXTOID, TEXTOID) -> [
                INT8OID, TEXTOID, TEXTOID, JSONBOID, TIMESTAMPOID, TEXTOID
            ] = "config/history";
            ConfigOfSection(TEXTOID) -> [TEXTOID, JSONBOID, INT8OID] = "config/of_section";
            PutConfig(TEXTOID, TEXTOID, TEXTOID, INT8OID) -> [] = "config/put";
            DropConfig(TEXTOID, TEXTOID) -> [] = "config/drop";
            PutConfigVersion(TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, TEXTOID) -> [
                INT8OID
            ] = "config/put_version";
            LatestConfig() -> [INT8OID, XIDOID] = "config/latest";
            AllConfig() -> [TEXTOID, TEXTOID, JSONBOID] = "config/all";
            // counts.sql
            AddToFreeCounts(
                TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID,
                INT8OID, INT8OID, INT8OID
            ) -> [] = "counts/add_to_free";
            AddCounts(
                TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID,
                INT8OID, INT8OID, INT8OID
            ) -> [] = "counts/add";
            ReadCounts() -> [
                TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID,
                INT8OID, INT8OID, INT8OID
            ] = "counts/read";
            GatherCounts(TEXTOID) -> [
                TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID,
                INT8OID, INT8OID, INT8OID
            ] = "counts/gather";
            CountedSteps() -> [
                TEXTOID, BOOLOID, INT4OID, INT4OID, BOOLOID, BOOLOID, INT8OID
            ] = "counts/counted_steps";
            VisibleCountedSteps() -> [
                TEXTOID, BOOLOID, INT4OID, INT4OID, BOOLOID, BOOLOID, INT8OID
            ] = "counts/counted_steps";
            CountedTasks() -> [TEXTOID, BOOLOID, INT8OID] = "counts/counted_tasks";
            VisibleCountedTasks() -> [TEXTOID, BOOLOID, INT8OID] = "counts/counted_tasks";
        }
    };
}
pub(super) use with_reads;
