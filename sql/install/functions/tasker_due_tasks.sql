CREATE FUNCTION @extschema@.tasker_due_tasks(
    scheduler text,
    max_rows integer DEFAULT 10,
    lease     interval DEFAULT '1 minute'
)
RETURNS TABLE (
    task_id     bigint,
    namespace   text,
    task_name   text,
    reason      text,
    ready_steps integer,
    lease_until timestamptz
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_due_tasks';

COMMENT ON FUNCTION @extschema@.tasker_due_tasks(text, integer, interval) IS
'The tasks that have something to do now, for a scheduler that enqueues jobs of its framework. Each is that scheduler''s until lease_until (UTC): no other call is handed it before, unless tasker_release_due_task() gives it back. In the order in which claims go: by priority, then by age. reason: ready_steps_available; all_steps_complete or steps_in_error_state for a task that is over and, with finalize = manual, waits for tasker_finalize_task(). A scheduler that is killed loses its tasks to the others when the lease runs out. Workers may claim steps of these tasks all the same.

What has become due by time is done first, as by tasker_claim_steps().

Errors: 22004, 22023; 42P01, 55000; 42501; 40001 at REPEATABLE READ. Privileges: SELECT on the Tasker tables, UPDATE on tasker_tasks; row-level security hides tasks. Complexity: O(steps + edges) of the tasks handed out, however many wait; under row-level security, a look at the policies for each task in front of them.';
