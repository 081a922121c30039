CREATE FUNCTION @extschema@.tasker_create_tasks(requests jsonb)
RETURNS TABLE (
    request_number bigint,
    task_id        bigint,
    created        boolean,
    named_task_id  integer,
    identity_hash  text
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_create_tasks';

COMMENT ON FUNCTION @extschema@.tasker_create_tasks(jsonb) IS
'Creates many tasks at once: requests is a list of objects with the keys task_name, context, namespace, version and options, which say what the arguments of tasker_create_task() say. All are created or none; a row for each request, in their order, numbered from 1. NULL, as an aggregate over no rows returns, creates none. Of requests in the list that are the same, the first one creates the task.

Errors and privileges: as tasker_create_task(); 22023 names all that is wrong with any request. Complexity: O(steps + edges) of all tasks; one statement for each table.';
