ANALYZE @installation@.tasker_core_decisions
