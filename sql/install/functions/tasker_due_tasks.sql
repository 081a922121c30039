CREATE FUNCTION @extschema@.tasker_due_tasks(
    scheduler text,
    max_rows integer DEFAULT 10,
    lease     interval DEFAULT '1 minute',
    wait      interval DEFAULT NULL
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
AS 'MODULE_PATHNAME', 'tasker_due_tasks_or_wait';

COMMENT ON FUNCTION @extschema@.tasker_due_tasks(text, integer, interval, interval) IS
'Returns tasks that have something to do now to a scheduler, which enqueues jobs of its framework '
'for them. Until lease_until (UTC), no other call returns the task, unless '
'tasker_release_due_task() gives it back. If a scheduler dies, others get its tasks when the lease '
'expires. Workers may claim steps of these tasks meanwhile.

Order: as claims, by priority, then by age. reason: ready_steps_available; or, with finalize = '
'manual, all_steps_complete or steps_in_error_state for a task that waits for '
'tasker_finalize_task(). Before that, the call does due work, as tasker_claim_steps() does. '
'wait: as in tasker_claim_steps().

Errors: 22004, 22023, 0A000; 42P01, 55000; 42501; 40001 at REPEATABLE READ. Privileges: SELECT on '
'the Tasker tables, UPDATE on tasker_tasks; row-level security hides tasks. Complexity: O(steps + '
'edges) of the returned tasks, however many wait; under row-level security, a check of the '
'policies for each task in front of them.';
