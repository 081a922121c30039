COMMENT ON FUNCTION @extschema@._tasker_graph_defects(oid) IS
'Edges of an installation (the oid of its schema) that hold a task up or count twice: cycles, self edges, repeated edges, edges between tasks (semantics R11, R12). For tasker_doctor(). Runs with the rights of the caller. Linear in the edges of the installation.';
