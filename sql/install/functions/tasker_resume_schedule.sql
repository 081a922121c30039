CREATE FUNCTION @extschema@.tasker_resume_schedule(name text)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_resume_schedule';

COMMENT ON FUNCTION @extschema@.tasker_resume_schedule(text) IS
'Ends the pause of a schedule; its catch_up decides about the runs that were due meanwhile. false: '
'it was not paused.

Errors: P0002, 22023, 22004; 42P01, 55000; 42501. Privileges: as tasker_unschedule(). Complexity: '
'constant.';
