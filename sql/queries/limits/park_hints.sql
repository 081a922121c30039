-- Hints at steps that a limit holds up stand aside, in the queue of the bucket, where claims do not come by them.
INSERT INTO @installation@.tasker_core_parked (
    bucket, workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank
)
SELECT held_up.bucket, hint.workflow_step_id, hint.cause_id, hint.task_id, hint.named_step_id, hint.named_task_id,
       hint.rank
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS held_up (bucket, workflow_step_id)
JOIN @installation@.tasker_core_hints AS hint
    ON hint.workflow_step_id OPERATOR(pg_catalog.=) held_up.workflow_step_id
ON CONFLICT DO NOTHING
