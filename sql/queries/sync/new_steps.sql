-- The steps that a statement inserted.
SELECT workflow_step_id
FROM new_rows
