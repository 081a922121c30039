-- Hints at the steps of put_steps.sql without parents, in tasks of no particular priority: from what is known, without
-- reading it again.
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank)
SELECT
    root.workflow_step_id, root.workflow_step_id, root.task_id, root.named_step_id, root.named_task_id, $5
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4))
    AS root (workflow_step_id, task_id, named_step_id, named_task_id)
