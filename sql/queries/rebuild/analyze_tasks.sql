ANALYZE @installation@.tasker_core_tasks
