CREATE FUNCTION @extschema@._tasker_unknown_states(installation oid)
RETURNS TABLE (
    table_name text,
    to_state text,
    transitions bigint,
    first_parent_id bigint
)
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'unknown_states_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_unknown_states(oid) IS
'Returns current transitions to a state that does not exist: table, state, count, and the lowest '
'id of a step or task. For tasker_doctor().

Errors: 42501. Privileges: SELECT on the transition tables; runs as the owner for a caller with '
'the owner''s rights. Complexity: one pass over the current transitions.';
