CREATE FUNCTION @extschema@._tasker_lock_schema(installation regnamespace)
RETURNS void
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME', 'tasker_lock_schema';

COMMENT ON FUNCTION @extschema@._tasker_lock_schema(regnamespace) IS
'Locks a schema until the transaction ends (SHARE UPDATE EXCLUSIVE, as COMMENT ON SCHEMA does).

Errors: 42501; 22004 for NULL. Privileges: CREATE on the schema, or ownership of the Tasker tables '
'in it. Complexity: one lock.';
