-- The connections at work in this database, as far as the caller may see them, those open on the server, and how many
-- there may be.
SELECT
    (
        SELECT pg_catalog.count(*)
        FROM pg_catalog.pg_stat_activity AS backend
        WHERE backend.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
          AND backend.state OPERATOR(pg_catalog.=) 'active'
    ) AS active,
    (
        SELECT pg_catalog.sum(database.numbackends)::pg_catalog.int8 FROM pg_catalog.pg_stat_database AS database
    ) AS open,
    pg_catalog.current_setting('max_connections')::pg_catalog.int8 AS most
