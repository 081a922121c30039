-- A task is gone, and the signals that were sent to it.
DELETE FROM @installation@.tasker_core_signals
WHERE task_id OPERATOR(pg_catalog.=) $1
