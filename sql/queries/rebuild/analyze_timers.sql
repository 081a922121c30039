ANALYZE @installation@.tasker_core_timers
