CREATE FUNCTION @extschema@.tasker_find_tasks(
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
    completed_since timestamptz DEFAULT NULL,
    failed_since timestamptz DEFAULT NULL,
    parent_task_id bigint DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    task_id bigint,
    namespace text,
    task_name text,
    version text,
    current_state text,
    state_since timestamptz,
    complete boolean,
    initiator text,
    source_system text,
    reason text,
    tags jsonb,
    requested_at timestamptz,
    created_at timestamptz
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_find_tasks';

COMMENT ON FUNCTION @extschema@.tasker_find_tasks(bigint, text[], boolean, text, text, text, text,
    text, text, text, text, timestamptz, timestamptz, timestamptz, bigint, bigint, integer) IS
'Finds tasks by their stored data, in the order of their ids. A NULL argument does not filter; a '
'task must match all other arguments. active: in pending or in_progress. tag: an element of tags. '
'annotation_key and annotation_value: a key and its value in an annotation of annotation_type. '
'completed_since and failed_since: the task has been complete or resolved, or in error, since '
'then. parent_task_id: the children of that task. state_since: for a task without a transition, '
'its creation. To page, pass the last id as after_id; max_rows NULL returns all.

Errors: 22023 max_rows is negative; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: '
'SELECT on tasker_tasks, tasker_task_transitions, tasker_named_tasks and tasker_task_namespaces; '
'on the annotations if you filter by them. Row-level security filters the rows. Complexity: O(log '
'n) for task_id, O(children) for parent_task_id, O(tasks of the template) for namespace and name, '
'else the tasks up to the last row, in the order of an index; with nothing but states, active => '
'true or failed_since, and without row-level security, only the tasks in these states.';
