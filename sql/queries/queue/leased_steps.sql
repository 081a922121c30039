-- Which of these steps are held.
SELECT workflow_step_id
FROM @installation@.tasker_core_leases
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND ended_as IS NULL
