-- Hints at steps, each with what caused it.
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank)
SELECT hint.workflow_step_id, hint.cause_id, hint.task_id, hint.named_step_id, hint.named_task_id,
       $7 OPERATOR(pg_catalog.-) ($8 OPERATOR(pg_catalog.*) hint.priority::pg_catalog.float8)
FROM ROWS FROM (
    pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5),
    pg_catalog.unnest($6)
) AS hint (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, priority)
ON CONFLICT DO NOTHING
