-- A scheduler gives a task back, if it is his.
DELETE FROM @installation@.tasker_core_task_leases
WHERE task_id OPERATOR(pg_catalog.=) $1
  AND scheduler OPERATOR(pg_catalog.=) $2
