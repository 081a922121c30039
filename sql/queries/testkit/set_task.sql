-- The columns of a task with a new history. $2: whether it is complete; $3: when the history begins; $4: when it came
-- into its state.
UPDATE @installation@.tasker_tasks
SET complete = $2,
    requested_at = LEAST(requested_at, $3),
    created_at = LEAST(created_at, $3),
    updated_at = $4
WHERE task_id OPERATOR(pg_catalog.=) $1
