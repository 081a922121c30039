CREATE FUNCTION @extschema@._tasker_wrapper_comment()
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT 'Wrapper of tasker_core in place of the Rails engine''s own; '
           'tasker_restore_rails_functions() brings that back.'
$$;

COMMENT ON FUNCTION @extschema@._tasker_wrapper_comment() IS
'The comment of the wrappers. If a migration overwrites a wrapper, its function keeps this '
'comment; the extension recognises and removes it.

Data only: raises nothing, needs no privilege, constant cost.';
