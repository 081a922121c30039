-- Every step that is in error, or pending and not as it was created.
WITH written AS (
    INSERT INTO @installation@.tasker_core_attempted (workflow_step_id)
    SELECT step.workflow_step_id
    FROM @installation@.tasker_core_steps AS step
    WHERE @is_attempted@
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT pg_catalog.count(*) AS inserted, 0::pg_catalog.int8 AS updated
FROM written
