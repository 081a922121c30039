CREATE FUNCTION @extschema@._tasker_view_comment(installation regnamespace, made regclass, query text, meaning text)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    -- Whatever the schema is called by now.
    SELECT format('%s [%s]', meaning, md5(replace(query || pg_get_viewdef(made), installation || '.', '')))
$$;

COMMENT ON FUNCTION @extschema@._tasker_view_comment(regnamespace, regclass, text, text) IS
'The comment of a view of ours: what it is, and what tells whether it is still the one that we made of query.

Errors: none. Privileges: none. Complexity: constant.';
