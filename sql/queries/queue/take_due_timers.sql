-- Takes what is due out of the queue, past what somebody else is taking.
DELETE FROM @installation@.tasker_core_timers
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_timers AS queued
    WHERE queued.due_at OPERATOR(pg_catalog.<=) $1
    ORDER BY queued.due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
))
RETURNING kind, subject_id
