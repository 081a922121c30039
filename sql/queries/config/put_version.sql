-- Keeps what a scope says from now on, with who said so and when. The caller has locked the configuration.
INSERT INTO @installation@.tasker_core_config_versions (version, section, scope, options, changed_at, changed_by)
SELECT COALESCE(pg_catalog.max(known.version), 0) OPERATOR(pg_catalog.+) 1, $1, $2, $3::pg_catalog.jsonb, $4, $5
FROM @installation@.tasker_core_config_versions AS known
RETURNING version
