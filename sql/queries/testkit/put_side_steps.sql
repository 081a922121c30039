-- The side rows of the steps of put_steps.sql, with their parents in order, where nobody else has had a say: from what is
-- known, without reading it again.
INSERT INTO @installation@.tasker_core_steps (
    workflow_step_id, task_id, created_at, named_step_id, attempts, retry_limit, retryable, in_process, processed,
    skippable, state, parent_step_ids
)
SELECT
    made.workflow_step_id, made.task_id, $5, made.named_step_id, 0, 3, true, false, false, false, 'pending',
    made.parent_step_ids::pg_catalog.int8[]
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4))
    AS made (workflow_step_id, task_id, named_step_id, parent_step_ids)
