//! Lists the statements that keep the queue: hints, leases, timers, offers, limits.

#[rustfmt::skip]
macro_rules! with_queue {
    ($next:ident $($more:ident)*; $($known:tt)*) => {
        $next! {
            $($more)*;
            $($known)*
            // queue.sql
            RankHints(INT8OID, INTERVALOID) -> [] = "queue/rank_hints";
            RankParked(INT8OID, INTERVALOID) -> [] = "queue/rank_parked";
            TakeHints(
                INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID
            ) -> HINT = "queue/take_hints";
            TakeHintsOfSteps(
                INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID
            ) -> HINT = "queue/take_hints_of_steps";
            TakeHintsOfTasks(
                INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID
            ) -> HINT = "queue/take_hints_of_tasks";
            SeeHints(INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID) -> [
                INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID
            ] = "queue/take_hints";
            SeeHintsOfSteps(
                INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID
            ) -> [INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID] = "queue/take_hints_of_steps";
            SeeHintsOfTasks(
                INT4OID, TIMESTAMPOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID
            ) -> [INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID] = "queue/take_hints_of_tasks";
            TakeHintsAt(INT8ARRAYOID) -> [INT8OID, INT8OID, XIDOID, INT8OID] = "queue/take_hints_at";
            DropHints(INT8ARRAYOID, INT8ARRAYOID) -> [] = "queue/drop_hints";
            NamedSteps(TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID) -> [
                INT4OID
            ] = "queue/named_steps";
            UnknownNames(TEXTARRAYOID, TEXTARRAYOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID) -> [
                TEXTOID, TEXTOID
            ] = "queue/unknown_names" as caller;
            NamedTasks(TEXTARRAYOID, TEXTARRAYOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID) -> [
                INT4OID
            ] = "queue/named_tasks";
            PutOwnHints(INT8ARRAYOID, TIMESTAMPOID, INTERVALOID) -> [
                INT8OID, INT4OID, INT4OID
            ] = "queue/put_own_hints";
            PutHints(
                INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
                TIMESTAMPOID, INTERVALOID
            ) -> [] = "queue/put_hints";
            ForgetHints(INT8ARRAYOID) -> [] = "queue/forget_hints";
            ForgetSteps(INT8ARRAYOID) -> [] = "queue/forget_steps";
            ForgetTask(INT8OID) -> [] = "queue/forget_task";
            ForgetWaitingChildren(INT8ARRAYOID) -> [INT8OID] = "queue/forget_waiting_children";
            // leases.sql
            LockLeases(INT8ARRAYOID) -> [INT8OID, TIMESTAMPOID, UUIDOID, TEXTOID] = "leases/lock_leases";
            LeasedSteps(INT8ARRAYOID) -> [INT8OID] = "leases/leased_steps";
            PutLeases(INT8ARRAYOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, INTERVALOID, UUIDARRAYOID) -> [
                INT8OID
            ] = "leases/put_leases";
            DueLeases(TIMESTAMPOID, INT4OID, INT8ARRAYOID) -> [INT8OID, INT8OID] = "leases/due_leases";
            PutOffLeases(INT8ARRAYOID) -> [] = "leases/put_off_leases";
            TrimLeases(TIMESTAMPOID) -> [] = "leases/trim_leases";
            Heartbeat(UUIDARRAYOID, TIMESTAMPOID, INTERVALOID, JSONBOID, INT8ARRAYOID) -> [
            ] = "leases/heartbeat";
            LeasesOfTokens(UUIDARRAYOID, INT8ARRAYOID) -> [
                UUIDOID, INT8OID, TEXTOID, TIMESTAMPOID
            ] = "leases/leases_of_tokens";
            EndLeases(INT8ARRAYOID) -> [] = "leases/end_leases";
            CancelLeases(INT8ARRAYOID) -> [] = "leases/cancel_leases";
            // timers.sql
            TakeDueTimers(TIMESTAMPOID, INT4OID) -> [TEXTOID, INT8OID] = "timers/take_due_timers";
            TakeDueTimersOf(TIMESTAMPOID, TEXTARRAYOID, INT8ARRAYOID) -> [
                TEXTOID, INT8OID
            ] = "timers/take_due_timers_of";
            SeeDueTimers(TIMESTAMPOID) -> [TEXTOID, INT8OID, INT8OID] = "timers/see_due_timers";
            SeeDueBuckets(TIMESTAMPOID, INT4OID) -> [TEXTOID, INT8OID] = "timers/see_due_buckets";
            PutTimer(TEXTOID, INT8OID, TIMESTAMPOID) -> [] = "timers/put_timer";
            PutTaskTimer(INT8OID, TIMESTAMPOID) -> [] = "timers/put_task_timer";
            PutStaleTimer(INT8OID, TIMESTAMPOID) -> [] = "timers/put_stale_timer";
            // due.sql
            EndOffers(TIMESTAMPOID, INT4OID) -> [] = "due/end_offers";
            TakeOffers(INT4OID, INT8ARRAYOID) -> [INT8OID, INT8OID, INT8OID, XIDOID] = "due/take_offers";
            TakeEndings(INT4OID, INT8ARRAYOID) -> [INT8OID, INT8OID, XIDOID] = "due/take_endings";
            SeeOffers(INT4OID) -> [INT8ARRAYOID, INT8ARRAYOID] = "due/see_offers";
            SeeEndings(INT4OID) -> [INT8ARRAYOID] = "due/see_endings";
            EndedTaskLeases(TIMESTAMPOID) -> [INT8OID] = "due/ended_task_leases";
            EndOffersOf(INT8ARRAYOID, TIMESTAMPOID) -> [] = "due/end_offers_of";
            TakeEndingsOf(INT8ARRAYOID) -> [INT8OID, INT8OID, XIDOID] = "due/take_endings_of";
            DropEndings(INT8OID, INT8ARRAYOID) -> [] = "due/drop_endings";
            LockOffers(INT8ARRAYOID, INT8OID) -> [INT8OID] = "due/lock_offers";
            LockTaskLeases(INT8ARRAYOID) -> [INT8OID, TIMESTAMPOID] = "due/lock_task_leases";
            TaskLeases(INT8ARRAYOID) -> [INT8OID] = "due/task_leases";
            PutTaskLease(INT8OID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID) -> [] = "due/put_task_lease";
            EndTaskLease(INT8OID, TEXTOID) -> [] = "due/end_task_lease";
            OfferTask(INT8OID, TIMESTAMPOID) -> [] = "due/offer_task";
            NoteEnding(INT8OID, TIMESTAMPOID) -> [] = "due/note_ending";
            ForgetEndings(INT8OID) -> [] = "due/forget_endings";
            // limits.sql
            BucketsOfSteps(INT8ARRAYOID) -> [
                INT8OID, TEXTOID, INT4OID, INT4OID, INTERVALOID, BOOLOID
            ] = "limits/buckets_of_steps";
            LockParts(TEXTARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4OID, INT4OID) -> [
                TEXTOID, INT4OID
            ] = "limits/lock_parts";
            Buckets(TEXTARRAYOID) -> [TEXTOID, INT8ARRAYOID, FLOAT8OID, TIMESTAMPOID] = "limits/buckets";
            PutBucket(TEXTOID, FLOAT8OID, TIMESTAMPOID) -> [] = "limits/put_bucket";
            PutHolds(TEXTARRAYOID, INT4ARRAYOID, INT8ARRAYOID) -> [] = "limits/put_holds";
            EndHolds(INT8ARRAYOID) -> [TEXTOID] = "limits/end_holds";
            ParkHints(TEXTARRAYOID, INT8ARRAYOID) -> [INT8OID, INT8OID] = "limits/park_hints";
            UnparkHints(TEXTOID, INT4OID) -> [INT8OID, INT4OID, INT4OID] = "limits/unpark_hints";
            ParkHintsOfTasks(TEXTOID, INT4ARRAYOID, INT4OID) -> [
                INT8OID, INT8OID
            ] = "limits/park_hints_of_names";
            ParkHintsOfSteps(TEXTOID, INT4ARRAYOID, INT4OID) -> [
                INT8OID, INT8OID
            ] = "limits/park_hints_of_names";
            LimitsOfBucket(TEXTOID) -> [INT4OID, INT4OID, INTERVALOID, BOOLOID] = "limits/limits_of_bucket";
            ParkedBuckets(TEXTOID, TEXTOID) -> [TEXTOID] = "limits/parked_buckets";
            ParkedIn(TEXTOID) -> [BOOLOID] = "limits/parked_in";
            LookAtBucket(TEXTOID, TIMESTAMPOID) -> [] = "limits/look_at_bucket";
            EndBucketTimers(TEXTOID, TIMESTAMPOID) -> [] = "limits/end_bucket_timers";
            SetLimit(TEXTOID, TEXTOID, INT4OID, INT4OID, INTERVALOID) -> [] = "limits/set_limit";
            SetPause(TEXTOID, TEXTOID, TIMESTAMPOID, TEXTOID) -> [] = "limits/set_pause";
            DropEmptyLimits() -> [] = "limits/drop_empty_limits";
            LimitedSteps() -> [INT8OID] = "limits/limited_steps";
            Limits(INT8ARRAYOID) -> [
                TEXTOID, TEXTOID, INT4OID, INT4OID, INTERVALOID, TIMESTAMPOID, TEXTOID, INT8OID, INT8OID
            ] = "limits/limits";
            // troubles.sql
            PutTrouble(TEXTOID, INT8OID, INT4OID, TIMESTAMPOID, TEXTOID, TEXTOID, TIMESTAMPOID, INT8OID) -> [
            ] = "troubles/put";
            EndTroubles(TEXTOID, INT8ARRAYOID) -> [] = "troubles/end";
            TroubleOf(TEXTOID, INT8OID) -> [
                INT4OID, TIMESTAMPOID, TEXTOID, TEXTOID, TIMESTAMPOID
            ] = "troubles/of";
            TrimTroubles() -> [] = "troubles/trim";
            PutOffTroubledLeases(INT8ARRAYOID, TIMESTAMPOID) -> [] = "troubles/put_off_leases";
        }
    };
}
pub(super) use with_queue;
