CREATE FUNCTION @extschema@.tasker_step_completion_stats(task_id bigint)
RETURNS TABLE (
    total_steps bigint,
    completed_steps bigint,
    failed_steps bigint,
    in_progress_steps bigint,
    cancelled_steps bigint,
    pending_steps bigint,
    latest_completion_at timestamptz,
    all_complete boolean
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_step_completion_stats';

COMMENT ON FUNCTION @extschema@.tasker_step_completion_stats(bigint) IS
'Returns the progress of a task''s steps, as the engine''s task_completion_stats does. The engine '
'counts every step that is neither done nor failed as pending; here, running and cancelled steps '
'are counted separately. latest_completion_at: the latest processed_at of a step that is done. A '
'task without steps counts as complete.

Errors: P0002 no such task, or row-level security hides it; 22004 for NULL; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on tasker_tasks, tasker_workflow_steps, '
'tasker_workflow_step_transitions. Row-level security filters the rows. Complexity: O(steps) of '
'the task.';
