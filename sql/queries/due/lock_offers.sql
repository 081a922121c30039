-- Those of these tasks that no other scheduler is just being handed; locked until the transaction ends. Nobody waits.
-- There are 2,048 locks, so that no call fills the lock table: a task that shares one is passed over until the other call has ended.
SELECT wanted.task_id
FROM pg_catalog.unnest($1) AS wanted (task_id)
WHERE pg_catalog.pg_try_advisory_xact_lock(
    $2 OPERATOR(pg_catalog.+) (wanted.task_id OPERATOR(pg_catalog.&) 2047))
