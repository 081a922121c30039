CREATE FUNCTION @extschema@.tasker_subscribe(
    consumer text,
    patterns text[] DEFAULT '{*}',
    start_at text DEFAULT NULL,
    role text DEFAULT NULL
)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_subscribe';

COMMENT ON FUNCTION @extschema@.tasker_subscribe(text, text[], text, text) IS
'Creates a consumer of the event stream, or replaces its patterns; true: it is new. Patterns: '
'step.*, *.failed, *. start_at: now, oldest or a position; NULL: now for a new consumer, else '
'where it is. role: who may use it; NULL: you, or no change.

Errors: 22023, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, UPDATE on '
'tasker_tasks; those of its old and new role. Complexity: constant.';
