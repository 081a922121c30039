CREATE FUNCTION @extschema@.tasker_schedule(
    name text,
    template text,
    cron text DEFAULT NULL,
    every interval DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    context jsonb DEFAULT '{}',
    namespace text DEFAULT 'default',
    version text DEFAULT NULL,
    options jsonb DEFAULT '{}',
    overlap text DEFAULT 'allow',
    catch_up text DEFAULT 'latest'
)
RETURNS TABLE (
    schedule text,
    created boolean,
    changed boolean,
    next_run_at timestamptz
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_schedule';

COMMENT ON FUNCTION @extschema@.tasker_schedule(text, text, text, interval, text, jsonb, text, text,
                                                jsonb, text, text) IS
'Defines a schedule, which creates tasks of a template by cron or every. overlap: allow, skip, '
'queue; catch_up: none, latest, all (docs/schedules.md). The tasks are created with the rights of '
'the role that called last.

Errors: P0002, 22023, 22004; 42P01, 55000; 42501. Privileges: those of tasker_create_task(); for '
'an existing schedule, those of its role. Complexity: O(length of the template).';
