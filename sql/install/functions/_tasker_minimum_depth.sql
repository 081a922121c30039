CREATE FUNCTION @extschema@._tasker_minimum_depth(
    steps_table oid,
    task_id bigint,
    workflow_step_id bigint
)
RETURNS integer
LANGUAGE c STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'tasker_minimum_depth';

COMMENT ON FUNCTION @extschema@._tasker_minimum_depth(oid, bigint, bigint) IS
'Returns the number of edges on the shortest path from a root to a step; NULL if no root leads to '
'it (a cycle). For the view tasker_step_dag_relationships. steps_table: tasker_workflow_steps of '
'the installation.

Errors: 55000; 42501. Privileges: SELECT on that view or on tasker_workflow_steps; NULL for a step '
'that row-level security hides. Complexity: O(steps + edges) of the task, once for all its steps '
'in a query.';
