-- Who has changed what, the last change first; NULL: of every section, of every scope.
SELECT version, section, scope, options, changed_at, changed_by
FROM @installation@.tasker_core_config_versions
WHERE ($1 IS NULL OR section OPERATOR(pg_catalog.=) $1)
  AND ($2 IS NULL OR scope OPERATOR(pg_catalog.=) $2)
ORDER BY version DESC
