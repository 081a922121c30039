-- What a scope sets in a section.
SELECT options
FROM @installation@.tasker_core_config
WHERE section OPERATOR(pg_catalog.=) $1
  AND scope OPERATOR(pg_catalog.=) $2
