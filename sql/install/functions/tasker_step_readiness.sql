CREATE FUNCTION @extschema@.tasker_step_readiness(task_id bigint, step_ids bigint[] DEFAULT NULL)
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
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
AS 'MODULE_PATHNAME', 'tasker_step_readiness_of_task';

COMMENT ON FUNCTION @extschema@.tasker_step_readiness(bigint, bigint[]) IS
'Whether each step of a task may run now, and what is in its way: the columns of get_step_readiness_status, and blocking_reason (NULL for a ready step) and next_eligible_at. Both next_retry_at and next_eligible_at are the latest of the waits that apply, NULL when none applies or when the step will never run by itself. step_ids restricts the answer to these steps; NULL means all, an empty array none. Raises P0002 for a task that does not exist or that row-level security hides, 22004 for NULL. Row-level security on tasker_tasks and tasker_workflow_steps filters the rows. Needs SELECT on tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions and tasker_named_steps. Raises 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not been run there, 42501 without the privileges, XX001 when a transition names a state that does not exist. Time grows with the steps and edges of the task. Semantics 3.1, repaired as R2, R3, R6, R17 and R19.';
