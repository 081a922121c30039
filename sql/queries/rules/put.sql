-- Lays down the rules of new steps.
INSERT INTO @installation@.tasker_core_rules (workflow_step_id, task_id, rule, signal_name, waited_task_id, creates_task,
    laid_down_by, seal)
SELECT step.workflow_step_id, step.task_id, laid_down.rule,
       (laid_down.rule OPERATOR(pg_catalog.->) 'wait') OPERATOR(pg_catalog.->>) 'signal',
       ((laid_down.rule OPERATOR(pg_catalog.->) 'wait') OPERATOR(pg_catalog.->>) 'task')::pg_catalog.int8,
       laid_down.rule OPERATOR(pg_catalog.?) 'subtask',
       $3, laid_down.seal
FROM ROWS FROM (
    pg_catalog.unnest($1), pg_catalog.unnest($2::pg_catalog.jsonb[]), pg_catalog.unnest($4)
) AS laid_down (workflow_step_id, rule, seal)
JOIN @installation@.tasker_core_steps AS step
    ON step.workflow_step_id OPERATOR(pg_catalog.=) laid_down.workflow_step_id
ON CONFLICT DO NOTHING
