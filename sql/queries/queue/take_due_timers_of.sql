-- Takes what is due of these out of the queue, past what somebody else is taking.
DELETE FROM @installation@.tasker_core_timers
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS wanted (kind, subject_id)
    JOIN @installation@.tasker_core_timers AS queued
        ON queued.kind OPERATOR(pg_catalog.=) wanted.kind
        AND queued.subject_id OPERATOR(pg_catalog.=) wanted.subject_id
    WHERE queued.due_at OPERATOR(pg_catalog.<=) $1
    FOR UPDATE OF queued SKIP LOCKED
))
RETURNING kind, subject_id
