TRUNCATE @installation@.tasker_core_steps, @installation@.tasker_core_leases, @installation@.tasker_core_hints,
    @installation@.tasker_core_timers, @installation@.tasker_core_holds, @installation@.tasker_core_parked,
    @installation@.tasker_core_rules, @installation@.tasker_core_decisions,
    @installation@.tasker_core_attempted
