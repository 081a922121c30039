CREATE FUNCTION @extschema@._tasker_graph_defects(installation oid)
RETURNS TABLE (
    defect text,
    task_id bigint,
    edge_id bigint,
    detail text
)
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'graph_defects_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_graph_defects(oid) IS
'Returns the edges of an installation (the oid of its schema) that block a task or count twice: '
'cycles, self edges, repeated edges, edges between tasks (defects R11, R12 of the engine). For '
'tasker_doctor().

Errors: 42501. Privileges: SELECT on the tables; runs with the caller''s rights. Complexity: '
'linear in the edges of the installation.';
