-- Whether the queues say nothing of a step although its parents have finished, or its rule may be satisfied. The one
-- definition: rebuild and the doctor both expand it.
NOT EXISTS (
    SELECT FROM @installation@.tasker_core_hints AS hint
    WHERE hint.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
)
AND NOT EXISTS (
    SELECT FROM @installation@.tasker_core_parked AS parked
    WHERE parked.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
)
AND NOT EXISTS (
    SELECT FROM @installation@.tasker_core_timers AS timer
    WHERE timer.kind OPERATOR(pg_catalog.=) 'step'
      AND timer.subject_id OPERATOR(pg_catalog.=) step.workflow_step_id
)
AND NOT EXISTS (
    SELECT FROM @installation@.tasker_core_decisions AS decision
    WHERE decision.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
)
AND (step.has_rule OR NOT EXISTS (
    SELECT FROM @installation@.tasker_core_steps AS parent
    WHERE parent.workflow_step_id OPERATOR(pg_catalog.=) ANY (step.parent_step_ids)
      AND parent.state OPERATOR(pg_catalog.<>) ALL (ARRAY['complete', 'resolved_manually'])
))
