-- These steps have got parents: those with an unfinished one are no longer worth a look, its end will bring a hint.
DELETE FROM @installation@.tasker_core_hints
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_hints AS queued
    WHERE queued.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
      AND EXISTS (
          SELECT FROM @installation@.tasker_core_steps AS child
          JOIN @installation@.tasker_core_steps AS parent
              ON parent.workflow_step_id OPERATOR(pg_catalog.=) ANY (child.parent_step_ids)
          WHERE child.workflow_step_id OPERATOR(pg_catalog.=) queued.workflow_step_id
            AND NOT child.has_rule
            AND parent.state OPERATOR(pg_catalog.<>) ALL (ARRAY['complete', 'resolved_manually'])
      )
    FOR UPDATE OF queued SKIP LOCKED
))
