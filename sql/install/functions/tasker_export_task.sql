CREATE FUNCTION @extschema@.tasker_export_task(task_id bigint)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_export_task';

COMMENT ON FUNCTION @extschema@.tasker_export_task(bigint) IS
'Returns a task as one document, as the caller may see it: the rows of the task, its template, '
'steps, edges, transitions and annotations, with all columns, and its signals and pause. format is '
'1. Without UPDATE on the steps, fencing tokens are left out.

Errors: P0002; 22004; 42P01, 55000; 42501; 54000. Privileges: SELECT on the Tasker tables. '
'Complexity: O(rows of the task).';
