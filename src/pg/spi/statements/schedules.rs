//! Lists the statements of schedules.

#[rustfmt::skip]
macro_rules! with_schedules {
    ($next:ident $($more:ident)*; $($known:tt)*) => {
        $next! {
            $($more)*;
            $($known)*
            // schedules.sql
            LockSchedule(TEXTOID) -> SCHEDULE = "schedules/lock";
            LockFreeSchedules(INT8ARRAYOID) -> SCHEDULE = "schedules/lock_free";
            ExistingSchedules(INT8ARRAYOID) -> [INT8OID] = "schedules/existing";
            OverdueSchedules(TIMESTAMPOID, INT4OID) -> [INT8OID, TEXTOID] = "schedules/overdue";
            SeeDueSchedules(TIMESTAMPOID) -> [INT8OID, TEXTOID] = "schedules/see_due";
            Schedules() -> [
                TEXTOID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INTERVALOID, TEXTOID, JSONBOID, JSONBOID, TEXTOID,
                TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID,
                TIMESTAMPOID, INT8OID, INT8OID, INT8OID, INT8OID, INT4OID, TEXTOID, TIMESTAMPOID, TEXTOID
            ] = "schedules/all";
            PutSchedule(TEXTOID, TEXTOID, TIMESTAMPOID) -> [] = "schedules/put";
            DefineSchedule(
                TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INTERVALOID, TEXTOID, JSONBOID, JSONBOID, TEXTOID, TEXTOID,
                TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID
            ) -> [] = "schedules/define";
            IsSameSchedule(
                TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID, TEXTOID, INTERVALOID, TEXTOID, JSONBOID
            ) -> [BOOLOID, BOOLOID, BOOLOID] = "schedules/is_same";
            SettleRun(
                INT8OID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT8OID, INT8OID, INT8OID, INT8OID
            ) -> [] = "schedules/settle";
            SettleRefusal(
                INT8OID, TIMESTAMPOID, TIMESTAMPOID, INT8OID, TEXTOID, TIMESTAMPOID
            ) -> [] = "schedules/settle_refusal";
            NoteTrigger(INT8OID, INT8OID, TIMESTAMPOID) -> [] = "schedules/note_trigger";
            PauseSchedule(INT8OID, TIMESTAMPOID) -> [] = "schedules/pause";
            ResumeSchedule(INT8OID, TIMESTAMPOID) -> [] = "schedules/resume";
            DropSchedule(INT8OID) -> [] = "schedules/drop";
        }
    };
}
pub(super) use with_schedules;
