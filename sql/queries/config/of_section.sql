-- What each scope sets in a section.
SELECT scope, options, version
FROM @installation@.tasker_core_config
WHERE section OPERATOR(pg_catalog.=) $1
