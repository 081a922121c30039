-- The task that a step waits for has been found or made.
UPDATE @installation@.tasker_core_rules
SET waited_task_id = $2,
    creates_task = $3
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
