CREATE FUNCTION @extschema@.tasker_resume_task(task_id bigint)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_resume_task';

COMMENT ON FUNCTION @extschema@.tasker_resume_task(bigint) IS
'Resumes a paused task. A task that is not paused stays as it is.

Errors: P0002 no such task; 22004; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: '
'SELECT on the Tasker tables that tasker_ready_steps() reads, '
'UPDATE on tasker_tasks. Complexity: O(steps + edges) of '
'the task. Waits for transactions that are changing one of its steps or the task.';
