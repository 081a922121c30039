-- How many tasks are in which state.
SELECT
    pg_catalog.count(*) AS total,
    pg_catalog.count(*) FILTER (WHERE task.state OPERATOR(pg_catalog.=) 'pending') AS pending,
    pg_catalog.count(*) FILTER (WHERE task.state OPERATOR(pg_catalog.=) 'in_progress') AS in_progress,
    pg_catalog.count(*) FILTER (WHERE task.state OPERATOR(pg_catalog.=) 'complete') AS complete,
    pg_catalog.count(*) FILTER (WHERE task.state OPERATOR(pg_catalog.=) 'error') AS error,
    pg_catalog.count(*) FILTER (WHERE task.state OPERATOR(pg_catalog.=) 'cancelled') AS cancelled,
    pg_catalog.count(*) FILTER (WHERE task.state OPERATOR(pg_catalog.=) 'resolved_manually') AS resolved_manually
FROM @tasks@ AS task
