CREATE FUNCTION @extschema@.tasker_failures(
    since timestamptz DEFAULT NULL,
    max_rows integer DEFAULT 20
)
RETURNS TABLE (
    namespace text,
    task_name text,
    step_name text,
    error_class text,
    failures bigint,
    steps bigint,
    tasks bigint,
    first_failed_at timestamptz,
    last_failed_at timestamptz,
    sample_message text,
    sample_step_id bigint
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 20
AS 'MODULE_PATHNAME', 'tasker_failures';

COMMENT ON FUNCTION @extschema@.tasker_failures(timestamptz, integer) IS
'Returns what failed most since a time (NULL: in the last seven days), by namespace, task, step '
'and error class: how often, in how many steps and tasks, when, and the latest message. Released '
'steps do not count. For failures that the engine wrote, only the class of the step''s last '
'failure is known, because its results keep no other.

Errors: 22023 max_rows is negative; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: '
'SELECT on tasker_workflow_step_transitions, tasker_workflow_steps, tasker_named_steps, '
'tasker_tasks, tasker_named_tasks, tasker_task_namespaces. Row-level security filters the rows. '
'Complexity: O(failures since then), by the index index_step_transitions_failures; one pass over '
'tasker_workflow_step_transitions if an adopted schema lacks it.';
