CREATE FUNCTION @extschema@._tasker_current_layout()
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 2
$$;

COMMENT ON FUNCTION @extschema@._tasker_current_layout() IS
'The layout that tasker_install() gives an installation: it grows by one with each release that '
'changes its tables, columns, indexes, triggers or views.

Data only: raises nothing, needs no privilege, constant cost.';
