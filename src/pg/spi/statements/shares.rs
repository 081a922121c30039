//! Lists the statements of fair queues.

#[rustfmt::skip]
macro_rules! with_shares {
    ($next:ident $($more:ident)*; $($known:tt)*) => {
        $next! {
            $($more)*;
            $($known)*
            // shares.sql
            PutShares(INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPOID, INTERVALOID, INT4ARRAYOID, TEXTARRAYOID) -> [
                INT8OID, INT4OID, INT4OID
            ] = "shares/put";
            AdoptHints(INT4ARRAYOID, TEXTARRAYOID, INT4OID) -> [] = "shares/adopt";
            ShareLevels(TEXTOID, INT4OID) -> [INT4OID] = "shares/levels";
            NextShares(TEXTOID, INT4OID, INT8OID, INT4OID) -> [INT8OID] = "shares/next_shares";
            NextSharesOfSteps(TEXTOID, INT4OID, INT8OID, INT4OID, INT4ARRAYOID) -> [
                INT8OID
            ] = "shares/next_shares_of_names";
            NextSharesOfTasks(TEXTOID, INT4OID, INT8OID, INT4OID, INT4ARRAYOID) -> [
                INT8OID
            ] = "shares/next_shares_of_names";
            TakeShares(
                INT8ARRAYOID, TEXTOID, INT4OID, INT4OID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID
            ) -> SHARED_HINT = "shares/take";
            TakeSharesOfSteps(
                INT8ARRAYOID, TEXTOID, INT4OID, INT4OID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
                INT4ARRAYOID
            ) -> SHARED_HINT = "shares/take_of_names";
            TakeSharesOfTasks(
                INT8ARRAYOID, TEXTOID, INT4OID, INT4OID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
                INT4ARRAYOID
            ) -> SHARED_HINT = "shares/take_of_names";
            SeeShares(
                INT8ARRAYOID, TEXTOID, INT4OID, INT4OID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID
            ) -> SHARED_HINT = "shares/take";
            SeeSharesOfSteps(
                INT8ARRAYOID, TEXTOID, INT4OID, INT4OID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
                INT4ARRAYOID
            ) -> SHARED_HINT = "shares/take_of_names";
            SeeSharesOfTasks(
                INT8ARRAYOID, TEXTOID, INT4OID, INT4OID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
                INT4ARRAYOID
            ) -> SHARED_HINT = "shares/take_of_names";
            TakeSharesAt(INT8ARRAYOID) -> [INT8OID, INT8OID, XIDOID] = "shares/take_at";
            DropShares(INT8ARRAYOID, INT8ARRAYOID) -> [] = "shares/drop";
            ForgetShares(INT8ARRAYOID) -> [] = "shares/forget";
            ForgetSharesOfWaitingChildren(INT8ARRAYOID) -> [INT8OID] = "shares/forget_waiting_children";
            RankShares(INT8OID, INTERVALOID, INT4OID) -> [] = "shares/rank";
            ParkShares(TEXTARRAYOID, INT8ARRAYOID) -> [] = "shares/park";
            ParkSharesOfSteps(TEXTOID, INT4ARRAYOID, INT4OID) -> [] = "shares/park_of_names";
            ParkSharesOfTasks(TEXTOID, INT4ARRAYOID, INT4OID) -> [] = "shares/park_of_names";
            DispatchShares(INT8ARRAYOID, INT8ARRAYOID, TEXTOID) -> [INT8OID, INT4OID, INT4OID] = "shares/dispatch";
            ReopenShares(INT8ARRAYOID, INT8ARRAYOID, TEXTOID) -> [INT8OID, INT4OID, INT4OID] = "shares/reopen";
            ParkedRanks(TEXTOID, INT4OID) -> [TIMESTAMPOID] = "shares/parked_ranks";
            ShareBuckets(TEXTOID, TEXTOID) -> [TEXTOID] = "shares/buckets";
            SharesAreWaiting(TEXTOID) -> [BOOLOID] = "shares/is_waiting";
            DelayedShares() -> [INT8OID, TEXTOID] = "shares/delayed";
            ShareBucketsOfSteps(INT8ARRAYOID) -> [INT8OID, TEXTOID] = "shares/buckets_of_steps";
            NextShareSteps(INT4OID, INT4OID) -> [INT8OID, INT8OID, TIMESTAMPOID] = "shares/next_steps";
            NextDelayedShareSteps(INT4OID, INT4OID) -> [
                INT8OID, INT8OID, TIMESTAMPOID, TEXTOID
            ] = "shares/next_delayed";
            TruncateShares() -> [] = "shares/truncate";
            DeleteOrphanedShares() -> [INT8OID] = "shares/delete_orphaned" as maintainer;
        }
    };
}
pub(super) use with_shares;
