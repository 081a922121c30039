CREATE FUNCTION @extschema@.tasker_ack_events(consumer text, up_to text)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_ack_events';

COMMENT ON FUNCTION @extschema@.tasker_ack_events(text, text) IS
'Acknowledges the events up to a position (up_to) that tasker_read_events() has returned: the '
'consumer does not get them again. false: this position or a later one is acknowledged already.

Errors: P0002, 22023, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, and '
'those of the role of the consumer. Complexity: constant.';
