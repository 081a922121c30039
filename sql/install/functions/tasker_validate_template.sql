CREATE FUNCTION @extschema@.tasker_validate_template(template jsonb)
RETURNS TABLE (path text, problem text)
LANGUAGE c IMMUTABLE PARALLEL SAFE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_validate_template';

COMMENT ON FUNCTION @extschema@.tasker_validate_template(jsonb) IS
'Returns every problem that prevents tasker_register_task() from accepting a template: a row for '
'each problem, none if the template is valid. path: the place of the problem, an SQL/JSON path for '
'jsonb_path_query(). If there are more than 100 problems, the rest is only counted. Reads only its '
'argument.

Errors: 22004. Privileges: none. Complexity: O(length of the template), and O(steps) more for each '
'name that is not a step''s.';
