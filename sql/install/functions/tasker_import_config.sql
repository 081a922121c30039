CREATE FUNCTION @extschema@.tasker_import_config(document jsonb, scope text DEFAULT 'global')
RETURNS TABLE (option_name text, outcome text, detail text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 40
AS 'MODULE_PATHNAME', 'tasker_import_config';

COMMENT ON FUNCTION @extschema@.tasker_import_config(jsonb, text) IS
'Imports the Rails engine''s whole configuration, an object for each of its sections, and returns '
'a row for each option. outcome: set (detail: the value), renamed (detail: the name here; it is '
'not set), stays in Rails (detail: the reason), unknown. Options that the document does not '
'contain stay as they are. If the document has default_backoff_seconds or backoff_multiplier, the '
'call also sets mode to progression, the formula of the engine''s Ruby code. If a value is not '
'valid, the call changes nothing.

Errors: 22004, 22023 (in DETAIL a line for each problem); 42P01, 55000; 42501. Privileges: UPDATE '
'on the Tasker tables; none of their rows may be hidden by row-level security. Complexity: '
'O(options); changes wait for each other.';
