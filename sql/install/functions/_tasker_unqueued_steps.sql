CREATE FUNCTION @extschema@._tasker_unqueued_steps(installation oid)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint
)
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'unqueued_steps_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_unqueued_steps(oid) IS
'Steps of an installation (the oid of its schema) that are ready or wait, and to which neither a hint nor a timer leads, nor do they wait for a place in a limit: nobody would ever look at them. For tasker_doctor(). Runs with the rights of the caller, who must be able to read the side tables. Linear in the rows of the installation.';
