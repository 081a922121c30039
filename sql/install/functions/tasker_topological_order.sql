CREATE FUNCTION @extschema@.tasker_topological_order(task_id bigint)
RETURNS TABLE (
    execution_position integer,
    workflow_step_id   bigint,
    step_name          text,
    current_state      text,
    dependency_level   integer
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_topological_order';

COMMENT ON FUNCTION @extschema@.tasker_topological_order(bigint) IS
'Returns the steps of a task, each after all steps that it depends on. If several steps could come '
'next, the one with the smallest id comes first. execution_position counts from 1.

Errors: P0002 no such task, or row-level security hides it; 22004 for NULL; 42P19 when the steps '
'wait for each other (DETAIL names the cycle); 42P01, 55000; 42501. Privileges: SELECT on '
'tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions and '
'tasker_named_steps; row-level security hides steps, and edges to them. Complexity: O(steps + '
'edges) of the task, whatever the number of paths. Corrects the engine''s defects R10, R11 '
'(docs/readiness.md).';
