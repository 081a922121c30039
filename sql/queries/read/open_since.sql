-- Since when the transaction of a process is open (UTC; NULL if the caller may not see that).
SELECT (activity.xact_start AT TIME ZONE 'UTC')::pg_catalog.timestamp
FROM pg_catalog.pg_stat_activity AS activity
WHERE activity.pid OPERATOR(pg_catalog.=) $1
