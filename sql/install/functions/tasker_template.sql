CREATE FUNCTION @extschema@.tasker_template(
    task_name text,
    namespace text DEFAULT 'default',
    version   text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE c STABLE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_template';

COMMENT ON FUNCTION @extschema@.tasker_template(text, text, text) IS
'Returns a registered template with all its defaults filled in. version NULL: the latest, by '
'Semantic Versioning.

Errors: P0002 when there is none; XX001 when it was changed by hand; 22004; 42P01, 55000; 42501. '
'Privileges: SELECT on tasker_named_tasks and tasker_task_namespaces. Complexity: O(versions + '
'length of the template).';
