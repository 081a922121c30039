//! Lists the statements of time limits and deadlines.

#[rustfmt::skip]
macro_rules! with_times {
    ($next:ident $($more:ident)*; $($known:tt)*) => {
        $next! {
            $($more)*;
            $($known)*
            // times.sql
            PutStepTimes(INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID) -> [] = "times/put_limits";
            StepTimes(INT8ARRAYOID) -> [
                INT8OID, INT4OID, INT4OID, INT4OID, UUIDOID, TIMESTAMPOID
            ] = "times/limits";
            BeginExecutions(INT8ARRAYOID, INT8ARRAYOID, UUIDARRAYOID, TIMESTAMPOID) -> [] = "times/begin_executions";
            CapLeases(INT8ARRAYOID) -> [] = "times/cap_leases";
            EndedExecutions(UUIDARRAYOID, INT8ARRAYOID, TIMESTAMPOID) -> [UUIDOID] = "times/ended_executions";
            DeleteStepTimes(INT8ARRAYOID) -> [] = "times/delete_limits";
            TruncateStepTimes() -> [] = "times/truncate_limits";
            PutDeadlines(INT8ARRAYOID, TIMESTAMPOID, TEXTOID) -> [] = "times/put_deadlines";
            ReadDeadlines(INT8ARRAYOID) -> [INT8OID, TIMESTAMPOID, TEXTOID] = "times/deadlines";
            DeleteDeadlines(INT8ARRAYOID) -> [] = "times/delete_deadlines";
            TruncateDeadlines() -> [] = "times/truncate_deadlines";
            PutDeadlineTimers() -> [INT8OID] = "times/put_deadline_timers" as maintainer;
            DeleteOrphanedStepTimes() -> [INT8OID] = "times/delete_orphaned_limits" as maintainer;
            DeleteOrphanedDeadlines() -> [INT8OID] = "times/delete_orphaned_deadlines" as maintainer;
        }
    };
}
pub(super) use with_times;
