-- What a scope said in a section from some version on.
SELECT section, scope, options
FROM @installation@.tasker_core_config_versions
WHERE version OPERATOR(pg_catalog.=) $1
