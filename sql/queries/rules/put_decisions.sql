-- Parents have finished: over these children of theirs somebody has to decide.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT word.workflow_step_id, word.cause_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS word (workflow_step_id, cause_id)
ON CONFLICT DO NOTHING
