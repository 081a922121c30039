//! Lists the statements of forks.

#[rustfmt::skip]
macro_rules! with_forks {
    ($next:ident $($more:ident)*; $($known:tt)*) => {
        $next! {
            $($more)*;
            $($known)*
            // fork.sql
            ForkOrigin(INT8OID) -> [TEXTOID, TEXTOID, TEXTOID] = "fork/origin" as caller;
            ForkOriginTimes(INT8OID) -> [TIMESTAMPOID, INT4OID, TIMESTAMPOID, TEXTOID] = "fork/origin_times";
            EndsOfSteps(INT8ARRAYOID) -> [INT8OID, BOOLOID, BOOLOID] = "fork/ends_of_steps";
            PutForkTask(INT8OID, JSONBOID, TIMESTAMPOID, TEXTOID, TEXTOID) -> [
                INT8OID, TEXTOID
            ] = "fork/put_task" as caller;
            PutForkSteps(INT8OID, INT8OID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPOID) -> [
                INT8OID, INT4OID
            ] = "fork/put_steps" as caller;
            PutForkTransitions(INT8ARRAYOID, INT8ARRAYOID, INT8OID, TIMESTAMPOID) -> [
            ] = "fork/put_transitions" as caller;
            PutForkEdges(INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID) -> [] = "fork/put_edges" as caller;
            PutForkRules(INT8ARRAYOID, INT8ARRAYOID, INT8OID, INT4ARRAYOID, TEXTOID, TEXTARRAYOID) -> [
                INT8OID
            ] = "fork/put_rules";
            PutForkSignals(INT8OID, INT8OID, INT8ARRAYOID) -> [] = "fork/put_signals";
            PutForkLimits(INT8ARRAYOID, INT8ARRAYOID, INT8OID) -> [] = "fork/put_limits";
            PutFork(INT8OID, INT8OID, INT8OID, TIMESTAMPOID, TEXTOID, INT8ARRAYOID) -> [] = "fork/put_fork";
            SubtasksOfSteps(INT8ARRAYOID) -> [INT8OID, INT8OID] = "fork/subtasks";
            ForkOfTask(INT8OID) -> [INT8OID, INT8OID, TIMESTAMPOID, TEXTOID] = "fork/of_task";
            ForksOfTask(INT8OID) -> [INT8OID] = "fork/forks_of_task";
            CopiedSteps(INT8OID) -> [INT8ARRAYOID] = "fork/copied_steps";
            CopiedStepsAfter(TIMESTAMPOID) -> [INT8ARRAYOID] = "fork/copied_after";
            CountsOfFork(INT8OID) -> [INT4OID, INT8OID] = "fork/counts";
            DeleteForks(INT8ARRAYOID) -> [] = "fork/delete";
            TruncateForks() -> [] = "fork/truncate";
            DeleteOrphanedForks() -> [INT8OID] = "fork/delete_orphaned" as maintainer;
        }
    };
}
pub(super) use with_forks;
