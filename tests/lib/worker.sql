-- A worker for pgbench, which completes its step and claims the next. To begin with: --define step=0 --define token=-
\if :step
SELECT coalesce(max(workflow_step_id), 0) AS step, coalesce(max(claim_token::text), '') AS token
FROM tasker_complete_and_claim(:step, '{}', :token::uuid, 'worker') \gset
\else
SELECT coalesce(max(workflow_step_id), 0) AS step, coalesce(max(claim_token::text), '') AS token
FROM tasker_claim_steps('worker', 1) \gset
\endif
