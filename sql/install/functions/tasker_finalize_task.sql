CREATE FUNCTION @extschema@.tasker_finalize_task(task_id bigint)
RETURNS TABLE (action text, reason text, delay interval, task_state text, context jsonb)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_finalize_task';

COMMENT ON FUNCTION @extschema@.tasker_finalize_task(bigint) IS
'Decides whether a task has ended, and ends it if so. Call it in schedulers, or after another '
'program has ended steps. tasker_complete_step() and tasker_fail_step() end tasks by themselves, '
'unless the option finalize of the section engine is manual.

action: complete; fail (a step failed for good, and no other step can run); reenqueue (enqueue a '
'job after the delay); wait (steps are running, and the calls that end them decide again; or the '
'task is paused); none (the task has ended). reason, in the engine''s words: all_steps_complete, '
'steps_in_error_state, ready_steps_available, awaiting_dependencies, steps_in_progress, '
'workflow_paused, task_closed. delay: the time until the first waiting step may run, plus '
'buffer_seconds, at most max_backoff_seconds; if no step waits for a time, reenqueue_delays of '
'tasker_config(''backoff''); NULL for complete, fail, none and a paused task. context: the counts '
'that the decision is based on.

Errors: P0002 no such task, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, '
'UPDATE on tasker_tasks; to end a task INSERT and UPDATE on tasker_task_transitions. Complexity: '
'O(steps + edges) of the task. Corrects the engine''s defects R16 to R18 and R24 '
'(docs/readiness.md).';
