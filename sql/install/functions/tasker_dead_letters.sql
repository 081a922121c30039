CREATE FUNCTION @extschema@.tasker_dead_letters(
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    step_name text DEFAULT NULL,
    error_class text DEFAULT NULL,
    failed_since timestamptz DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    namespace text,
    task_name text,
    version text,
    step_name text,
    failed_at timestamptz,
    attempts integer,
    blocking_reason text,
    error_class text,
    error text
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_dead_letters';

COMMENT ON FUNCTION @extschema@.tasker_dead_letters(text, text, text, text, timestamptz, bigint,
    integer) IS
'Returns the steps that will not run again by themselves, in tasks that are not closed, with their '
'last error, in the order of their ids. A NULL argument does not filter. To page, pass the last id '
'as after_id; max_rows NULL returns all. Use tasker_annotate_task() for notes, and '
'tasker_retry_many() to execute these steps again.

Errors: 22023 max_rows is negative; 42P01, 55000 and XX001 as tasker_ready_steps(); 42501. '
'Privileges, row-level security and complexity: as tasker_find_steps().';
