CREATE FUNCTION @extschema@.tasker_validate_template(template jsonb)
RETURNS TABLE (path text, problem text)
LANGUAGE c IMMUTABLE PARALLEL SAFE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_validate_template';

COMMENT ON FUNCTION @extschema@.tasker_validate_template(jsonb) IS
'All that keeps tasker_register_task() from taking a template: a row for each problem, none if it is fine. path: where it is, an SQL/JSON path as jsonb_path_query() takes it. More than 100 problems are only counted. Looks at nothing but its argument.

Errors: 22004. Privileges: none. Complexity: O(length of the template), and O(steps) more for each name that is not a step''s.';
