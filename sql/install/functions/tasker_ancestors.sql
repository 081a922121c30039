CREATE FUNCTION @extschema@.tasker_ancestors(
    workflow_step_id bigint,
    include_results boolean DEFAULT false
)
RETURNS TABLE (
    workflow_step_id bigint,
    named_step_id    integer,
    step_name        text,
    current_state    text,
    distance         integer,
    results          jsonb
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_ancestors';

COMMENT ON FUNCTION @extschema@.tasker_ancestors(bigint, boolean) IS
'Returns all steps of the task that a step depends on, directly or through other steps. distance: '
'the edges of the shortest path, 1 for a parent; the nearest come first. results: the stored '
'results of the step if include_results is true, else NULL.

Errors: P0002 no such step, 22004; 42P19 when the steps of the task wait for each other; 42P01, '
'55000; 42501. Privileges: as tasker_dependency_levels(). Complexity: O(steps + edges) of the '
'task.';
