-- The steps $2 of the new tasks $1, task by task, each after all that it depends on. The first steps of a task that is
-- to start later wait as if somebody had asked for it; all of them, where steps in front of them may be left out.
INSERT INTO @installation@.tasker_workflow_steps (
    task_id, named_step_id, retryable, retry_limit, in_process, processed, attempts, last_attempted_at,
    backoff_request_seconds, inputs, results, skippable, created_at, updated_at
)
SELECT
    asked.task_id, step.named_step_id, step.retryable, step.retry_limit, false, false, 0,
    CASE WHEN step.is_root OR asked.holds_all THEN asked.held_since END,
    CASE WHEN step.is_root OR asked.holds_all THEN asked.held_seconds END,
    task.context, '{}', step.skippable, $3, $3
FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS asked (
    ordinal pg_catalog.int8, task_id pg_catalog.int8, template pg_catalog.int4,
    held_since pg_catalog.timestamp, held_seconds pg_catalog.int4, holds_all pg_catalog.bool
)
JOIN pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS step (
    template pg_catalog.int4, place pg_catalog.int4, named_step_id pg_catalog.int4, retryable pg_catalog.bool,
    retry_limit pg_catalog.int4, skippable pg_catalog.bool, is_root pg_catalog.bool
) ON step.template OPERATOR(pg_catalog.=) asked.template
-- Not a join: that may read all tasks there are, for the statistics cannot know that few are asked for.
CROSS JOIN LATERAL (
    SELECT own.context
    FROM @installation@.tasker_tasks AS own
    WHERE own.task_id OPERATOR(pg_catalog.=) asked.task_id
    OFFSET 0
) AS task
ORDER BY asked.ordinal, step.place
RETURNING workflow_step_id, task_id, named_step_id
