TRUNCATE @installation@.tasker_core_steps
