CREATE FUNCTION @extschema@.tasker_pause_schedule(name text)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_pause_schedule';

COMMENT ON FUNCTION @extschema@.tasker_pause_schedule(text) IS
'Pauses a schedule: it creates no task until tasker_resume_schedule(). false: it was paused.

Errors: P0002, 22023, 22004; 42P01, 55000; 42501. Privileges: as tasker_unschedule(). Complexity: '
'constant.';
