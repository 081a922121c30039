CREATE FUNCTION @extschema@.tasker_rails_calculate_dependency_levels(input_task_id bigint)
RETURNS TABLE (workflow_step_id bigint, dependency_level integer)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_rails_dependency_levels';

COMMENT ON FUNCTION @extschema@.tasker_rails_calculate_dependency_levels(bigint) IS
'Replaces the engine''s calculate_dependency_levels, with its columns and their order. It answers '
'as tasker_dependency_levels().

Errors: 42P19 when the steps wait for each other (DETAIL names the cycle); 42P01, 55000; 42501. '
'Privileges: SELECT on tasker_workflow_steps, tasker_workflow_step_edges, '
'tasker_workflow_step_transitions and tasker_named_steps; row-level security hides steps, and '
'edges to them. Complexity: O(steps + edges) of the task, whatever the number of paths. Corrects '
'the engine''s defects R10, R11 (docs/readiness.md).';
