CREATE FUNCTION @extschema@.tasker_next_steps(max_rows integer DEFAULT 20)
RETURNS TABLE (
    place integer,
    workflow_step_id bigint,
    task_id bigint,
    task_name text,
    step_name text,
    source text,
    runs_at timestamptz,
    queued_at timestamptz,
    bucket text,
    start_by timestamptz,
    timeout interval,
    deadline_at timestamptz
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 20
AS 'MODULE_PATHNAME', 'tasker_next_steps_with_limits';

COMMENT ON FUNCTION @extschema@.tasker_next_steps(integer) IS
'Returns which steps will run next, and when: first the steps that the next claims will return '
'(source queue), then ready steps that a limit delays (limit, with its bucket), then steps that '
'wait for a time (timer, with runs_at), each in its order. The queue is ordered by queued_at, '
'which is earlier for a task with priority. Steps that are not ready, or that row-level security '
'hides, are skipped. start_by: until when a worker must claim the step; timeout: how long one '
'execution may last; deadline_at: until when its task must end; NULL without such a limit.

Errors: 22023 max_rows is negative; 42P01, 55000 and XX001 as tasker_ready_steps(); 42501. '
'Privileges: SELECT on the Tasker tables that tasker_ready_steps() reads and on '
'tasker_named_tasks. Complexity: O(log n) for each row of the queues up to the last one shown.';
