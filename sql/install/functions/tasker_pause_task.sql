CREATE FUNCTION @extschema@.tasker_pause_task(task_id bigint, reason text DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_pause_task';

COMMENT ON FUNCTION @extschema@.tasker_pause_task(bigint, text) IS
'Pauses a task: until tasker_resume_task(), claims return none of its steps, and '
'tasker_transition_step() starts none. Running steps continue. The Rails engine ignores pauses. '
'Until the task is resumed, tasker_explain_task() shows session_user, time and reason. The server '
'log shows them, too. Pausing a paused task changes nothing.

Errors: P0002 no such task; 22004; 55000 when the task is closed; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() '
'reads, UPDATE on tasker_tasks. Complexity: constant. Waits for transactions that are changing the '
'task.';
