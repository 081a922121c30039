-- All task transitions are gone: every task is pending.
UPDATE @installation@.tasker_core_tasks
SET state = 'pending',
    state_since = NULL
WHERE state_since IS NOT NULL
