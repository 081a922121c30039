CREATE FUNCTION @extschema@._tasker_access(kind text, object_id oid)
RETURNS TABLE (owner oid, grantee text, privilege text, is_grantable boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.owner,
           CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
           a.privilege_type,
           a.is_grantable AND a.grantee <> o.owner
    FROM (
        SELECT p.proowner AS owner, COALESCE(p.proacl, acldefault('f', p.proowner)) AS acl
        FROM pg_proc AS p
        WHERE kind = 'function' AND p.oid = object_id
        UNION ALL
        SELECT c.relowner, COALESCE(c.relacl, acldefault('r', c.relowner))
        FROM pg_class AS c
        WHERE kind = 'view' AND c.oid = object_id
    ) AS o
    LEFT JOIN LATERAL aclexplode(o.acl) AS a ON true
$$;

COMMENT ON FUNCTION @extschema@._tasker_access(text, oid) IS
'Returns the owner and the privileges of a function or view: a row for each privilege, at least '
'one; grantee is NULL if no role has any. kind: function or view.

Errors: none. Privileges: none. Complexity: O(grants).';
