CREATE FUNCTION @extschema@._tasker_fill_side_tables(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('rows of %s.%I', installation, r.side_table),
           CASE WHEN r.inserted + r.updated + r.deleted = 0 THEN 'unchanged' ELSE 'backfilled' END,
           format('%s inserted, %s updated, %s deleted', r.inserted, r.updated, r.deleted)
    FROM @extschema@._tasker_rebuild(installation) AS r
    ORDER BY r.side_table
$$;

COMMENT ON FUNCTION @extschema@._tasker_fill_side_tables(regnamespace) IS
'Makes the side rows of an installation equal to its Tasker tables, and returns how many were not. '
'The tables must be locked.

Errors: none of its own. Privileges: ownership of the tables. Complexity: one pass over the five '
'Tasker tables that side rows are made of.';
