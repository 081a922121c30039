CREATE FUNCTION @extschema@.tasker_failures(since timestamptz DEFAULT NULL, max_rows integer DEFAULT 20)
RETURNS TABLE (
    namespace text,
    task_name text,
    name text,
    error_class text,
    failures bigint,
    steps bigint,
    tasks bigint,
    first_failed_at timestamp,
    last_failed_at timestamp,
    sample_message text,
    sample_step_id bigint
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 20
AS 'MODULE_PATHNAME', 'tasker_failures';

COMMENT ON FUNCTION @extschema@.tasker_failures(timestamptz, integer) IS
'What failed most since then (NULL: in the last seven days), by namespace, task, step and class of error: how often, in how many steps and tasks, when, and the latest message. The class is that of a step''s last failure, which is all that its results keep. Times are naive UTC.

Errors: 22023 max_rows is negative; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on tasker_workflow_step_transitions, tasker_workflow_steps, tasker_named_steps, tasker_tasks, tasker_named_tasks, tasker_task_namespaces. Row-level security filters. Complexity: one pass over tasker_workflow_step_transitions unless it has an index on created_at.';
