CREATE FUNCTION @extschema@.tasker_task_context_of_tasks(task_ids bigint[])
RETURNS TABLE (
    task_id bigint,
    named_task_id integer,
    status text,
    total_steps bigint,
    pending_steps bigint,
    in_progress_steps bigint,
    completed_steps bigint,
    failed_steps bigint,
    cancelled_steps bigint,
    ready_steps bigint,
    blocked_steps bigint,
    execution_status text,
    recommended_action text,
    completion_percentage numeric,
    health_status text,
    next_eligible_at timestamptz
)
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'tasker_task_context_of_tasks';

COMMENT ON FUNCTION @extschema@.tasker_task_context_of_tasks(bigint[]) IS
'Returns what several tasks are doing, each task once, ordered by id, with the columns of '
'tasker_task_context(). Tasks that do not exist are left out.

Errors, privileges, complexity: as tasker_task_context().';
