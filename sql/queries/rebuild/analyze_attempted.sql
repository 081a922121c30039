ANALYZE @installation@.tasker_core_attempted
