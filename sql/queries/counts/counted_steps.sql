-- Everything of steps that is counted, and how many are alike.
SELECT state::pg_catalog.text, state_since IS NOT NULL, attempts, retry_limit, retryable, last_attempted_at IS NOT NULL, pg_catalog.count(*)
FROM @steps@ AS step
GROUP BY 1, 2, 3, 4, 5, 6
