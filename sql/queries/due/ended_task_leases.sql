-- Tasks that schedulers have been handed and have not dealt with in time.
SELECT task_id
FROM @installation@.tasker_core_task_leases
WHERE lease_until OPERATOR(pg_catalog.<=) $1
ORDER BY lease_until
