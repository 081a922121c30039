CREATE FUNCTION @extschema@.tasker_install(target_schema name DEFAULT NULL)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN QUERY
        SELECT i.object, i.action, i.detail
        FROM @extschema@._tasker_install(@extschema@._tasker_target_schema(target_schema)) AS i;
END
$$;

COMMENT ON FUNCTION @extschema@.tasker_install(name) IS
'Makes a schema an installation of tasker_core: creates those of the 13 Tasker tables that are missing, adopts those that are there, creates the side tables, attaches the triggers and fills the side rows. May be run again at any time. target_schema: the schema of tasker_workflow_steps in the search_path, else the first schema of the search_path, when NULL.

action: created, adopted, unchanged, replaced (a trigger that was altered or disabled; the owner or the index of a side table; a view), skipped (a view, before PostgreSQL 15: see docs/finding.md), removed (a trigger that calls our functions without being ours), backfilled, or differs: a table that was there is not as the Rails engine defines it; it works, and was left alone.

Errors: 3F000 when there is no such schema; 0A000 in a database that is not in UTF8; 25006 in a read-only transaction; 55000 in a REPEATABLE READ or SERIALIZABLE transaction, or when a column that side rows are made of is missing or of another type (DETAIL lists all of them); 42809 when one of the names is no ordinary table; 42P07 and 42710 when the name of a side table or trigger is taken. Privileges: CREATE on the schema, ownership of the tables. Complexity: one pass over tasks, steps, edges and transitions, which are locked SHARE ROW EXCLUSIVE (readers go on, writers wait) until the transaction ends.';
