-- Templates: named tasks, their named steps and dependent systems.

-- name: put_namespace
-- A namespace, unless there is one of that name.
INSERT INTO @installation@.tasker_task_namespaces (name, created_at, updated_at)
SELECT $1, $2, $2
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_task_namespaces AS namespace
    WHERE namespace.name OPERATOR(pg_catalog.=) $1::pg_catalog.varchar
)
ON CONFLICT (name) DO NOTHING;

-- name: put_systems
-- The systems of the steps $1 that are not there yet, in the order of their names so that two
-- registrations cannot wait for each other.
INSERT INTO @installation@.tasker_dependent_systems (name, created_at, updated_at)
SELECT DISTINCT step.system COLLATE pg_catalog."C", $2, $2
FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS step (system pg_catalog.text)
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_dependent_systems AS system
    WHERE system.name OPERATOR(pg_catalog.=) step.system::pg_catalog.varchar
)
ORDER BY 1
ON CONFLICT (name) DO NOTHING;

-- name: put_named_steps
-- The names of the steps $1 that are not there yet, in order as the systems.
INSERT INTO @installation@.tasker_named_steps (dependent_system_id, name, description, created_at,
    updated_at)
SELECT system.dependent_system_id, step.name COLLATE pg_catalog."C", step.description, $2, $2
FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS step (
    name pg_catalog.text, system pg_catalog.text, description pg_catalog.text
)
JOIN @installation@.tasker_dependent_systems AS system
    ON system.name OPERATOR(pg_catalog.=) step.system::pg_catalog.varchar
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_named_steps AS named_step
    WHERE named_step.dependent_system_id OPERATOR(pg_catalog.=) system.dependent_system_id
      AND named_step.name OPERATOR(pg_catalog.=) step.name::pg_catalog.varchar
)
ORDER BY 1, 2
ON CONFLICT (dependent_system_id, name) DO NOTHING;

-- name: put_named_task
-- The named task of a template: made, or brought up to date. Returns it, and whether it was made,
-- unless it says all that already. One that is there is not inserted: each attempt would use up an
-- id of the sequence.
WITH namespace AS (
    SELECT found.task_namespace_id
    FROM @installation@.tasker_task_namespaces AS found
    WHERE found.name OPERATOR(pg_catalog.=) $1::pg_catalog.varchar
), changed AS (
    UPDATE @installation@.tasker_named_tasks AS named_task
    SET description = $4,
        configuration = $5::pg_catalog.jsonb,
        updated_at = $6
    FROM namespace
    WHERE named_task.task_namespace_id OPERATOR(pg_catalog.=) namespace.task_namespace_id
      AND named_task.name OPERATOR(pg_catalog.=) $2::pg_catalog.varchar
      AND named_task.version OPERATOR(pg_catalog.=) $3::pg_catalog.varchar
      AND (COALESCE(named_task.description OPERATOR(pg_catalog.<>) $4::pg_catalog.varchar,
          (named_task.description IS NULL) OPERATOR(pg_catalog.<>) ($4::pg_catalog.varchar IS NULL))
           OR COALESCE(named_task.configuration OPERATOR(pg_catalog.<>) $5::pg_catalog.jsonb,
               (named_task.configuration IS NULL)
               OPERATOR(pg_catalog.<>) ($5::pg_catalog.jsonb IS NULL)))
    RETURNING named_task.named_task_id
), made AS (
    INSERT INTO @installation@.tasker_named_tasks AS named_task (
        name, description, task_namespace_id, version, configuration, created_at, updated_at
    )
    SELECT $2, $4, namespace.task_namespace_id, $3, $5::pg_catalog.jsonb, $6, $6
    FROM namespace
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_named_tasks AS known
        WHERE known.task_namespace_id OPERATOR(pg_catalog.=) namespace.task_namespace_id
          AND known.name OPERATOR(pg_catalog.=) $2::pg_catalog.varchar
          AND known.version OPERATOR(pg_catalog.=) $3::pg_catalog.varchar
    )
    -- Another session has just made it.
    ON CONFLICT (task_namespace_id, name, version) DO UPDATE SET
        description = EXCLUDED.description,
        configuration = EXCLUDED.configuration,
        updated_at = EXCLUDED.updated_at
    WHERE COALESCE(named_task.description OPERATOR(pg_catalog.<>) EXCLUDED.description,
        (named_task.description IS NULL) OPERATOR(pg_catalog.<>) (EXCLUDED.description IS NULL))
       OR COALESCE(named_task.configuration OPERATOR(pg_catalog.<>) EXCLUDED.configuration,
           (named_task.configuration IS NULL)
           OPERATOR(pg_catalog.<>) (EXCLUDED.configuration IS NULL))
    RETURNING named_task.named_task_id,
        named_task.xmax OPERATOR(pg_catalog.=) '0'::pg_catalog.xid AS is_new
)
SELECT changed.named_task_id, false FROM changed
UNION ALL
SELECT made.named_task_id, made.is_new FROM made;

