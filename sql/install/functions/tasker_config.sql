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
'Every option of a section, or of all of them, with the value that applies and the scope that has set it. task_id, step_name: as it applies to that task, and to its steps of that name; NULL: to all that no narrower scope says more of. A narrower scope wins: global, namespace, task_name, step_name, task. origin is default where nobody has set it.

Errors: 22023; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables. Complexity: O(options).';
