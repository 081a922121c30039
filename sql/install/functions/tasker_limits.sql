CREATE FUNCTION @extschema@.tasker_limits()
RETURNS TABLE (
    scope text,
    name text,
    max_running integer,
    max_starts integer,
    per interval,
    paused_at timestamptz,
    reason text,
    running bigint,
    waiting bigint
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_limits';

COMMENT ON FUNCTION @extschema@.tasker_limits() IS
'Returns every limit and pause, with the number of steps that run under it and of steps that wait '
'for it (for a limit on a key: of all its values together).

Errors: 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables. Complexity: O(steps that run '
'under limits or wait for them).';
