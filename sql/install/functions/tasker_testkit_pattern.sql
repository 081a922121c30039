CREATE FUNCTION @extschema@.tasker_testkit_pattern(pattern text)
RETURNS TABLE (step_name text, depends_on text[])
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_testkit_pattern';

COMMENT ON FUNCTION @extschema@.tasker_testkit_pattern(text) IS
'Returns the steps of a pattern, each after its parents. pattern: linear, diamond, parallel_merge, '
'tree, mixed, dummy, configurable_failure, api_integration, etl, batch, batch_part.

Errors: 55000 unless tasker_core.testkit is on; 22004, 22023. Privileges: EXECUTE, which PUBLIC '
'does not have. Complexity: constant.';

REVOKE ALL ON FUNCTION @extschema@.tasker_testkit_pattern(text) FROM PUBLIC;
