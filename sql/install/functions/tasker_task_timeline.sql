CREATE FUNCTION @extschema@.tasker_task_timeline(task_id bigint)
RETURNS TABLE (
    at timestamptz,
    event text,
    workflow_step_id bigint,
    step_name text,
    from_state text,
    to_state text,
    attempt integer,
    cause text,
    actor text,
    lasted interval,
    details jsonb
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 50
AS 'MODULE_PATHNAME', 'tasker_task_timeline';

COMMENT ON FUNCTION @extschema@.tasker_task_timeline(bigint) IS
'Returns what happened to a task and its steps, in the order of time: transitions with what caused '
'them, by whom and after how long; heartbeats, signals, a pause. lasted: how long the state before '
'lasted.

Errors: P0002, 22004; 42P01, 55000; 42501. Privileges: as tasker_step_history() and '
'tasker_task_history(). Complexity: O(n log n) of the transitions.';
