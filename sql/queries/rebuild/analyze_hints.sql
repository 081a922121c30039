ANALYZE @installation@.tasker_core_hints
