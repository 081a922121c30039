-- Who laid down the rule of a step, and what proves it.
SELECT rule.laid_down_by, rule.seal
FROM @installation@.tasker_core_rules AS rule
WHERE rule.workflow_step_id OPERATOR(pg_catalog.=) $1