-- name: put_template_steps
-- Sets the steps $2 of a named task, and their defaults. Existing rows are not inserted again: each
-- attempt would use a value of the sequence.
WITH wanted AS MATERIALIZED (
    SELECT named_step.named_step_id, step.skippable, step.retryable, step.retry_limit
    FROM pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS step (
        name pg_catalog.text, system pg_catalog.text,
        skippable pg_catalog.bool, retryable pg_catalog.bool, retry_limit pg_catalog.int4
    )
    JOIN @installation@.tasker_dependent_systems AS system
        ON system.name OPERATOR(pg_catalog.=) step.system::pg_catalog.varchar
    JOIN @installation@.tasker_named_steps AS named_step
        ON named_step.dependent_system_id OPERATOR(pg_catalog.=) system.dependent_system_id
       AND named_step.name OPERATOR(pg_catalog.=) step.name::pg_catalog.varchar
), changed AS (
    UPDATE @installation@.tasker_named_tasks_named_steps AS stored
    SET skippable = wanted.skippable,
        default_retryable = wanted.retryable,
        default_retry_limit = wanted.retry_limit,
        updated_at = $3
    FROM wanted
    WHERE stored.named_task_id OPERATOR(pg_catalog.=) $1
      AND stored.named_step_id OPERATOR(pg_catalog.=) wanted.named_step_id
      AND (COALESCE(stored.skippable OPERATOR(pg_catalog.<>) wanted.skippable,
          (stored.skippable IS NULL) OPERATOR(pg_catalog.<>) (wanted.skippable IS NULL))
           OR COALESCE(stored.default_retryable OPERATOR(pg_catalog.<>) wanted.retryable,
               (stored.default_retryable IS NULL)
               OPERATOR(pg_catalog.<>) (wanted.retryable IS NULL))
           OR COALESCE(stored.default_retry_limit OPERATOR(pg_catalog.<>) wanted.retry_limit,
               (stored.default_retry_limit IS NULL)
               OPERATOR(pg_catalog.<>) (wanted.retry_limit IS NULL)))
)
INSERT INTO @installation@.tasker_named_tasks_named_steps AS stored (
    named_task_id, named_step_id, skippable, default_retryable, default_retry_limit, created_at,
    updated_at
)
SELECT $1, wanted.named_step_id, wanted.skippable, wanted.retryable, wanted.retry_limit, $3, $3
FROM wanted
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_named_tasks_named_steps AS known
    WHERE known.named_task_id OPERATOR(pg_catalog.=) $1
      AND known.named_step_id OPERATOR(pg_catalog.=) wanted.named_step_id
)
ORDER BY wanted.named_step_id
-- Another session has just made it.
ON CONFLICT (named_task_id, named_step_id) DO UPDATE SET
    skippable = EXCLUDED.skippable,
    default_retryable = EXCLUDED.default_retryable,
    default_retry_limit = EXCLUDED.default_retry_limit,
    updated_at = EXCLUDED.updated_at
