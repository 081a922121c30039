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
    bucket text
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 20
AS 'MODULE_PATHNAME', 'tasker_next_steps';

COMMENT ON FUNCTION @extschema@.tasker_next_steps(integer) IS
'What will run next, and when: first what the next claims will be given (source queue), then what is ready but held up by a limit (limit, with its bucket), then what waits for a time (timer, with runs_at), each in its order. queued_at, by which the queue is ordered, is earlier by the priority of the task. What is not ready, or hidden by row-level security, is left out, and the next ones are looked at.

Errors: 22023 max_rows is negative; 42P01, 55000 and XX001 as tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() reads and on tasker_named_tasks. Complexity: O(log n) for each row of the queues up to the last one shown.';
