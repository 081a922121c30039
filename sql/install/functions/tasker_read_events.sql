CREATE FUNCTION @extschema@.tasker_read_events(
    consumer text,
    max_events integer DEFAULT 100,
    wait interval DEFAULT NULL
)
RETURNS TABLE (
    "position" text,
    event text,
    at timestamptz,
    task_id bigint,
    workflow_step_id bigint,
    payload jsonb
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_read_events';

COMMENT ON FUNCTION @extschema@.tasker_read_events(text, integer, interval) IS
'Returns the next events of a consumer, after the last acknowledged one. wait: as in '
'tasker_claim_steps(). The caller gets events of tasks that it may see.

Errors: P0002; 55000 if events were removed unread; 22023, 22004, 0A000; 42P01; 42501. '
'Privileges: SELECT on the Tasker tables, and those of the role of the consumer. Complexity: '
'O(log n) an event.';
