CREATE FUNCTION @extschema@.tasker_subscriptions()
RETURNS TABLE (
    consumer text,
    patterns text[],
    role text,
    subscribed_at timestamptz,
    acknowledged_at timestamptz,
    lag bigint,
    oldest_event_at timestamptz,
    missed bigint
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_subscriptions';

COMMENT ON FUNCTION @extschema@.tasker_subscriptions() IS
'Returns the consumers of the event stream that the caller may use. lag: events of any name that '
'are not acknowledged; oldest_event_at: the first of them. missed: events that were removed '
'unread. These are NULL under row-level security.

Errors: 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables. Complexity: O(lag).';
