-- Likewise of tasks.
SELECT state::pg_catalog.text, state_since IS NOT NULL, pg_catalog.count(*)
FROM @tasks@ AS task
GROUP BY 1, 2
