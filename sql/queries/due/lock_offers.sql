-- Those of these tasks that no other scheduler is just being handed; locked until the transaction ends. Nobody waits.
SELECT wanted.task_id
FROM pg_catalog.unnest($1) AS wanted (task_id)
WHERE pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashint8extended(wanted.task_id, $2))
