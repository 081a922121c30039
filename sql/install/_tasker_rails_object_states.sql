CREATE FUNCTION @extschema@._tasker_rails_object_states(installation regnamespace)
RETURNS TABLE (
    kind             text,      -- function or view
    catalog_name     text,      -- where its comment is kept
    object_name      text,
    signature        text,      -- qualified, a function with its argument types
    kept_signature   text,
    present_id       oid,       -- the object that has the name now
    kept_id          oid,       -- the original, under the name that keeps it
    is_wrapper       boolean,   -- the object that has the name now is ours
    is_right_wrapper boolean,
    is_replaceable   boolean,   -- it returns what the engine expects
    present_result   text,      -- what it returns
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
        SELECT e.function_name, p.oid AS present_id, p.provolatile, p.proisstrict, p.prosecdef,
            p.proconfig,
               pg_get_function_arguments(p.oid) = e.input_arguments AS takes_the_same,
               pg_get_function_result(p.oid) = format('TABLE(%s)',
                                                      e.result_columns) AS returns_the_same,
               -- The body of a wrapper is parsed when it is created, so that it
               -- depends on what it calls; replaced by another body, it does no more.
               p.prolang = (SELECT l.oid FROM pg_language AS l WHERE l.lanname = 'sql')
                   AND EXISTS (SELECT FROM pg_depend AS d
                               WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                                   AND d.refclassid = 'pg_proc'::regclass
                                   AND d.refobjid = to_regprocedure(e.implementation)) AS is_wrapper
        FROM expected AS e
        JOIN pg_proc AS p ON p.oid = to_regprocedure(e.signature)
    ), expected_view AS (
        SELECT v.view_name, v.result_columns, v.definition,
               format('%s.%I', installation, v.view_name) AS signature,
               format('%s.%I', installation,
                      'tasker_core_original_' || v.view_name) AS kept_signature
        FROM @extschema@._tasker_rails_view(installation) AS v
    ), present_view AS (
        SELECT c.oid AS present_id, c.relkind, c.reloptions, columns.list,
               columns.list = v.result_columns AS returns_the_same,
               EXISTS (SELECT FROM pg_depend AS d
                       JOIN pg_rewrite AS r ON r.oid = d.objid
                       WHERE d.classid = 'pg_rewrite'::regclass AND r.ev_class = c.oid
                           AND d.refclassid = 'pg_proc'::regclass
                           AND d.refobjid = to_regprocedure(
                               '@extschema@._tasker_minimum_depth(oid, bigint, bigint)')
                      ) AS is_wrapper
        FROM expected_view AS v
        JOIN pg_class AS c ON c.oid = to_regclass(v.signature)
        CROSS JOIN LATERAL (
            SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)),
                ', ' ORDER BY a.attnum) AS list
            FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ) AS columns
    )
    SELECT 'function', 'pg_proc', e.function_name, e.signature, e.kept_signature,
           p.present_id,
           to_regprocedure(e.kept_signature)::oid,
           COALESCE(p.is_wrapper, false),
           COALESCE(p.is_wrapper AND p.takes_the_same AND p.returns_the_same AND p.provolatile = 's'
                    AND NOT p.proisstrict AND NOT p.prosecdef AND p.proconfig IS NULL, false),
           COALESCE(p.returns_the_same, true),
           pg_get_function_result(p.present_id),
           -- Written so that the planner can put the implementation in its place.
           format('CREATE OR REPLACE FUNCTION %s.%I(%s) RETURNS TABLE (%s) LANGUAGE sql STABLE '
                  'BEGIN ATOMIC SELECT %s FROM %s.%I(%s) AS r; END',
                  installation, e.function_name, e.input_arguments, e.result_columns,
                  (SELECT string_agg(format('r.%I', split_part(c.declaration, ' ', 1)), ', '
                      ORDER BY c.column_position)
                   FROM unnest(string_to_array(e.result_columns, ', '))
                       WITH ORDINALITY AS c (declaration, column_position)),
                  '@extschema@', 'tasker_rails_' || e.function_name,
                  (SELECT string_agg(
                      format('%I.%I', e.function_name, split_part(a.declaration, ' ', 1)), ', '
                                     ORDER BY a.argument_position)
                   FROM unnest(string_to_array(e.input_arguments, ', '))
                       WITH ORDINALITY AS a (declaration, argument_position)))
    FROM expected AS e
    LEFT JOIN present AS p ON p.function_name = e.function_name
    UNION ALL
    SELECT 'view', 'pg_class', v.view_name, v.signature, v.kept_signature,
           p.present_id,
           to_regclass(v.kept_signature)::oid,
           COALESCE(p.is_wrapper, false),
           COALESCE(p.is_wrapper AND p.returns_the_same AND p.reloptions IS NULL, false),
           COALESCE(p.returns_the_same AND p.relkind = 'v', true),
           p.list,
           v.definition
    FROM expected_view AS v
    LEFT JOIN present_view AS p ON true
    ORDER BY 3
$$;

COMMENT ON FUNCTION @extschema@._tasker_rails_object_states(regnamespace) IS
'Returns, for each function and view that the extension can replace: the object that has its name '
'in the schema now, whether that is the extension''s wrapper, where the original is kept, and the '
'command that creates the wrapper.

Errors: none. Privileges: none. Complexity: a few catalog look-ups for each object.';
