-- Which steps $2 a named task has, and their defaults. Those that are there are not inserted: each attempt would use up an id
-- of the sequence.
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
      AND (stored.skippable IS DISTINCT FROM wanted.skippable
           OR stored.default_retryable IS DISTINCT FROM wanted.retryable
           OR stored.default_retry_limit IS DISTINCT FROM wanted.retry_limit)
)
INSERT INTO @installation@.tasker_named_tasks_named_steps AS stored (
    named_task_id, named_step_id, skippable, default_retryable, default_retry_limit, created_at, updated_at
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
WHERE stored.skippable IS DISTINCT FROM EXCLUDED.skippable
   OR stored.default_retryable IS DISTINCT FROM EXCLUDED.default_retryable
   OR stored.default_retry_limit IS DISTINCT FROM EXCLUDED.default_retry_limit
