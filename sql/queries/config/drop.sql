-- A scope says nothing in a section any more.
DELETE FROM @installation@.tasker_core_config
WHERE section OPERATOR(pg_catalog.=) $1
  AND scope OPERATOR(pg_catalog.=) $2
