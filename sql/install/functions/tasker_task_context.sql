CREATE FUNCTION @extschema@.tasker_task_context(task_id bigint)
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
LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED ROWS 1
AS 'MODULE_PATHNAME', 'tasker_task_context_of_task';

COMMENT ON FUNCTION @extschema@.tasker_task_context(bigint) IS
'Returns what a task is doing: the numbers of its steps by state and readiness, execution_status '
'with the recommended_action, completion_percentage (0 to 100, two decimals), health_status, and '
'when the first waiting step may run (next_eligible_at). A step in error counts as failed and, if '
'that applies, also as ready or blocked. Row-level security on tasker_tasks and '
'tasker_workflow_steps filters the rows.

Errors: P0002 no such task, or row-level security hides it; 22004 for NULL; 42P01 when no Tasker '
'tables are in the search_path, 55000 when tasker_install() has not been run there, 42501, XX001 '
'when a transition names a state that does not exist. Privileges: as tasker_ready_steps(). '
'Complexity: O(steps + edges) of the task. Corrects the engine''s defects R2, R16, R17, R18 and '
'R19 (docs/readiness.md).';
