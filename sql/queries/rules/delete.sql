-- A step is gone, and its rule with it.
DELETE FROM @installation@.tasker_core_rules
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
