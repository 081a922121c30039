-- The named task of a template: made, or brought up to date. Returns it, and whether it was made, unless it says all
-- that already. One that is there is not inserted: each attempt would use up an id of the sequence.
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
      AND (named_task.description IS DISTINCT FROM $4::pg_catalog.varchar
           OR named_task.configuration IS DISTINCT FROM $5::pg_catalog.jsonb)
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
    WHERE named_task.description IS DISTINCT FROM EXCLUDED.description
       OR named_task.configuration IS DISTINCT FROM EXCLUDED.configuration
    RETURNING named_task.named_task_id, named_task.xmax OPERATOR(pg_catalog.=) '0'::pg_catalog.xid AS is_new
)
SELECT changed.named_task_id, false FROM changed
UNION ALL
SELECT made.named_task_id, made.is_new FROM made
