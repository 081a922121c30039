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
'Edges of an installation (the oid of its schema) that hold a task up or count twice: cycles, self edges, repeated edges, edges between tasks (semantics R11, R12). For tasker_doctor(). Runs with the rights of the caller. Linear in the edges of the installation.';
