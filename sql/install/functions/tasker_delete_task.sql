CREATE FUNCTION @extschema@.tasker_delete_task(task_id bigint, force boolean DEFAULT false)
RETURNS TABLE (
    deleted_steps bigint,
    deleted_transitions bigint
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_delete_task';

COMMENT ON FUNCTION @extschema@.tasker_delete_task(bigint, boolean) IS
'Deletes a closed task, and with force any task, with its steps, edges, transitions and '
'annotations. It locks rows in the order in which workers do.

Errors: P0002; 55000 the task is not closed; 23503 a table of yours refers to it, or steps were '
'added meanwhile; 22004; 42P01; 42501. Privileges: SELECT as tasker_ready_steps(); UPDATE on '
'tasker_tasks and tasker_workflow_steps; DELETE on these, edges, transitions and annotations. '
'Complexity: O(steps + edges + transitions).';
