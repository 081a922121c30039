CREATE FUNCTION @extschema@._tasker_copy_function_access(source oid, target oid)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    target_name text := target::regprocedure;
    source_owner oid := (SELECT p.proowner FROM pg_proc AS p WHERE p.oid = source);
    granted record;
BEGIN
    IF source_owner <> (SELECT p.proowner FROM pg_proc AS p WHERE p.oid = target) THEN
        EXECUTE format('ALTER FUNCTION %s OWNER TO %s', target_name, source_owner::regrole);
    END IF;
    -- What default privileges gave to the new function goes first.
    FOR granted IN
        SELECT DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee
            FROM pg_proc AS p
            CROSS JOIN LATERAL aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) AS a
            WHERE p.oid = target
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s CASCADE', target_name, granted.grantee);
    END LOOP;
    FOR granted IN
        SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee,
               bool_or(a.is_grantable AND a.grantee <> p.proowner) AS is_grantable
            FROM pg_proc AS p
            CROSS JOIN LATERAL aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) AS a
            WHERE p.oid = source
            GROUP BY 1
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s%s', target_name, granted.grantee,
                       CASE WHEN granted.is_grantable THEN ' WITH GRANT OPTION' END);
    END LOOP;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_copy_function_access(oid, oid) IS
'Gives a function the owner and the grants of another one; a grant that came from somebody with grant option comes from the owner afterwards.

Errors: 42501. Privileges: ownership of both. Complexity: one command for each grant.';
