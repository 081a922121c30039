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
'Creates many tasks at once: all of them or none. requests: a list of objects with the keys '
'task_name, context, namespace, version and options, as the arguments of tasker_create_task(). '
'Returns a row for each request, in their order, numbered from 1. NULL, which an aggregate over no '
'rows returns, creates none. If several requests in the list are the same, the first one creates '
'the task.

Errors: as tasker_create_task(); 22023 lists the problems of all requests. Privileges: as '
'tasker_create_task(). Complexity: O(steps + edges) of all tasks; one statement for each table.';
