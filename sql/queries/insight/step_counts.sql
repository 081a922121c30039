-- How many steps are in which state, and why those in error stand there. The last four are as the engine counts:
-- a step is pending only if a transition says so, and a comparison with no limit is neither true nor false (R13).
SELECT
    pg_catalog.count(*) AS total,
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'pending') AS pending,
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'in_progress') AS in_progress,
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'complete') AS complete,
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'error') AS error,
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'cancelled') AS cancelled,
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'resolved_manually') AS resolved_manually,
    pg_catalog.count(*) FILTER (
        WHERE step.state OPERATOR(pg_catalog.=) 'error' AND step.retryable
          AND COALESCE(step.attempts, 0) OPERATOR(pg_catalog.<) GREATEST(COALESCE(step.retry_limit, 3), 1)
    ) AS retryable_error,
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'error' AND NOT step.retryable) AS permanent_error,
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'pending' AND step.state_since IS NOT NULL) AS noted_pending,
    pg_catalog.count(*) FILTER (
        WHERE step.state OPERATOR(pg_catalog.=) 'error' AND step.retryable AND step.attempts OPERATOR(pg_catalog.<) step.retry_limit
    ) AS engine_retryable,
    pg_catalog.count(*) FILTER (
        WHERE step.state OPERATOR(pg_catalog.=) 'error' AND step.attempts OPERATOR(pg_catalog.>=) step.retry_limit
    ) AS engine_exhausted,
    pg_catalog.count(*) FILTER (
        WHERE step.state OPERATOR(pg_catalog.=) 'error' AND step.retryable AND step.attempts OPERATOR(pg_catalog.<) step.retry_limit
          AND step.last_attempted_at IS NOT NULL
    ) AS engine_in_backoff
FROM @steps@ AS step
