CREATE FUNCTION @extschema@.tasker_ready_steps_of_tasks(task_ids bigint[])
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    named_step_id integer,
    step_name text,
    current_state text,
    attempts integer,
    retry_limit integer,
    priority integer,
    eligible_since timestamptz
)
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'tasker_ready_steps_of_tasks';

COMMENT ON FUNCTION @extschema@.tasker_ready_steps_of_tasks(bigint[]) IS
'Returns the steps of several tasks that may run now, ordered by task and step, as '
'tasker_ready_steps(). If the array contains a task twice, its steps are returned once. NULL '
'elements and tasks that do not exist are ignored; for a NULL array, there are no rows.

Errors, privileges, complexity: as tasker_ready_steps().';
