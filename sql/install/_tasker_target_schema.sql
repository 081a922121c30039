-- Runs with the search_path of the caller, which is what it asks about: hence every name is
-- qualified.
CREATE FUNCTION @extschema@._tasker_target_schema(target_schema name)
RETURNS regnamespace
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    installation pg_catalog.regnamespace;
BEGIN
    IF target_schema IS NOT NULL THEN
        installation := pg_catalog.to_regnamespace(pg_catalog.quote_ident(target_schema));
        IF installation IS NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_schema_name',
                MESSAGE = pg_catalog.format('schema "%s" does not exist', target_schema);
        END IF;
    ELSE
        SELECT c.relnamespace
            INTO installation
            FROM pg_catalog.pg_class AS c
            WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass('tasker_workflow_steps');
        IF installation IS NULL THEN
            installation := pg_catalog.to_regnamespace(
                pg_catalog.quote_ident(pg_catalog.current_schema()));
        END IF;
        IF installation IS NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_schema_name',
                MESSAGE = 'no schema has been selected for Tasker',
                HINT = 'Name it as target_schema, or put it into the search_path.';
        END IF;
    END IF;

    IF installation::pg_catalog.oid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
        OR pg_catalog.pg_is_other_temp_schema(installation)
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'feature_not_supported',
            MESSAGE = 'a temporary schema cannot hold a Tasker installation';
    END IF;
    RETURN installation;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_target_schema(name) IS
'Returns the schema that a management function works in: the named one, else that of '
'tasker_workflow_steps in the search_path, else the first schema of the search_path.

Errors: 3F000 when there is no such schema, 0A000 for a temporary one. Privileges: none. '
'Complexity: three catalog look-ups.';
