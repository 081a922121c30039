-- Steps that a transaction has changed or locked that may be open.
SELECT step.workflow_step_id, step.xmax
FROM @installation@.tasker_workflow_steps AS step
WHERE step.xmax OPERATOR(pg_catalog.<>) '0'::pg_catalog.xid
ORDER BY step.workflow_step_id
