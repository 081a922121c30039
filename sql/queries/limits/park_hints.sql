-- Hints at steps that a limit holds up stand aside, in the queue of the bucket, where claims do not come by them; but for those that
-- somebody else is looking at.
WITH taken AS MATERIALIZED (
    SELECT held_up.bucket, hint.workflow_step_id, hint.cause_id, hint.task_id, hint.named_step_id, hint.named_task_id, hint.rank
    FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS held_up (bucket, workflow_step_id)
    JOIN @installation@.tasker_core_hints AS hint
        ON hint.workflow_step_id OPERATOR(pg_catalog.=) held_up.workflow_step_id
    FOR UPDATE OF hint SKIP LOCKED
), parked AS (
    INSERT INTO @installation@.tasker_core_parked (
        bucket, workflow_step_id, parked_by, task_id, named_step_id, named_task_id, rank
    )
    SELECT taken.bucket, taken.workflow_step_id, pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8,
        taken.task_id, taken.named_step_id, taken.named_task_id, pg_catalog.min(taken.rank)
    FROM taken
    GROUP BY taken.bucket, taken.workflow_step_id, taken.task_id, taken.named_step_id, taken.named_task_id
    ON CONFLICT DO NOTHING
)
SELECT taken.workflow_step_id, taken.cause_id
FROM taken
