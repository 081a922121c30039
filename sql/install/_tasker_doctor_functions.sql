CREATE FUNCTION @extschema@._tasker_doctor_functions(installation regnamespace)
RETURNS TABLE (severity text, check_name text, object text, detail text, fix text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN s.present_id IS NULL THEN 'error' ELSE 'warning' END,
           CASE WHEN s.present_id IS NULL THEN 'wrapper_missing'
                WHEN s.is_wrapper THEN 'wrapper_altered'
                ELSE 'wrapper_overwritten' END,
           format('%s %s', s.kind, s.signature),
           CASE WHEN s.present_id IS NULL
                THEN format('the wrapper is gone, and the original is still called %s',
                            s.kept_signature)
                WHEN s.is_wrapper THEN 'the wrapper has other properties than tasker_core gave it'
                ELSE 'it was overwritten, most likely by a migration' END,
           @extschema@._tasker_repair('tasker_replace_rails_functions', installation)
    FROM @extschema@._tasker_rails_object_states(installation) AS s
    WHERE (s.is_wrapper AND NOT s.is_right_wrapper)
        OR (NOT s.is_wrapper
            AND (s.kept_id IS NOT NULL
                OR obj_description(s.present_id, s.catalog_name::name)
                    = @extschema@._tasker_wrapper_comment()))
$$;

COMMENT ON FUNCTION @extschema@._tasker_doctor_functions(regnamespace) IS
'Returns the functions and the view of the Rails engine whose wrapper was altered, overwritten or '
'lost; nothing about those that were never replaced.

Errors: none. Privileges: none. Complexity: a few catalog look-ups for each of them.';
