CREATE FUNCTION @extschema@.tasker_finalize_task(task_id bigint)
RETURNS TABLE (action text, reason text, delay interval, task_state text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_finalize_task';

COMMENT ON FUNCTION @extschema@.tasker_finalize_task(bigint) IS
'Decides whether a task is over, and ends it if so. action: complete, fail (something failed for good, and nothing else goes on), wait (steps are running, or wait for their time) or none (steps can run, or the task is closed). delay: how long the next step has to wait. tasker_complete_step() and tasker_fail_step() do this by themselves; it is for steps that others have ended.

Errors: P0002 no such task, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables; to end a task UPDATE on tasker_tasks, INSERT and UPDATE on tasker_task_transitions. Complexity: O(steps + edges) of the task. Semantics 4.8, repaired as R16 to R18.';
