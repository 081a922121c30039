//! Lists the statements that read tasks, steps, histories, figures and the configuration.

#[rustfmt::skip]
macro_rules! with_reads {
    ($next:ident $($more:ident)*; $($known:tt)*) => {
        $next! {
            $($more)*;
            $($known)*
            // read.sql
            DurationsOfNames(INT4ARRAYOID, INT8OID) -> [
                INT4OID, FLOAT8OID
            ] = "read/durations_of_names" as caller;
            Timeline(INT8OID) -> [
                INT8OID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, INTERVALOID, JSONBOID, TEXTOID, TEXTOID,
                BOOLOID, FLOAT8OID, INT4OID
            ] = "read/timeline" as caller;
            BesideTimeline(INT8OID) -> [
                TIMESTAMPOID, TEXTOID, INT8OID, INT4OID, TEXTOID, JSONBOID
            ] = "read/beside_timeline";
            NameOfTask(INT8OID) -> [TEXTOID] = "read/name_of_task" as caller;
            ResultsOfSteps(INT8ARRAYOID) -> [INT8OID, JSONBOID] = "read/results_of_steps" as caller;
            VisibleSteps(INT8ARRAYOID) -> [INT8OID] = "read/visible_steps" as caller;
            NamedForCaller(INT8ARRAYOID) -> [INT8OID] = "read/named_for_caller" as caller;
            VisibleAmongSteps(INT8ARRAYOID) -> [INT8OID] = "read/visible_among_steps" as caller;
            VisibleTasks(INT8ARRAYOID) -> [INT8OID] = "read/visible_tasks" as caller;
            VisibleTasksIn(INT8ARRAYOID, INT8ARRAYOID) -> [INT8OID] = "read/visible_tasks_in" as caller;
            LastFailure(INT8OID) -> [BOOLOID] = "read/last_failure" as caller;
            LastWriters(INT8ARRAYOID) -> [INT8OID, XIDOID] = "read/last_writers" as caller;
            OpenSince(INT4OID) -> [TIMESTAMPOID] = "read/open_since" as caller;
            PreparedTransaction(XIDOID) -> [TEXTOID, TIMESTAMPOID] = "read/prepared_transaction" as caller;
            StepHistory(INT8OID) -> [
                INT8OID, INT4OID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID, BOOLOID,
                JSONBOID, BOOLOID
            ] = "read/step_history" as caller;
            TaskHistory(INT8OID) -> [
                INT8OID, INT4OID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID, BOOLOID, JSONBOID
            ] = "read/task_history" as caller;
            ClaimedSteps(INT8ARRAYOID) -> [
                INT8OID, INT8OID, INT4OID, TEXTOID, JSONBOID, JSONBOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID
            ] = "read/claimed_steps" as caller;
            ResultsOfParents(INT8ARRAYOID) -> [
                INT8OID, TEXTOID, JSONBOID
            ] = "read/results_of_parents" as caller;
            ExecutionEnded(INT8OID, UUIDOID) -> [TEXTOID, JSONBOID] = "read/execution_ended";
            FullNamesOfTasks(INT8ARRAYOID) -> [INT8OID, TEXTOID, TEXTOID] = "read/full_names_of_tasks";
            Edges() -> [INT8OID, INT8OID, INT8OID, INT8OID, INT8OID] = "read/edges" as maintainer;
            // find.sql
            FindTasks(
                INT8OID, TEXTARRAYOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
                TEXTOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT8ARRAYOID, INT8OID, INT4OID
            ) -> [
                INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID,
                JSONBOID, TIMESTAMPOID, TIMESTAMPOID
            ] = "find/tasks" as caller;
            ParentOfTask(INT8OID) -> [INT8OID] = "find/parent_of_task";
            ChildrenOfTask(INT8OID) -> [INT8OID] = "find/children_of_task";
            PausedStepsAfter(INT8OID, INT4OID) -> [INT8OID] = "find/paused_steps";
            PausedTasks() -> [INT8OID] = "find/paused_tasks";
            TasksInStates(TEXTARRAYOID, INT8OID, INT4OID) -> [INT8OID] = "find/tasks_in_states";
            QueuedStepsAfter(INT8OID, INT4OID) -> [INT8OID] = "find/queued_steps";
            QueuedSharesAfter(INT8OID, INT4OID) -> [INT8OID] = "find/queued_shares";
            OpenTasksAfter(INT8OID, TIMESTAMPOID, INT4OID) -> [INT8OID] = "find/open_tasks";
            FindSteps(
                INT8OID, TEXTARRAYOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID,
                TIMESTAMPOID, TEXTARRAYOID, INT8OID, INT4OID, INT8ARRAYOID
            ) -> [
                INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, INT4OID, INT4OID,
                TIMESTAMPOID, TIMESTAMPOID
            ] = "find/steps" as caller;
            StepSiblings(INT8OID) -> [
                INT8OID, INT8OID, TEXTOID, TEXTOID, INT4OID, BOOLOID
            ] = "find/siblings" as caller;
            VisibleSiblings(INT8OID) -> [
                INT8OID, INT8OID, TEXTOID, TEXTOID, INT4OID, BOOLOID
            ] = "find/siblings" as caller;
            TaskVersions(TEXTOID, TEXTOID) -> [
                INT4OID, TEXTOID, TEXTOID, TEXTOID
            ] = "find/versions" as caller;
            CompletionStats(INT8OID) -> [
                INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, TIMESTAMPOID, BOOLOID
            ] = "find/completion_stats" as caller;
            LastErrors(INT8ARRAYOID) -> [INT8OID, TEXTOID, TEXTOID] = "find/last_errors" as caller;
            ParkedSteps(INT8ARRAYOID) -> [INT8OID, TEXTOID] = "find/parked_steps";
            PauseOfTask(INT8OID) -> [TIMESTAMPOID, TEXTOID, TEXTOID] = "find/pause_of_task";
            NextSteps(TEXTOID, INT4OID, INT4OID) -> [
                INT8OID, INT8OID, TEXTOID, TIMESTAMPOID, TEXTOID
            ] = "find/next_steps";
            NamesOfVisibleSteps(INT8ARRAYOID) -> [
                INT8OID, INT8OID, TEXTOID, TEXTOID
            ] = "find/names_of_visible_steps" as caller;
            Failures(TIMESTAMPOID, INT4OID) -> [
                TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID,
                TEXTOID, INT8OID
            ] = "find/failures" as caller;
            // transitions.sql
            FindStepTransitions(
                INT8OID, INT8OID, TEXTARRAYOID, TIMESTAMPOID, TIMESTAMPOID, JSONBOID, TEXTOID, INT4OID,
                BOOLOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT4OID
            ) -> [
                INT8OID, INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID,
                INTERVALOID, BOOLOID, JSONBOID, BOOLOID, BOOLOID
            ] = "transitions/of_steps" as caller;
            FindTaskTransitions(
                INT8OID, INT8OID, TEXTARRAYOID, TIMESTAMPOID, TIMESTAMPOID, JSONBOID, TEXTOID, INT4OID,
                BOOLOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT4OID
            ) -> [
                INT8OID, INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID,
                INTERVALOID, BOOLOID, JSONBOID, BOOLOID, BOOLOID
            ] = "transitions/of_tasks" as caller;
            StepTransitionStats(TIMESTAMPOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                TEXTOID, TEXTOID, INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, FLOAT8OID, FLOAT8OID,
                FLOAT8OID
            ] = "transitions/stats_of_steps" as caller;
            TaskTransitionStats(TIMESTAMPOID, TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                TEXTOID, TEXTOID, INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, FLOAT8OID, FLOAT8OID,
                FLOAT8OID
            ] = "transitions/stats_of_tasks" as caller;
            // insight.sql
            WaitingSteps(TIMESTAMPOID) -> STEP = "insight/waiting_steps";
            VisibleFailedSteps() -> STEP = "insight/failed_steps" as caller;
            Kinds() -> [INT8OID, INT8OID, INT8OID, INT8OID] = "insight/kinds" as caller;
            WantedKinds(TEXTOID, TEXTOID, TEXTOID) -> [INT4OID] = "insight/wanted_kinds" as caller;
            SlowTasks(INT8ARRAYOID) -> [
                INT8OID, INT8OID, VARCHAROID, VARCHAROID, VARCHAROID, TIMESTAMPOID, VARCHAROID, VARCHAROID
            ] = "insight/slow_tasks" as caller;
            SlowSteps(INT8ARRAYOID) -> [
                INT8OID, INT8OID, VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, NUMERICOID, INT4OID,
                TIMESTAMPOID, TIMESTAMPOID, BOOLOID, TEXTOID
            ] = "insight/slow_steps";
            VisibleSlowSteps(INT8ARRAYOID) -> [
                INT8OID, INT8OID, VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, NUMERICOID, INT4OID,
                TIMESTAMPOID, TIMESTAMPOID, BOOLOID, TEXTOID
            ] = "insight/slow_steps" as caller;
            StepDurations(TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID,
                FLOAT8OID, FLOAT8OID
            ] = "insight/step_durations";
            VisibleStepDurations(TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                VARCHAROID, VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID,
                FLOAT8OID, FLOAT8OID
            ] = "insight/step_durations" as caller;
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
            ] = "insight/step_trends" as caller;
            VisibleTaskDurations(TIMESTAMPOID, TEXTOID, TEXTOID, TEXTOID) -> [
                VARCHAROID, VARCHAROID, VARCHAROID, INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID,
                FLOAT8OID
            ] = "insight/task_durations" as caller;
            Connections() -> [INT8OID, INT8OID, INT8OID] = "insight/connections" as caller;
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
            ] = "counts/read" as maintainer;
            GatherCounts(TEXTOID) -> [
                TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID,
                INT8OID, INT8OID, INT8OID
            ] = "counts/gather";
            CountedSteps() -> [
                TEXTOID, BOOLOID, INT4OID, INT4OID, BOOLOID, BOOLOID, INT8OID
            ] = "counts/counted_steps" as maintainer;
            VisibleCountedSteps() -> [
                TEXTOID, BOOLOID, INT4OID, INT4OID, BOOLOID, BOOLOID, INT8OID
            ] = "counts/counted_steps" as caller;
            CountedTasks() -> [TEXTOID, BOOLOID, INT8OID] = "counts/counted_tasks" as maintainer;
            VisibleCountedTasks() -> [TEXTOID, BOOLOID, INT8OID] = "counts/counted_tasks" as caller;
        }
    };
}
pub(super) use with_reads;
