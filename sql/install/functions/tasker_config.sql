CREATE FUNCTION @extschema@.tasker_config(
    section text DEFAULT NULL,
    task_id bigint DEFAULT NULL,
    step_name text DEFAULT NULL
)
RETURNS TABLE (
    config_section text,
    option_name    text,
    value          jsonb,
    origin         text,
    default_value  jsonb,
    description    text
)
LANGUAGE c STABLE CALLED ON NULL INPUT ROWS 20
AS 'MODULE_PATHNAME', 'tasker_config';

COMMENT ON FUNCTION @extschema@.tasker_config(text, bigint, text) IS
'Returns every option of a section, or of all sections, with its value and the scope that has set '
'it. With task_id, it returns the values for that task; with step_name too, those for its steps of '
'that name; with NULL, only what is set globally. If several scopes set an option, the narrowest '
'wins; from wide to narrow: global, namespace, task_name, step_name, task. origin is default if no '
'scope has set the option.

Errors: 22023; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables. Complexity: '
'O(options).';
