CREATE FUNCTION @extschema@.tasker_import_config(document jsonb, scope text DEFAULT 'global')
RETURNS TABLE (option_name text, outcome text, detail text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 40
AS 'MODULE_PATHNAME', 'tasker_import_config';

COMMENT ON FUNCTION @extschema@.tasker_import_config(jsonb, text) IS
'Takes the Rails engine''s whole configuration, an object for each of its sections, sets what belongs to the database, and says for each option what became of it. outcome: set (detail: the value), renamed (detail: under which name we have it; it is not set), stays in Rails (detail: why), unknown. Options that are not in the document stay as they are. Where the document has the engine''s waits, mode is set to progression, the rule of its Ruby. Nothing is changed unless every value that is set makes sense.

Errors: 22004, 22023 (in DETAIL a line for each problem); 42P01, 55000; 42501. Privileges: UPDATE on the Tasker tables; none of their rows may be hidden by row-level security. Complexity: O(options); changes take turns.';
