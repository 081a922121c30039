CREATE FUNCTION @extschema@._tasker_several_current_transitions(installation oid)
RETURNS TABLE (
    table_name text,
    parent_id bigint,
    transitions bigint,
    total bigint
)
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'several_current_transitions_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_several_current_transitions(oid) IS
'Returns steps and tasks with several current transitions: the first 21 of each table, and their '
'number. For tasker_doctor().

Errors: 42501. Privileges: SELECT on the transition tables; runs as the owner for a caller with '
'the owner''s rights. Complexity: one pass over the current transitions.';
