CREATE FUNCTION @extschema@.tasker_unsubscribe(consumer text)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_unsubscribe';

COMMENT ON FUNCTION @extschema@.tasker_unsubscribe(text) IS
'Removes a consumer of the event stream; false: there was none. Without a consumer, no events '
'are recorded.

Errors: 22023, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, and those '
'of the role of the consumer. Complexity: constant.';
