CREATE FUNCTION @extschema@.tasker_trigger_schedule(name text)
RETURNS bigint
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_trigger_schedule';

COMMENT ON FUNCTION @extschema@.tasker_trigger_schedule(text) IS
'Creates a task of a schedule now, outside of its plan, whatever overlap says, and returns its id. '
'The task is created with the rights of the role of the schedule.

Errors: P0002, 22023, 22004; XX001; 42P01, 55000; 42501. Privileges: as tasker_unschedule(). '
'Complexity: that of tasker_create_task().';
