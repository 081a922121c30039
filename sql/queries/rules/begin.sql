-- The parents of a step let it start.
UPDATE @installation@.tasker_core_rules
SET decided_at = $2
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
