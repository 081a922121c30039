-- These steps have rules from now on; whoever looks at them next decides.
WITH marked AS (
    UPDATE @installation@.tasker_core_steps
    SET has_rule = true
    WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
    RETURNING workflow_step_id
)
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT marked.workflow_step_id, marked.workflow_step_id
FROM marked
ON CONFLICT DO NOTHING
