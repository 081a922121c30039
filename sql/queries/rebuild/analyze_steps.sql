ANALYZE @installation@.tasker_core_steps
