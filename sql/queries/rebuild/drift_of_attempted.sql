-- Where the list of the steps that are in error, or pending and not as they were created, differs from the side rows of steps.
SELECT
    COALESCE(step.workflow_step_id, attempted.workflow_step_id) AS row_id,
    CASE WHEN attempted.workflow_step_id IS NULL THEN 'missing' ELSE 'extra' END AS problem
FROM (SELECT step.workflow_step_id FROM @installation@.tasker_core_steps AS step WHERE @is_attempted@) AS step
FULL JOIN @installation@.tasker_core_attempted AS attempted
    ON attempted.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
WHERE step.workflow_step_id IS NULL OR attempted.workflow_step_id IS NULL
ORDER BY row_id
