-- The steps that use limits, or wait for them.
SELECT held.workflow_step_id
FROM @installation@.tasker_core_holds AS held
UNION
SELECT parked.workflow_step_id
FROM @installation@.tasker_core_parked AS parked
