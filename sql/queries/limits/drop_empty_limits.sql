-- What neither limits nor pauses anything is not worth a row.
DELETE FROM @installation@.tasker_core_limits
WHERE max_running IS NULL AND max_starts IS NULL AND paused_at IS NULL
