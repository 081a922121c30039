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
'Returns the steps of a task that may run now, in the order of their ids. A step is ready if it is '
'in pending or error, no worker holds it, every parent has finished, it has attempts left, and all '
'its waits are over. The task must not be complete, cancelled or resolved. eligible_since: the '
'time from which on the step is ready. Row-level security on tasker_tasks and '
'tasker_workflow_steps filters the rows.

Errors: P0002 no such task, or row-level security hides it; 22004 for NULL; 42P01 when no Tasker '
'tables are in the search_path, 55000 when tasker_install() has not been run there, 42501, XX001 '
'when a transition names a state that does not exist. Privileges: SELECT on tasker_tasks, '
'tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, '
'tasker_workflow_step_transitions and tasker_named_steps. Complexity: O(steps + edges) of the '
'task; takes no transaction id and no lock. Corrects the engine''s defects R2, R3, R6, R17 and R19 '
'(docs/readiness.md).';
