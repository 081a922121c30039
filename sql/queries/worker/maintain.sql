-- Maintains the installation in the search_path. There may be more to do at once if as much was done as was allowed.
SELECT promoted OPERATOR(pg_catalog.+) leases_expired OPERATOR(pg_catalog.+) stale_recovered
           OPERATOR(pg_catalog.+) hinted OPERATOR(pg_catalog.+) finalized OPERATOR(pg_catalog.>=) 1000 AS goes_on
FROM @function_name@(1000)
