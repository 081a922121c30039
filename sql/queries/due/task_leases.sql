-- Which of these tasks are or were a scheduler's.
SELECT task_id
FROM @installation@.tasker_core_task_leases
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
