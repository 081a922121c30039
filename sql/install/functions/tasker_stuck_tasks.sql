CREATE FUNCTION @extschema@.tasker_stuck_tasks(
    older_than interval DEFAULT '1 hour',
    max_rows integer DEFAULT 100,
    after_id bigint DEFAULT NULL
)
RETURNS TABLE (
    task_id bigint,
    namespace text,
    task_name text,
    version text,
    current_state text,
    last_moved_at timestamptz,
    execution_status text,
    reason text,
    hint text
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_stuck_tasks';

COMMENT ON FUNCTION @extschema@.tasker_stuck_tasks(interval, integer, bigint) IS
'Returns the tasks in pending or in_progress that have not changed for the duration older_than and '
'cannot continue by themselves, in the order of their ids. A task is not stuck while a step of it '
'runs, or waits for a time. reason: paused, worker_lost, unclaimed, uncommitted_claim (hint: the '
'process and, for roles that may read it, since when), blocked_by_failures, not_finalized, '
'waiting, wait_cycle (it waits for itself, directly or through other tasks). Tasks in error are '
'dead letters: see tasker_dead_letters(). To page, pass the last id as after_id.

Errors: 22004 older_than is NULL; 22023 max_rows is negative; 42P01, 55000 and XX001 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() '
'reads, on tasker_named_tasks and tasker_task_namespaces. Row-level security filters the rows. '
'Complexity: the tasks up to the last row, and the steps of the open ones that are old enough; '
'constant if there are none.';
