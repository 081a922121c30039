CREATE FUNCTION @extschema@._tasker_minimum_depth(steps_table oid, task_id bigint, workflow_step_id bigint)
RETURNS integer
LANGUAGE c STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'tasker_minimum_depth';

COMMENT ON FUNCTION @extschema@._tasker_minimum_depth(oid, bigint, bigint) IS
'How many edges the shortest path from a root to a step has; NULL where no root leads to it (a cycle). For the view tasker_step_dag_relationships. steps_table: tasker_workflow_steps of the installation.

Errors: 42501; 55000. Privileges: SELECT on that view, or on the step tables; under row-level security it answers NULL without the view. Complexity: O(steps + edges) of the task, once for all its steps in a query.';
