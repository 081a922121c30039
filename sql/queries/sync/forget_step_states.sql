-- All step transitions are gone: every step is pending.
UPDATE @installation@.tasker_core_steps
SET state = 'pending',
    state_since = NULL,
    backoff_seconds = NULL
WHERE state_since IS NOT NULL
