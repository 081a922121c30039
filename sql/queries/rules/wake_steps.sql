-- Something has happened to these steps: over those with a rule somebody has to decide. The number of the transaction
-- keeps those apart who say so at once, and from those who are just looking.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT step.workflow_step_id, OPERATOR(pg_catalog.-) pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8
FROM @installation@.tasker_core_steps AS step
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND step.has_rule
ON CONFLICT DO NOTHING
