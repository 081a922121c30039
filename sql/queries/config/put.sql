-- Sets what a scope says in a section; the version that it is from must have been written.
INSERT INTO @installation@.tasker_core_config (section, scope, options, version)
VALUES ($1, $2, $3::pg_catalog.jsonb, $4)
ON CONFLICT (section, scope) DO UPDATE SET
    options = EXCLUDED.options,
    version = EXCLUDED.version
