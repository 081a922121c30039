-- These hints have been looked at, and their steps are not ready. No others: one that has come in the meantime stands
-- for a parent that was not visible.
DELETE FROM @installation@.tasker_core_hints AS hint
USING ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS seen (workflow_step_id, cause_id)
WHERE hint.workflow_step_id OPERATOR(pg_catalog.=) seen.workflow_step_id
  AND hint.cause_id OPERATOR(pg_catalog.=) seen.cause_id
