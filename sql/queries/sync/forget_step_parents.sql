-- All edges are gone: no step has parents.
UPDATE @installation@.tasker_core_steps
SET parent_step_ids = '{}'
WHERE pg_catalog.cardinality(parent_step_ids) OPERATOR(pg_catalog.>) 0
RETURNING workflow_step_id
