-- The session whose open transaction has changed or locked step $1, for example by a claim that is not committed, and since
-- when its transaction is open (UTC; NULL if the caller may not see that).
SELECT lock.pid, (activity.xact_start AT TIME ZONE 'UTC')::pg_catalog.timestamp
FROM @installation@.tasker_workflow_steps AS step
JOIN pg_catalog.pg_locks AS lock
    ON lock.transactionid OPERATOR(pg_catalog.=) step.xmax
LEFT JOIN pg_catalog.pg_stat_activity AS activity
    ON activity.pid OPERATOR(pg_catalog.=) lock.pid
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) $1
  AND lock.locktype OPERATOR(pg_catalog.=) 'transactionid'
  AND lock.granted
  AND lock.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
