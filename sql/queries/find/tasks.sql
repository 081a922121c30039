-- The tasks that fit, in the order of their ids, after $16, at most $17. What is not asked about is NULL; the plan is made
-- for what is.
SELECT
    task.task_id, namespace.name::pg_catalog.text, named_task.name::pg_catalog.text,
    named_task.version::pg_catalog.text,
    COALESCE(transition.to_state, 'pending')::pg_catalog.text,
    COALESCE(transition.created_at, task.created_at), task.complete, task.initiator::pg_catalog.text,
    task.source_system::pg_catalog.text, task.reason::pg_catalog.text, task.tags::pg_catalog.jsonb, task.requested_at, task.created_at
FROM @installation@.tasker_tasks AS task
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
LEFT JOIN @installation@.tasker_task_transitions AS transition
    ON transition.task_id OPERATOR(pg_catalog.=) task.task_id
    AND transition.most_recent
WHERE ($1 IS NULL OR task.task_id OPERATOR(pg_catalog.=) $1)
  -- Where pending is not among the states, what is left of this is about transitions that there are.
  AND ($2 IS NULL OR ('pending' OPERATOR(pg_catalog.=) ANY ($2) AND transition.to_state IS NULL)
      OR transition.to_state OPERATOR(pg_catalog.=) ANY ($2))
  AND ($3 IS NULL OR (COALESCE(transition.to_state, 'pending')
      OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress'])) OPERATOR(pg_catalog.=) $3)
  AND ($4 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $4)
  AND ($5 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $5)
  AND ($6 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $6)
  -- Asked once: where there is no such name, no row is read.
  AND (($4 IS NULL AND $5 IS NULL AND $6 IS NULL) OR EXISTS (
      SELECT FROM @installation@.tasker_named_tasks AS known
      JOIN @installation@.tasker_task_namespaces AS known_namespace
          ON known_namespace.task_namespace_id OPERATOR(pg_catalog.=) known.task_namespace_id
      WHERE ($4 IS NULL OR known_namespace.name OPERATOR(pg_catalog.=) $4)
        AND ($5 IS NULL OR known.name OPERATOR(pg_catalog.=) $5)
        AND ($6 IS NULL OR known.version OPERATOR(pg_catalog.=) $6)
  ))
  AND ($7 IS NULL OR task.initiator OPERATOR(pg_catalog.=) $7)
  AND ($8 IS NULL OR task.tags::pg_catalog.jsonb OPERATOR(pg_catalog.?) $8)
  AND ($9 IS NULL OR EXISTS (
      SELECT FROM @installation@.tasker_task_annotations AS note
      JOIN @installation@.tasker_annotation_types AS kind
          ON kind.annotation_type_id OPERATOR(pg_catalog.=) note.annotation_type_id
      WHERE note.task_id OPERATOR(pg_catalog.=) task.task_id
        AND kind.name OPERATOR(pg_catalog.=) $9
        AND ($10 IS NULL OR note.annotation::pg_catalog.jsonb OPERATOR(pg_catalog.?) $10)
        AND ($11 IS NULL OR note.annotation OPERATOR(pg_catalog.->>) $10 OPERATOR(pg_catalog.=) $11)
  ))
  AND ($12 IS NULL OR task.created_at OPERATOR(pg_catalog.>=) $12)
  AND ($13 IS NULL OR transition.to_state OPERATOR(pg_catalog.=) ANY (ARRAY['complete', 'resolved_manually'])
      AND transition.created_at OPERATOR(pg_catalog.>=) $13)
  AND ($14 IS NULL OR transition.to_state OPERATOR(pg_catalog.=) 'error'
      AND transition.created_at OPERATOR(pg_catalog.>=) $14)
  AND ($15 IS NULL OR task.task_id OPERATOR(pg_catalog.=) ANY ($15))
  AND ($16 IS NULL OR task.task_id OPERATOR(pg_catalog.>) $16)
ORDER BY task.task_id
LIMIT $17
