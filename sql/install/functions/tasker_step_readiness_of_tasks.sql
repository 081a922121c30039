CREATE FUNCTION @extschema@.tasker_step_readiness_of_tasks(task_ids bigint[])
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    named_step_id integer,
    step_name text,
    current_state text,
    dependencies_satisfied boolean,
    retry_eligible boolean,
    ready_for_execution boolean,
    last_failure_at timestamptz,
    next_retry_at timestamptz,
    total_parents integer,
    completed_parents integer,
    attempts integer,
    retry_limit integer,
    backoff_request_seconds integer,
    last_attempted_at timestamptz,
    blocking_reason text,
    next_eligible_at timestamptz
)
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED ROWS 1000
AS 'MODULE_PATHNAME', 'tasker_step_readiness_of_tasks';

COMMENT ON FUNCTION @extschema@.tasker_step_readiness_of_tasks(bigint[]) IS
'Returns whether each step of several tasks may run now, ordered by task and step, with the '
'columns of tasker_step_readiness(). If the array contains a task twice, its steps are returned '
'once. NULL elements and tasks that do not exist are ignored.

Errors, privileges, complexity: as tasker_step_readiness().';
