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
'Limits which steps tasker_claim_steps() claims. scope: namespace, task_name, step_name, '
'dependent_system, or key. name: which one; for a key, the key of the task''s context '
'(''customer_id''). Each value of a key has its own limit, and tasks without the key have none. '
'max_running: how many claimed steps may run at once. max_starts, per: how fast they may start, as '
'a bucket of max_starts tokens that is refilled evenly in that time. NULL: no such limit; both '
'NULL removes the limit. The limit applies from the next claim on; running steps go on. Steps that '
'the Rails engine starts do not count.

Errors: 22004, 22023; 42P01, 55000; 42501. Privileges: UPDATE on the Tasker tables; none of their '
'rows may be hidden by row-level security. Complexity: O(steps that waited for the old limit).';
