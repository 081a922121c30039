CREATE FUNCTION @extschema@.tasker_rails_get_step_readiness_status(
    input_task_id bigint,
    step_ids bigint[] DEFAULT NULL
)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    named_step_id integer,
    name text,
    current_state text,
    dependencies_satisfied boolean,
    retry_eligible boolean,
    ready_for_execution boolean,
    last_failure_at timestamp,
    next_retry_at timestamp,
    total_parents integer,
    completed_parents integer,
    attempts integer,
    retry_limit integer,
    backoff_request_seconds integer,
    last_attempted_at timestamp
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
AS 'MODULE_PATHNAME', 'tasker_rails_step_readiness';

COMMENT ON FUNCTION @extschema@.tasker_rails_get_step_readiness_status(bigint, bigint[]) IS
'Replaces the engine''s get_step_readiness_status, with its columns. Waits are compared with the '
'start of the transaction. tasker_core.rails_semantics selects the answer: with v02 that of the '
'engine, with corrected that of tasker_step_readiness(). Row-level security on tasker_tasks and '
'tasker_workflow_steps filters the rows.

Errors: 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not '
'been run there, 42501, XX001 when a transition names a state that does not exist. Privileges: '
'SELECT on tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions and '
'tasker_named_steps; with corrected also on tasker_tasks and tasker_task_transitions. Complexity: '
'O(steps + edges) of the task.';
