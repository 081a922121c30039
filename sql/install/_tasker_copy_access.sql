CREATE FUNCTION @extschema@._tasker_copy_access(
    kind text,
    source oid,
    target oid,
    target_signature text
)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- A view is granted as a table is.
    target_name text := CASE kind WHEN 'view' THEN 'TABLE' ELSE 'FUNCTION' END || ' '
        || target_signature;
    source_owner oid := (SELECT o.owner FROM @extschema@._tasker_access(kind, source) AS o LIMIT 1);
    granted record;
BEGIN
    IF source_owner <> (SELECT o.owner FROM @extschema@._tasker_access(kind, target) AS o LIMIT 1)
        THEN
        EXECUTE format('ALTER %s %s OWNER TO %s', kind, target_signature, source_owner::regrole);
    END IF;
    -- What default privileges gave to the new object goes first.
    FOR granted IN
        SELECT DISTINCT a.grantee FROM @extschema@._tasker_access(kind, target) AS a
        WHERE a.grantee IS NOT NULL
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s CASCADE', target_name, granted.grantee);
    END LOOP;
    FOR granted IN
        SELECT a.grantee, a.privilege, bool_or(a.is_grantable) AS is_grantable
        FROM @extschema@._tasker_access(kind, source) AS a
            WHERE a.grantee IS NOT NULL
            GROUP BY a.grantee, a.privilege
    LOOP
        EXECUTE format('GRANT %s ON %s TO %s%s', granted.privilege, target_name, granted.grantee,
                       CASE WHEN granted.is_grantable THEN ' WITH GRANT OPTION' END);
    END LOOP;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_copy_access(text, oid, oid, text) IS
'Gives a function or view the owner and the grants of another one. A grant that came from a role '
'with grant option comes from the owner afterwards. kind: function or view.

Errors: 42501. Privileges: ownership of both. Complexity: one command for each grant.';
