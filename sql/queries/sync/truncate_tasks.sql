TRUNCATE @installation@.tasker_core_tasks, @installation@.tasker_core_endings, @installation@.tasker_core_task_leases,
    @installation@.tasker_core_signals
