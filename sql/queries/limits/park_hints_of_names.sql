-- The first hints at steps of these names, or in tasks of them, stand aside in the queue of a bucket, but for those that somebody
-- else is looking at.
WITH taken AS MATERIALIZED (
    SELECT hint.workflow_step_id, hint.cause_id, hint.task_id, hint.named_step_id, hint.named_task_id, hint.rank
    FROM @installation@.tasker_core_hints AS hint
    WHERE hint.@named@ OPERATOR(pg_catalog.=) ANY ($2)
    LIMIT $3
    FOR UPDATE OF hint SKIP LOCKED
), parked AS (
    INSERT INTO @installation@.tasker_core_parked (
        bucket, workflow_step_id, parked_by, task_id, named_step_id, named_task_id, rank
    )
    SELECT $1, taken.workflow_step_id, pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8,
        taken.task_id, taken.named_step_id, taken.named_task_id, pg_catalog.min(taken.rank)
    FROM taken
    GROUP BY taken.workflow_step_id, taken.task_id, taken.named_step_id, taken.named_task_id
    ON CONFLICT DO NOTHING
)
SELECT taken.workflow_step_id, taken.cause_id
FROM taken
