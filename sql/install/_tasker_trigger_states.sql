CREATE FUNCTION @extschema@._tasker_trigger_states(installation regnamespace)
RETURNS TABLE (
    table_name   text,
    trigger_name text,
    condition    text,   -- 'missing', 'foreign', 'altered', 'disabled', 'surplus' or 'right'
    definition   text    -- the command that creates it; NULL: surplus
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH expected AS (
        SELECT e.table_name, e.trigger_name,
               to_regprocedure(format('%s.%I()', '@extschema@',
                                      e.function_name))::oid AS function_id,
               format('CREATE OR REPLACE TRIGGER %I %s ON %s.%I %s EXECUTE FUNCTION %s.%I()',
                      e.trigger_name, e.trigger_event, installation, e.table_name, e.trigger_level,
                      -- CREATE EXTENSION has put quotes around the name if quote_all_identifiers
                      -- was on.
                      to_regnamespace('@extschema@'), e.function_name) AS definition
        FROM @extschema@._tasker_expected_triggers() AS e
    ), present AS (
        SELECT c.relname, t.tgname, t.tgfoid, t.tgenabled,
            pg_get_triggerdef(t.oid, false) AS definition
        FROM pg_trigger AS t
        JOIN pg_class AS c ON c.oid = t.tgrelid
        WHERE c.relnamespace = installation AND NOT t.tgisinternal
    )
    SELECT e.table_name, e.trigger_name,
           CASE WHEN p.tgname IS NULL THEN 'missing'
                WHEN p.tgfoid NOT IN (SELECT o.function_id FROM expected AS o) THEN 'foreign'
                -- The server writes a definition back with parentheses, casts and
                -- capitals of its own, which differ between versions.
                WHEN lower(regexp_replace(p.definition, '[[:space:]()]|::text', '', 'g'))
                    <> lower(regexp_replace(e.definition, '[[:space:]()]|::text|OR REPLACE ', '',
                                            'g')) THEN 'altered'
                WHEN p.tgenabled <> 'A' THEN 'disabled'
                ELSE 'right' END,
           e.definition
    FROM expected AS e
    LEFT JOIN present AS p ON p.relname = e.table_name AND p.tgname = e.trigger_name
    UNION ALL
    SELECT p.relname, p.tgname, 'surplus', NULL
    FROM present AS p
    WHERE p.tgfoid IN (SELECT o.function_id FROM expected AS o)
        AND NOT EXISTS (SELECT FROM expected AS e
                        WHERE e.table_name = p.relname AND e.trigger_name = p.tgname)
    ORDER BY 1, 2
$$;

COMMENT ON FUNCTION @extschema@._tasker_trigger_states(regnamespace) IS
'Returns each trigger that an installation should have, and each other one that calls the '
'extension''s functions, with its condition: missing, foreign (the name is taken), altered, '
'disabled (anything but ENABLE ALWAYS), surplus, or right.

Errors: none. Privileges: none. Complexity: reads the catalog rows of the triggers of one schema.';
