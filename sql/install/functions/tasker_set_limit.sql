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
'Limits what tasker_claim_steps() gives out. scope: namespace, task_name, step_name, dependent_system, or key. name: which one; of a key, the key of the task''s context (''customer_id''): each of its values has a limit of its own, tasks without the key have none. max_running: how many claimed steps may run at once. max_starts, per: how fast they may start, as a bucket of max_starts tokens that is refilled evenly in that time. NULL: no such limit; both NULL removes it. It holds from the next claim on; what runs goes on. Steps that the Rails engine starts by itself are not counted.

Errors: 22004, 22023; 42P01, 55000; 42501. Privileges: UPDATE on the Tasker tables; none of their rows may be hidden by row-level security. Complexity: O(steps that the old limit held up).';
