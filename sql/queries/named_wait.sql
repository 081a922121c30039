-- The wait after a failure that a transition names in its metadata, in seconds; at most some thirty years. NULL: it
-- names none, and the step waits as the engine lets it. An application may have made the column json.
CASE WHEN transition.to_state OPERATOR(pg_catalog.=) 'error'
      AND pg_catalog.jsonb_typeof(transition.metadata::pg_catalog.jsonb OPERATOR(pg_catalog.->) 'backoff_seconds') OPERATOR(pg_catalog.=) 'number'
     THEN LEAST(GREATEST((transition.metadata OPERATOR(pg_catalog.->>) 'backoff_seconds')::pg_catalog.numeric, 0), 1000000000)
END::pg_catalog.float8
