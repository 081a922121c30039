-- What every scope sets.
SELECT section, scope, options
FROM @installation@.tasker_core_config
