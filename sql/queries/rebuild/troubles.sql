-- Work that was refused, the oldest first, at most $1, and how much there is.
SELECT
    trouble.kind::pg_catalog.text, trouble.subject_id, trouble.attempts, trouble.next_try::pg_catalog.text, trouble.sqlstate::pg_catalog.text,
    trouble.message::pg_catalog.text, trouble.since::pg_catalog.text, pg_catalog.count(*) OVER ()
FROM @installation@.tasker_core_troubles AS trouble
ORDER BY trouble.since, trouble.subject_id, trouble.kind
LIMIT $1