WHERE COALESCE(stored.skippable OPERATOR(pg_catalog.<>) EXCLUDED.skippable,
    (stored.skippable IS NULL) OPERATOR(pg_catalog.<>) (EXCLUDED.skippable IS NULL))
   OR COALESCE(stored.default_retryable OPERATOR(pg_catalog.<>) EXCLUDED.default_retryable,
       (stored.default_retryable IS NULL)
       OPERATOR(pg_catalog.<>) (EXCLUDED.default_retryable IS NULL))
   OR COALESCE(stored.default_retry_limit OPERATOR(pg_catalog.<>) EXCLUDED.default_retry_limit,
       (stored.default_retry_limit IS NULL)
       OPERATOR(pg_catalog.<>) (EXCLUDED.default_retry_limit IS NULL));

-- name: drop_template_steps
-- The steps that a named task has no longer: all but $2.
DELETE FROM @installation@.tasker_named_tasks_named_steps AS stored
USING @installation@.tasker_named_steps AS named_step,
@installation@.tasker_dependent_systems AS system
WHERE stored.named_task_id OPERATOR(pg_catalog.=) $1
  AND named_step.named_step_id OPERATOR(pg_catalog.=) stored.named_step_id
  AND system.dependent_system_id OPERATOR(pg_catalog.=) named_step.dependent_system_id
  AND NOT EXISTS (
      SELECT FROM pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS step (
          name pg_catalog.text, system pg_catalog.text
      )
      WHERE step.name OPERATOR(pg_catalog.=) named_step.name::pg_catalog.text
        AND step.system OPERATOR(pg_catalog.=) system.name::pg_catalog.text
  );

-- name: versions
-- The versions of a named task, and which of them have a template that we have stored.
SELECT named_task.named_task_id, named_task.version::pg_catalog.text,
       COALESCE(named_task.configuration OPERATOR(pg_catalog.?) 'step_templates', false)
           AS is_template
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE namespace.name OPERATOR(pg_catalog.=) $1::pg_catalog.varchar
  AND named_task.name OPERATOR(pg_catalog.=) $2::pg_catalog.varchar
ORDER BY named_task.named_task_id;

-- name: names
-- The templates that there are, whatever their versions.
SELECT DISTINCT namespace.name::pg_catalog.text, named_task.name::pg_catalog.text
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE named_task.configuration OPERATOR(pg_catalog.?) 'step_templates'
ORDER BY 1, 2;

-- name: stored
-- A template as it is stored.
SELECT named_task.configuration
FROM @installation@.tasker_named_tasks AS named_task
WHERE named_task.named_task_id OPERATOR(pg_catalog.=) $1;

-- name: custom_events
-- The events that templates and their steps declare.
SELECT namespace.name::pg_catalog.text, named_task.name::pg_catalog.text,
       named_task.version::pg_catalog.text, declared.events
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
CROSS JOIN LATERAL (
    SELECT pg_catalog.jsonb_path_query_array(named_task.configuration, '$.custom_events[*]')
        OPERATOR(pg_catalog.||) pg_catalog.jsonb_path_query_array(
            named_task.configuration, '$.step_templates[*].custom_events[*]')
) AS declared (events)
WHERE named_task.configuration OPERATOR(pg_catalog.?) 'step_templates'
  AND declared.events OPERATOR(pg_catalog.<>) '[]'
ORDER BY named_task.named_task_id;

-- name: named_steps
-- The named steps of a named task, by system and name.
SELECT system.name::pg_catalog.text AS system, named_step.name::pg_catalog.text,
    named_step.named_step_id
FROM @installation@.tasker_named_tasks_named_steps AS stored
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) stored.named_step_id
JOIN @installation@.tasker_dependent_systems AS system
    ON system.dependent_system_id OPERATOR(pg_catalog.=) named_step.dependent_system_id
WHERE stored.named_task_id OPERATOR(pg_catalog.=) $1;
