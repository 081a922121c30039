CREATE FUNCTION @extschema@.tasker_finalize_task(task_id bigint)
RETURNS TABLE (action text, reason text, delay interval, task_state text, context jsonb)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_finalize_task';

COMMENT ON FUNCTION @extschema@.tasker_finalize_task(bigint) IS
'Decides whether a task is over, and ends it if so. action: complete; fail (something failed for good, and nothing else goes on); reenqueue (look again after the delay: steps can run then, or are held up); wait (steps are running, and whoever ends them looks then; or the task is paused); none (the task is over). reason, as the engine says it: all_steps_complete, steps_in_error_state, ready_steps_available, awaiting_dependencies, steps_in_progress, workflow_paused, task_closed. delay: until the first waiting step may run and buffer_seconds longer, at most max_backoff_seconds; where nothing has a time, what tasker_config(''backoff'') says under reenqueue_delays; NULL for complete, fail, none and a paused task. context: the counts that the decision rests on.

tasker_complete_step() and tasker_fail_step() end tasks by themselves, unless tasker_config(''engine'') says finalize = manual; this is for steps that others have ended, and for schedulers.

Errors: P0002 no such task, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, UPDATE on tasker_tasks; to end a task INSERT and UPDATE on tasker_task_transitions. Complexity: O(steps + edges) of the task. Semantics 4.8, 4.9, repaired as R16 to R18 and R24.';
