CREATE FUNCTION @extschema@.tasker_ready_steps(task_id bigint)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    named_step_id integer,
    step_name text,
    current_state text,
    attempts integer,
    retry_limit integer,
    priority integer,
    eligible_since timestamptz
)
LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED ROWS 5
AS 'MODULE_PATHNAME', 'tasker_ready_steps_of_task';

COMMENT ON FUNCTION @extschema@.tasker_ready_steps(bigint) IS
'The steps of a task that may run now, in the order of their ids: in pending or error, not held by anybody, every parent finished, attempts left, all waits over, the task itself neither complete nor cancelled nor resolved. eligible_since tells since when. Raises P0002 for a task that does not exist or that row-level security hides, 22004 for NULL. Row-level security on tasker_tasks and tasker_workflow_steps filters the rows. Needs SELECT on tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions and tasker_named_steps. Raises 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not been run there, 42501 without the privileges, XX001 when a transition names a state that does not exist. Time grows with the steps and edges of the task. Takes no transaction id and no lock. Semantics 3.1, repaired as R2, R3, R6, R17 and R19.';
