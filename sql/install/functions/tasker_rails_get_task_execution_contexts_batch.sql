CREATE FUNCTION @extschema@.tasker_rails_get_task_execution_contexts_batch(input_task_ids bigint[])
RETURNS TABLE (
    task_id bigint,
    named_task_id integer,
    status text,
    total_steps bigint,
    pending_steps bigint,
    in_progress_steps bigint,
    completed_steps bigint,
    failed_steps bigint,
    ready_steps bigint,
    execution_status text,
    recommended_action text,
    completion_percentage numeric,
    health_status text
)
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'tasker_rails_task_contexts';

COMMENT ON FUNCTION @extschema@.tasker_rails_get_task_execution_contexts_batch(bigint[]) IS
'Replaces the engine''s get_task_execution_contexts_batch, with its columns. Waits are compared '
'with the start of the transaction. tasker_core.rails_semantics selects the answer: with v02 that '
'of the engine, with corrected that of tasker_task_context(), but with the engine''s five '
'statuses. Row-level security on tasker_tasks and tasker_workflow_steps filters the rows.

Errors: 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not '
'been run there, 42501, XX001 when a transition names a state that does not exist. Privileges: as '
'tasker_task_context(). Complexity: O(steps + edges) of the tasks.';
