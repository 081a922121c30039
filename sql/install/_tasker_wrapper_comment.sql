CREATE FUNCTION @extschema@._tasker_wrapper_comment()
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT 'Wrapper of tasker_core in place of the Rails engine''s own; tasker_restore_rails_functions() brings that back.'
$$;

COMMENT ON FUNCTION @extschema@._tasker_wrapper_comment() IS
'The comment that our wrappers carry. A migration that overwrites a wrapper leaves the comment on its own function, where it is recognised by its text and taken off.

Data only: raises nothing, needs no privilege, constant cost.';
