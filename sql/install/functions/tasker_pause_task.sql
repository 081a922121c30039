CREATE FUNCTION @extschema@.tasker_pause_task(task_id bigint, reason text DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_pause_task';

COMMENT ON FUNCTION @extschema@.tasker_pause_task(bigint, text) IS
'From the next claim on gives out no step of this task until tasker_resume_task(); what runs goes on. tasker_transition_step() starts none of them either. The Rails engine does not know of it. Who paused it (session_user), since when and why is told by tasker_explain_task() until it goes on, and stands in the server log. Pausing a paused task changes nothing.

Errors: P0002 no such task; 22004; 55000 when the task is closed; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() reads, UPDATE on tasker_tasks. Complexity: constant. Waits for whoever is changing the task.';
