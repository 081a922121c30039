-- What the engine's finalizer writes beside the transition (semantics 2.7).
UPDATE @installation@.tasker_tasks
SET complete = true,
    updated_at = $2
WHERE task_id OPERATOR(pg_catalog.=) $1
