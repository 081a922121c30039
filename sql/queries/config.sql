-- The configuration: what is stored, and the history of its versions.

-- name: lock
-- Makes changes wait for each other, so that versions have no gaps and no change is lost.
LOCK TABLE @installation@.tasker_core_config IN SHARE ROW EXCLUSIVE MODE;

-- name: version
-- The options of a scope and section from a version on.
SELECT section, scope, options
FROM @installation@.tasker_core_config_versions
WHERE version = $1;

-- name: history
-- The changes of a section ($1) and a scope ($2), each NULL for any, with their authors; the latest
-- first.
SELECT version, section, scope, options, changed_at, changed_by
FROM @installation@.tasker_core_config_versions
WHERE ($1 IS NULL OR section = $1)
  AND ($2 IS NULL OR scope = $2)
ORDER BY version DESC;

-- name: of_section
-- The options that each scope sets in a section.
SELECT scope, options, version
FROM @installation@.tasker_core_config
WHERE section = $1;

-- name: put
-- Sets what a scope says in a section; the version that it is from must have been written.
INSERT INTO @installation@.tasker_core_config (section, scope, options, version)
VALUES ($1, $2, $3::jsonb, $4)
ON CONFLICT (section, scope) DO UPDATE SET
    options = EXCLUDED.options,
    version = EXCLUDED.version;

-- name: drop
-- A scope says nothing in a section any more.
DELETE FROM @installation@.tasker_core_config
WHERE section = $1
  AND scope = $2;

-- name: put_version
-- Stores the new options of a scope, with the author and the time. The caller has locked the
-- configuration.
INSERT INTO @installation@.tasker_core_config_versions (version, section, scope, options,
    changed_at, changed_by)
SELECT COALESCE(max(known.version), 0) + 1, $1, $2, $3::jsonb, $4, $5
FROM @installation@.tasker_core_config_versions AS known
RETURNING version;

-- name: latest
-- The last change of the configuration. Its transaction number distinguishes it from a rolled-back
-- change with the same version.
SELECT version, xmin
FROM @installation@.tasker_core_config_versions
ORDER BY version DESC
LIMIT 1;

-- name: all
-- The options that every scope sets.
SELECT section, scope, options
FROM @installation@.tasker_core_config;
