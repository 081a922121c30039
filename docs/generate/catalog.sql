-- The SQL functions of the extension, as one JSON document: name, signature, volatility and comment of each.

SELECT jsonb_object_agg(function.proname, jsonb_build_object(
    'arguments', arguments.list,
    'columns', columns.list,
    'result', pg_get_function_result(function.oid),
    'volatility', function.provolatile,
    'comment', obj_description(function.oid, 'pg_proc')))
FROM pg_proc AS function
JOIN pg_depend AS membership
    ON membership.classid = 'pg_proc'::regclass AND membership.objid = function.oid AND membership.deptype = 'e'
JOIN pg_extension AS extension
    ON membership.refclassid = 'pg_extension'::regclass AND membership.refobjid = extension.oid
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(concat_ws(' ',
               argument.name, format_type(argument.type, NULL),
               'DEFAULT ' || regexp_replace(pg_get_function_arg_default(function.oid, argument.place::integer), '::[a-z ]+(\[\])?$', ''))
               ORDER BY argument.place), '[]') AS list
    FROM unnest(function.proargnames, function.proargtypes::oid[]) WITH ORDINALITY AS argument (name, type, place)
    WHERE argument.place <= function.pronargs
) AS arguments
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(column_.name || ' ' || format_type(column_.type, NULL) ORDER BY column_.place), '[]') AS list
    FROM unnest(function.proargnames, function.proallargtypes, function.proargmodes)
        WITH ORDINALITY AS column_ (name, type, mode, place)
    WHERE column_.mode = 't'
) AS columns
WHERE extension.extname = 'tasker_core'
    AND function.proname NOT LIKE '\_%'
    AND function.prorettype <> 'trigger'::regtype;
