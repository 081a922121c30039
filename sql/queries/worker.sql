-- The maintenance worker.

-- name: installations
-- The installations of the database that the worker is connected to, and the function that
-- maintains them. None without the extension, or with a version of it that has no such function.
SELECT side_table.relnamespace AS schema,
       pg_catalog.quote_ident(installation.nspname) AS schema_name,
       pg_catalog.quote_ident(home.nspname) OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||)
           pg_catalog.quote_ident(function.proname) AS function_name
FROM pg_catalog.pg_extension AS extension
JOIN pg_catalog.pg_namespace AS home ON home.oid OPERATOR(pg_catalog.=) extension.extnamespace
JOIN pg_catalog.pg_proc AS function
    ON function.pronamespace OPERATOR(pg_catalog.=) home.oid
    AND function.proname OPERATOR(pg_catalog.=) 'tasker_maintain'
CROSS JOIN pg_catalog.pg_class AS side_table
JOIN pg_catalog.pg_namespace AS installation
    ON installation.oid OPERATOR(pg_catalog.=) side_table.relnamespace
WHERE extension.extname OPERATOR(pg_catalog.=) 'tasker_core'
    AND side_table.relname OPERATOR(pg_catalog.=) 'tasker_core_steps'
    AND side_table.relkind OPERATOR(pg_catalog.=) 'r'
    AND side_table.relpersistence OPERATOR(pg_catalog.<>) 't'
ORDER BY installation.nspname;

-- name: maintain
-- Maintains the installation in the search_path. There may be more to do at once if as much was
-- done as was allowed.
SELECT promoted OPERATOR(pg_catalog.+) leases_expired OPERATOR(pg_catalog.+) stale_recovered
           OPERATOR(pg_catalog.+) hinted OPERATOR(pg_catalog.+) finalized
               OPERATOR(pg_catalog.>=) 1000 AS goes_on
FROM @function_name@(1000);
