-- Which steps $2 a named task has, and their defaults.
INSERT INTO @installation@.tasker_named_tasks_named_steps AS stored (
    named_task_id, named_step_id, skippable, default_retryable, default_retry_limit, created_at, updated_at
)
SELECT $1, named_step.named_step_id, step.skippable, step.retryable, step.retry_limit, $3, $3
FROM pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS step (
    name pg_catalog.text, system pg_catalog.text,
    skippable pg_catalog.bool, retryable pg_catalog.bool, retry_limit pg_catalog.int4
)
JOIN @installation@.tasker_dependent_systems AS system
    ON system.name OPERATOR(pg_catalog.=) step.system::pg_catalog.varchar
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.dependent_system_id OPERATOR(pg_catalog.=) system.dependent_system_id
   AND named_step.name OPERATOR(pg_catalog.=) step.name::pg_catalog.varchar
ORDER BY named_step.named_step_id
ON CONFLICT (named_task_id, named_step_id) DO UPDATE SET
    skippable = EXCLUDED.skippable,
    default_retryable = EXCLUDED.default_retryable,
    default_retry_limit = EXCLUDED.default_retry_limit,
    updated_at = EXCLUDED.updated_at
WHERE stored.skippable IS DISTINCT FROM EXCLUDED.skippable
   OR stored.default_retryable IS DISTINCT FROM EXCLUDED.default_retryable
   OR stored.default_retry_limit IS DISTINCT FROM EXCLUDED.default_retry_limit
