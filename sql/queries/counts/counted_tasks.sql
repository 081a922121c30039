-- Likewise of tasks.
SELECT state, state_since IS NOT NULL, pg_catalog.count(*)
FROM @installation@.tasker_core_tasks
GROUP BY 1, 2
