-- Waits until nobody else adds edges to the graphs behind these locks, whose keys come in ascending order.
SELECT pg_catalog.pg_advisory_xact_lock(graph.key)
FROM pg_catalog.unnest($1) AS graph (key)
