CREATE FUNCTION @extschema@.tasker_set_limit(
    scope text,
    name text,
    max_running integer DEFAULT NULL,
    max_starts integer DEFAULT NULL,
    per interval DEFAULT NULL
)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_set_limit';

COMMENT ON FUNCTION @extschema@.tasker_set_limit(text, text, integer, integer, interval) IS
'Limits how many steps tasker_claim_steps() starts. scope: namespace, task_name, step_name, '
'dependent_system, or key. name: the name of the namespace, task, step or system; for a key, a key '
'of the task''s context, for example customer_id. Each value of a key has its own limit, and tasks '
'without the key have none. max_running: how many claimed steps may run at once. max_starts, per: '
'how many steps may start in a period; unused starts come back evenly during the period, up to '
'max_starts. NULL: no such limit; if both are NULL, the call removes the limit. The limit applies '
'from the next claim on; running steps continue. Steps that the Rails engine starts do not count.

Errors: 22004, 22023; 42P01, 55000; 42501. Privileges: UPDATE on the Tasker tables; none of their '
'rows may be hidden by row-level security. Complexity: O(steps that waited for the old limit).';
