-- One round of a worker: claims a step, does the work, and completes or fails the step. The demo
-- runs this file again and again. Expects worker.

-- Returns one row even without a claim: its columns are NULL then, and \gset unsets the variables.
SELECT claim.*
FROM (VALUES (1)) AS always
LEFT JOIN tasker_claim_steps(:'worker', lease => '10 seconds') AS claim ON true
\gset

\if :{?claim_token}
    -- A sleep simulates the work.
    SELECT pg_sleep((:'handler_config'::jsonb ->> 'work_seconds')::float8),
           :attempt = 1 AND :'handler_config'::jsonb ? 'fails_once_with' AS has_failed
    \gset

    \if :has_failed
        SELECT tasker_fail_step(:workflow_step_id, :'handler_config'::jsonb -> 'fails_once_with',
                                claim_token => :'claim_token');
    \else
        SELECT tasker_complete_step(:workflow_step_id, '{"outcome": "done"}', :'claim_token');
    \endif
\else
    SELECT pg_sleep(0.1);
\endif
