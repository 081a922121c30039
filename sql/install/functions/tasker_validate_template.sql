CREATE FUNCTION @extschema@.tasker_validate_template(template jsonb)
RETURNS TABLE (path text, problem text)
LANGUAGE c IMMUTABLE PARALLEL SAFE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_validate_template';

COMMENT ON FUNCTION @extschema@.tasker_validate_template(jsonb) IS
'Returns every problem that prevents tasker_register_task() from accepting a template: a row for '
'each problem, and no rows if the template is valid. path: where the problem is, as an SQL/JSON '
'path for jsonb_path_query(). If there are more than 100 problems, the last row only counts the '
'others. The function reads only its argument.

Errors: 22004. Privileges: none. Complexity: O(length of the template), and O(steps) more for each '
'name that is not a step''s.';
