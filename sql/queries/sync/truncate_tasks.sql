TRUNCATE @installation@.tasker_core_tasks
