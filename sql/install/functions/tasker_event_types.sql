CREATE FUNCTION @extschema@.tasker_event_types()
RETURNS TABLE (
    event text,
    category text,
    recorded_by text,
    fired_by text,
    payload_schema jsonb
)
LANGUAGE c STABLE CALLED ON NULL INPUT ROWS 80
AS 'MODULE_PATHNAME', 'tasker_event_types';

COMMENT ON FUNCTION @extschema@.tasker_event_types() IS
'Returns the catalogue of events: all names of the engine, those of the extension, and the '
'custom_events of registered templates, if you may read these. recorded_by: database (in the '
'stream, whichever program writes), client (if one calls tasker_publish_event()) or nothing. '
'payload_schema: a JSON Schema.

Errors: none. Privileges: none. Complexity: O(templates).';
