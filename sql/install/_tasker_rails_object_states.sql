CREATE FUNCTION @extschema@._tasker_rails_function_states(installation regnamespace)
RETURNS TABLE (
    function_name    text,
    signature        text,      -- qualified, with argument types
    kept_signature   text,
    present_id       oid,       -- the function that has the name now
    kept_id          oid,       -- the original, under the name that keeps it
    is_wrapper       boolean,   -- the function that has the name now is ours
    is_right_wrapper boolean,
    is_replaceable   boolean,   -- it returns what the engine expects
    definition       text       -- the command that creates the wrapper
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH expected AS (
        SELECT e.function_name, e.input_arguments, e.argument_types, e.result_columns,
               format('%s.%I(%s)', installation, e.function_name, e.argument_types) AS signature,
               format('%s.%I(%s)', installation, 'tasker_core_original_' || e.function_name,
                      e.argument_types) AS kept_signature,
               format('%s.%I(%s)', '@extschema@', 'tasker_rails_' || e.function_name,
                      e.argument_types) AS implementation
        FROM @extschema@._tasker_rails_functions() AS e
    ), present AS (
        SELECT e.function_name, p.oid AS present_id, p.provolatile, p.proisstrict, p.prosecdef, p.proconfig,
               pg_get_function_arguments(p.oid) = e.input_arguments AS takes_the_same,
               pg_get_function_result(p.oid) = format('TABLE(%s)', e.result_columns) AS returns_the_same,
               -- The body of a wrapper is parsed when it is created, so that it
               -- depends on what it calls; replaced by another body, it does no more.
               p.prolang = (SELECT l.oid FROM pg_language AS l WHERE l.lanname = 'sql')
                   AND EXISTS (SELECT FROM pg_depend AS d
                               WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                                   AND d.refclassid = 'pg_proc'::regclass
                                   AND d.refobjid = to_regprocedure(e.implementation)) AS is_wrapper
        FROM expected AS e
        JOIN pg_proc AS p ON p.oid = to_regprocedure(e.signature)
    )
    SELECT e.function_name, e.signature, e.kept_signature,
           p.present_id,
           to_regprocedure(e.kept_signature)::oid,
           COALESCE(p.is_wrapper, false),
           COALESCE(p.is_wrapper AND p.takes_the_same AND p.returns_the_same AND p.provolatile = 's'
                    AND NOT p.proisstrict AND NOT p.prosecdef AND p.proconfig IS NULL, false),
           COALESCE(p.returns_the_same, true),
           -- Written so that the planner can put the implementation in its place.
           format('CREATE OR REPLACE FUNCTION %s.%I(%s) RETURNS TABLE (%s) LANGUAGE sql STABLE '
                  'BEGIN ATOMIC SELECT %s FROM %s.%I(%s) AS r; END',
                  installation, e.function_name, e.input_arguments, e.result_columns,
                  (SELECT string_agg(format('r.%I', split_part(c.declaration, ' ', 1)), ', ' ORDER BY c.column_position)
                   FROM unnest(string_to_array(e.result_columns, ', '))
                       WITH ORDINALITY AS c (declaration, column_position)),
                  '@extschema@', 'tasker_rails_' || e.function_name,
                  (SELECT string_agg(format('%I.%I', e.function_name, split_part(a.declaration, ' ', 1)), ', '
                                     ORDER BY a.argument_position)
                   FROM unnest(string_to_array(e.input_arguments, ', '))
                       WITH ORDINALITY AS a (declaration, argument_position)))
    FROM expected AS e
    LEFT JOIN present AS p ON p.function_name = e.function_name
    ORDER BY e.function_name
$$;

COMMENT ON FUNCTION @extschema@._tasker_rails_function_states(regnamespace) IS
'For each function that the extension can replace: what has its name in the schema now, whether that is our wrapper, where the original is kept, and the command that creates the wrapper.

Errors: none. Privileges: none. Complexity: a few catalog look-ups for each function.';
