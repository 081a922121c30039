CREATE FUNCTION @extschema@.tasker_cancel_many(
    task_id bigint DEFAULT NULL,
    states text[] DEFAULT NULL,
    active boolean DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL,
    initiator text DEFAULT NULL,
    tag text DEFAULT NULL,
    annotation_type text DEFAULT NULL,
    annotation_key text DEFAULT NULL,
    annotation_value text DEFAULT NULL,
    created_since timestamptz DEFAULT NULL,
    failed_since timestamptz DEFAULT NULL,
    parent_task_id bigint DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    reason text DEFAULT NULL,
    dry_run boolean DEFAULT true,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    task_id bigint,
    namespace text,
    task_name text,
    version text,
    current_state text,
    action text,
    done boolean,
    refusal text
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_cancel_many';

COMMENT ON FUNCTION @extschema@.tasker_cancel_many(bigint, text[], boolean, text, text, text,
    text, text, text, text, text, timestamptz, timestamptz, bigint, bigint, text, boolean,
    integer) IS
'Cancels open tasks, found by the filters of tasker_find_tasks(), each as tasker_cancel_task(). '
'Unless dry_run is false, it only shows them. refusal: why a task was left as it is.

Errors: 22004; 22023 no filter and no dry run, or max_rows is negative; 42501; 40001. '
'Privileges: those of tasker_find_tasks() and tasker_cancel_task(). Complexity: the search, and '
'O(steps + edges) of each task.';
