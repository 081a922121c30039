CREATE FUNCTION @extschema@.tasker_step_siblings(workflow_step_id bigint)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    step_name text,
    current_state text,
    shared_parents integer,
    same_parents boolean
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_step_siblings';

COMMENT ON FUNCTION @extschema@.tasker_step_siblings(bigint) IS
'Returns the steps that share a parent with this step, in the order of their ids. same_parents: '
'whether they have exactly the same parents; the engine''s siblings_of returns only these. No rows '
'for a step without parents.

Errors: P0002 no such step, or row-level security hides it; 22004 for NULL; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on tasker_workflow_steps, '
'tasker_workflow_step_edges, tasker_workflow_step_transitions, tasker_named_steps. Row-level '
'security filters the rows. Complexity: O(children of its parents).';
