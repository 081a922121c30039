CREATE FUNCTION @extschema@._tasker_troubles(installation oid, max_rows integer)
RETURNS TABLE (
    kind text,
    subject_id bigint,
    attempts integer,
    next_try text,
    sqlstate text,
    message text,
    since text,
    total bigint
)
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'troubles_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_troubles(oid, integer) IS
'Returns refused work on steps and tasks, the oldest first, and how much of it there is. For '
'tasker_doctor().

Errors: 42501. Privileges: SELECT on the tables; runs as the owner for a caller with the owner''s '
'rights. Complexity: one pass.';
