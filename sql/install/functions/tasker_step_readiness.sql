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
'Returns whether each step of a task may run now, and what it waits for: the columns of '
'get_step_readiness_status, blocking_reason (NULL for a ready step) and next_eligible_at. Both '
'next_retry_at and next_eligible_at are the latest of the waits that apply, or NULL if none '
'applies or if the step will never run by itself. step_ids: returns only these steps; NULL: all '
'steps; an empty array: none. Row-level security on tasker_tasks and tasker_workflow_steps filters '
'the rows.

Errors: P0002 no such task, or row-level security hides it; 22004 for NULL; 42P01 when no Tasker '
'tables are in the search_path, 55000 when tasker_install() has not been run there, 42501, XX001 '
'when a transition names a state that does not exist. Privileges: as tasker_ready_steps(). '
'Complexity: O(steps + edges) of the task. Corrects the engine''s defects R2, R3, R6, R17 and R19 '
'(docs/readiness.md).';
