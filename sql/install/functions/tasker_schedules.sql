CREATE FUNCTION @extschema@.tasker_schedules()
RETURNS TABLE (
    schedule text,
    template text,
    namespace text,
    version text,
    cron text,
    every interval,
    time_zone text,
    context jsonb,
    options jsonb,
    overlap text,
    catch_up text,
    role text,
    paused_at timestamptz,
    next_run_at timestamptz,
    due_at timestamptz,
    last_run_at timestamptz,
    last_task_id bigint,
    last_task_state text,
    runs bigint,
    skipped bigint,
    missed bigint,
    failures integer,
    last_error text,
    last_error_at timestamptz
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_schedules';

COMMENT ON FUNCTION @extschema@.tasker_schedules() IS
'Returns the schedules that the caller may use. next_run_at, last_run_at: planned times. due_at: '
'when it is looked at again, later if a run waits or was refused. failures: how often in a row, '
'last_error: why.

Errors: 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables. Complexity: O(schedules).';
