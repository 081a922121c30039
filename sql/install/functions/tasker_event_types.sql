CREATE FUNCTION @extschema@.tasker_event_types()
RETURNS TABLE (
    event text,
    category text,
    recorded_by text,
    fired_by text,
    payload_schema jsonb
)
LANGUAGE c IMMUTABLE PARALLEL SAFE CALLED ON NULL INPUT ROWS 80
AS 'MODULE_PATHNAME', 'tasker_event_types';

COMMENT ON FUNCTION @extschema@.tasker_event_types() IS
'Returns the catalogue of events: all names of the engine, and those of the extension. '
'recorded_by: database (in the stream, whichever program writes), client (if one calls '
'tasker_publish_event()) or nothing. payload_schema: a JSON Schema.

Errors: none. Privileges: none. Complexity: constant.';
