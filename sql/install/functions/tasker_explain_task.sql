CREATE FUNCTION @extschema@.tasker_explain_task(task_id bigint)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_explain_task';

COMMENT ON FUNCTION @extschema@.tasker_explain_task(bigint) IS
'Explains why a task does not move, as a document: its state, execution_status, what '
'tasker_finalize_task() would do and why, a summary in one sentence, a hint that names the '
'function to call, the role that paused it and the reason, and its counts. waits: everything that '
'must happen first, each with its kind (paused, stuck, running, unclaimed, limit, in_process, '
'backoff, failed, cancelled, other_task, not_finalized), the step, since and until, how many steps '
'it blocks, a detail, a hint, and, if there are any, the error and the lease. At most 20 waits are '
'listed; total_waits counts all. A step that waits for a listed step is only counted there. Times '
'are RFC 3339 in UTC.

Errors: P0002 no such task, or row-level security hides it; 22004; 42P01, 55000 and XX001 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() '
'reads. Complexity: O(steps + edges) of the task.';
