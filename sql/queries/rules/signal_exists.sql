-- Whether a signal has been sent to a task.
SELECT EXISTS (
    SELECT FROM @installation@.tasker_core_signals AS signal
    WHERE signal.task_id OPERATOR(pg_catalog.=) $1
      AND signal.name OPERATOR(pg_catalog.=) $2
)
