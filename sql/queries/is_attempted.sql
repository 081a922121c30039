(
    step.state OPERATOR(pg_catalog.=) 'error'
    OR (
        step.state OPERATOR(pg_catalog.=) 'pending'
        AND (step.processed OR step.last_attempted_at IS NOT NULL OR COALESCE(step.attempts, 0) OPERATOR(pg_catalog.>) 0)
    )
)
