-- Follows changes of the edges into these steps, whose side rows the caller has locked: only a snapshot
-- taken after the lock shows every edge that others committed.
UPDATE @installation@.tasker_core_steps AS side
SET parent_step_ids = COALESCE(
    (
        SELECT pg_catalog.array_agg(edge.from_step_id ORDER BY edge.from_step_id)
        FROM @installation@.tasker_workflow_step_edges AS edge
        WHERE edge.to_step_id OPERATOR(pg_catalog.=) side.workflow_step_id
    ),
    '{}'
)
WHERE side.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
RETURNING side.workflow_step_id, side.task_id, side.parent_step_ids
