CREATE FUNCTION @extschema@.tasker_latest_versions(
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL
)
RETURNS TABLE (named_task_id integer, namespace text, task_name text, version text)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_latest_versions';

COMMENT ON FUNCTION @extschema@.tasker_latest_versions(text, text) IS
'Returns the newest version of each task template, or of those of a namespace or name, by Semantic '
'Versioning: 0.10.0 comes after 0.9.0 (the engine compares texts), and a pre-release comes before '
'its release. A version that is not a semantic version counts as older than all others.

Errors: 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on tasker_named_tasks '
'and tasker_task_namespaces. Row-level security filters the rows. Complexity: O(n log n) for the '
'templates of these names.';
