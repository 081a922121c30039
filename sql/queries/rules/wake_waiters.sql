-- A task has got into another state: over the steps that wait for it somebody has to decide.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT rule.workflow_step_id,
       OPERATOR(pg_catalog.-) pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8
FROM @installation@.tasker_core_rules AS rule
WHERE rule.waited_task_id OPERATOR(pg_catalog.=) $1
ON CONFLICT DO NOTHING
