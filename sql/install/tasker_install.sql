CREATE FUNCTION @extschema@.tasker_install(
    target_schema name DEFAULT NULL,
    create_schema boolean DEFAULT false,
    verbose boolean DEFAULT false
)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    is_missing boolean := target_schema IS NOT NULL
                          AND pg_catalog.to_regnamespace(pg_catalog.quote_ident(target_schema))
                              IS NULL;
    objects pg_catalog.text[];
    actions pg_catalog.text[];
    details pg_catalog.text[];
BEGIN
    IF create_schema AND target_schema IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'create_schema needs the name of the schema',
            HINT = 'Name it as target_schema.';
    ELSIF create_schema AND is_missing AND target_schema OPERATOR(pg_catalog.<>) '' THEN
        EXECUTE pg_catalog.format('CREATE SCHEMA %I', target_schema);
        object := pg_catalog.format('schema %I', target_schema);
        action := 'created';
        detail := pg_catalog.format('owned by %I; other roles need USAGE on it', current_user);
        RETURN NEXT;
    ELSIF is_missing THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_schema_name',
            MESSAGE = pg_catalog.format('schema "%s" does not exist', target_schema),
            HINT = 'To create it, add create_schema => true.';
    END IF;

    IF tasker_install.verbose THEN
        RETURN QUERY
            SELECT i.object, i.action, i.detail
            FROM @extschema@._tasker_install(@extschema@._tasker_target_schema(target_schema)) AS i;
        RETURN;
    END IF;
    SELECT pg_catalog.array_agg(i.object), pg_catalog.array_agg(i.action),
        pg_catalog.array_agg(i.detail)
        INTO objects, actions, details
        FROM @extschema@._tasker_install(@extschema@._tasker_target_schema(target_schema)) AS i;
    RETURN QUERY
        SELECT s.object, s.action, s.detail
        FROM @extschema@._tasker_summary(objects, actions, details) AS s;
END
$$;

COMMENT ON FUNCTION @extschema@.tasker_install(name, boolean, boolean) IS
'Makes a schema an installation of tasker_core: creates the missing ones of the 13 Tasker tables, '
'adopts the existing ones, creates the side tables and the triggers, and fills the side rows. You '
'may run it again at any time. target_schema NULL: the schema of tasker_workflow_steps in the '
'search_path, else the first schema of the search_path. create_schema: create target_schema if it '
'does not exist. verbose: return a row for each object, instead of a row for each kind of object '
'and one more for each object that was not simply created.

action: created, adopted, unchanged, replaced (a trigger that was altered or disabled; the owner '
'or the index of a side table; a view), skipped (a view, before PostgreSQL 15: see '
'docs/finding.md), removed (a surplus trigger that calls a function of the extension), backfilled, '
'or differs: an existing table is not as the Rails engine defines it; the extension works with it '
'and has not changed it.

Errors: 3F000 when there is no such schema; 22004 for create_schema without target_schema; 0A000 '
'in a database that is not in UTF8; 25006 in a read-only transaction; 55000 in a REPEATABLE READ '
'or SERIALIZABLE transaction, or when a column that side rows need is missing or has another type '
'(DETAIL lists all of them); 42809 when one of the names is no ordinary table; 42P07 and 42710 '
'when the name of a side table or trigger is taken. Privileges: CREATE on the schema (on the '
'database, to create the schema), ownership of the tables. Complexity: one pass over tasks, steps, '
'edges and transitions, which are locked SHARE ROW EXCLUSIVE (readers go on, writers wait) until '
'the transaction ends.';
