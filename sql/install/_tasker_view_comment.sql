CREATE FUNCTION @extschema@._tasker_view_comment(
    installation regnamespace,
    made regclass,
    query text,
    meaning text
)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
SET standard_conforming_strings = on
AS $$
    -- Whatever the schema is called by now, and on every version of PostgreSQL: up to 15 it names
    -- the table of each column, even if there is only one.
    SELECT format('%s [%s]', meaning,
                  md5(replace(query || replace(pg_get_viewdef(made), ' r.', ' '),
                              installation || '.', '')))
$$;

COMMENT ON FUNCTION @extschema@._tasker_view_comment(regnamespace, regclass, text, text) IS
'Returns the comment of a view of the extension: its meaning, and a mark that shows whether the '
'view is still the one made from query.

Errors: none. Privileges: none. Complexity: constant.';
