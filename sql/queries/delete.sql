-- Deletes a task and all that belongs to it.

-- name: lock_steps
-- Locks the steps of a task, as workers do: in the order of their ids.
SELECT workflow_step_id
FROM @installation@.tasker_workflow_steps
WHERE task_id OPERATOR(pg_catalog.=) $1
ORDER BY workflow_step_id
FOR UPDATE;

-- name: annotations
-- Deletes the annotations of a task.
DELETE FROM @installation@.tasker_task_annotations
WHERE task_id OPERATOR(pg_catalog.=) $1;

-- name: task_transitions
-- The history of a task.
DELETE FROM @installation@.tasker_task_transitions
WHERE task_id OPERATOR(pg_catalog.=) $1;

-- name: step_transitions
-- The history of steps.
DELETE FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: edges
-- The edges from and to steps, also of other tasks.
DELETE FROM @installation@.tasker_workflow_step_edges
WHERE from_step_id OPERATOR(pg_catalog.=) ANY ($1)
   OR to_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: steps
-- Deletes steps whose other rows are deleted already.
DELETE FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: task
-- Deletes a task whose other rows are deleted already.
DELETE FROM @installation@.tasker_tasks
WHERE task_id OPERATOR(pg_catalog.=) $1;
