-- Writes a task as one document.

-- name: side_document
-- What the side tables know of a task beside its rows, its parent task, and its subtasks.
SELECT
    jsonb_build_object(
        'state', task.state,
        'state_since', task.state_since,
        'priority', task.priority,
        'pause', CASE WHEN task.paused_at IS NOT NULL THEN jsonb_build_object(
            'paused_at', task.paused_at, 'paused_by', task.paused_by, 'reason', task.pause_reason
        ) END,
        'signals', (
            SELECT COALESCE(jsonb_agg(
                jsonb_build_object('name', signal.name, 'payload', signal.payload,
                    'sent_at', signal.sent_at, 'sent_by', signal.sent_by)
                ORDER BY signal.sent_at, signal.name
            ), '[]')
            FROM @installation@.tasker_core_signals AS signal
            WHERE signal.task_id = task.task_id
        ),
        'steps', (
            SELECT COALESCE(jsonb_object_agg(
                step.workflow_step_id::text,
                jsonb_build_object(
                    'state', step.state,
                    'state_since', step.state_since,
                    'rule', CASE WHEN rule.workflow_step_id IS NOT NULL THEN jsonb_build_object(
                        'rule', rule.rule, 'decided_at', rule.decided_at,
                        'laid_down_by', rule.laid_down_by
                    ) END
                )
            ), '{}')
            FROM @installation@.tasker_core_steps AS step
            LEFT JOIN @installation@.tasker_core_rules AS rule
                ON rule.workflow_step_id = step.workflow_step_id
            WHERE step.task_id = task.task_id
        )
    ),
    task.parent_task_id,
    ARRAY(
        SELECT subtask.task_id
        FROM @installation@.tasker_core_tasks AS subtask
        WHERE subtask.parent_task_id = task.task_id
    )
FROM @installation@.tasker_core_tasks AS task
WHERE task.task_id = $1;

-- name: later_document
-- What the side tables of layout 2 know of a task. $2: whether the caller may see its origin.
SELECT jsonb_build_object(
    'deadline', (
        SELECT jsonb_build_object('at', deadline.deadline_at, 'then', deadline.on_deadline)
        FROM @installation@.tasker_core_deadlines AS deadline
        WHERE deadline.task_id = task.task_id
    ),
    'forked_from', (
        SELECT jsonb_build_object('task_id', fork.forked_from_task_id,
            'from_step_id', fork.from_step_id, 'at', fork.forked_at, 'by', fork.forked_by)
        FROM @installation@.tasker_core_forks AS fork
        WHERE fork.task_id = task.task_id
          AND $2
    ),
    'steps', (
        SELECT jsonb_object_agg(
            kept.workflow_step_id::text,
            jsonb_build_object('time_limits', jsonb_strip_nulls(jsonb_build_object(
                'timeout_seconds', kept.timeout_seconds,
                'heartbeat_seconds', kept.heartbeat_seconds,
                'start_within_seconds', kept.start_within_seconds
            )))
        )
        FROM @installation@.tasker_core_steps AS step
        JOIN @installation@.tasker_core_step_times AS kept
            ON kept.workflow_step_id = step.workflow_step_id
        WHERE step.task_id = task.task_id
          AND COALESCE(kept.timeout_seconds, kept.heartbeat_seconds, kept.start_within_seconds)
              IS NOT NULL
    )
)
FROM @installation@.tasker_core_tasks AS task
WHERE task.task_id = $1;

-- name: task_document
-- The task $1 as one document of format 1, as the caller may see it. $2: the present. $3: what the
-- side tables know. $4: whether the caller may see fencing tokens. $5, $6: the parent and subtasks.
-- $7: what the side tables of layout 2 know, or NULL.
SELECT
    pg_catalog.jsonb_build_object(
        'format', 1,
        'exported_at', $2,
        'state', $3 OPERATOR(pg_catalog.->) 'state',
        'state_since', $3 OPERATOR(pg_catalog.->) 'state_since',
        'task', pg_catalog.to_jsonb(task.*),
        'named_task', pg_catalog.to_jsonb(named_task.*),
        'namespace', pg_catalog.to_jsonb(namespace.*),
        'priority', $3 OPERATOR(pg_catalog.->) 'priority',
        'pause', $3 OPERATOR(pg_catalog.->) 'pause',
        'deadline', $7 OPERATOR(pg_catalog.->) 'deadline',
        'forked_from', $7 OPERATOR(pg_catalog.->) 'forked_from',
        'parent_task_id', (
            SELECT parent.task_id
            FROM @installation@.tasker_tasks AS parent
            WHERE parent.task_id OPERATOR(pg_catalog.=) $5
        ),
        'subtask_ids', (
            SELECT COALESCE(pg_catalog.jsonb_agg(subtask.task_id ORDER BY subtask.task_id),
                '[]'::pg_catalog.jsonb)
            FROM @installation@.tasker_tasks AS subtask
            WHERE subtask.task_id OPERATOR(pg_catalog.=) ANY ($6)
        ),
        'transitions', (
            SELECT COALESCE(pg_catalog.jsonb_agg(
                pg_catalog.to_jsonb(transition.*) ORDER BY transition.sort_key, transition.id
            ), '[]'::pg_catalog.jsonb)
            FROM @installation@.tasker_task_transitions AS transition
            WHERE transition.task_id OPERATOR(pg_catalog.=) task.task_id
        ),
        'steps', (
            SELECT COALESCE(pg_catalog.jsonb_agg(
                pg_catalog.to_jsonb(step.*) OPERATOR(pg_catalog.||) COALESCE(
                    $3 OPERATOR(pg_catalog.->) 'steps'
                       OPERATOR(pg_catalog.->) step.workflow_step_id::pg_catalog.text,
                    '{}'::pg_catalog.jsonb
                ) OPERATOR(pg_catalog.||) COALESCE(
                    $7 OPERATOR(pg_catalog.->) 'steps'
                       OPERATOR(pg_catalog.->) step.workflow_step_id::pg_catalog.text,
                    '{}'::pg_catalog.jsonb
                ) OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
                    'name', named_step.name,
                    'dependent_system', dependent_system.name,
                    'transitions', (
                        SELECT COALESCE(pg_catalog.jsonb_agg(
                            CASE
                                WHEN $4
                                    OR transition.metadata IS NULL
                                    OR pg_catalog.jsonb_typeof(transition.metadata)
                                       OPERATOR(pg_catalog.<>) 'object'
                                THEN pg_catalog.to_jsonb(transition.*)
                                ELSE pg_catalog.to_jsonb(transition.*) OPERATOR(pg_catalog.||)
                                    pg_catalog.jsonb_build_object('metadata',
                                        transition.metadata OPERATOR(pg_catalog.-) 'claim_token')
                            END
                            ORDER BY transition.sort_key, transition.id
                        ), '[]'::pg_catalog.jsonb)
                        FROM @installation@.tasker_workflow_step_transitions AS transition
                        WHERE transition.workflow_step_id
                              OPERATOR(pg_catalog.=) step.workflow_step_id
                    )
                )
                ORDER BY step.workflow_step_id
            ), '[]'::pg_catalog.jsonb)
            FROM @installation@.tasker_workflow_steps AS step
            LEFT JOIN @installation@.tasker_named_steps AS named_step
                ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
            LEFT JOIN @installation@.tasker_dependent_systems AS dependent_system
                ON dependent_system.dependent_system_id
                   OPERATOR(pg_catalog.=) named_step.dependent_system_id
            WHERE step.task_id OPERATOR(pg_catalog.=) task.task_id
        ),
        'edges', (
            SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(edge.*) ORDER BY edge.id),
                '[]'::pg_catalog.jsonb)
            FROM @installation@.tasker_workflow_steps AS child
            CROSS JOIN LATERAL (
                SELECT found.*
                FROM @installation@.tasker_workflow_step_edges AS found
                WHERE found.to_step_id OPERATOR(pg_catalog.=) child.workflow_step_id
                -- Without it, stale statistics may lead to a plan that reads all edges.
                OFFSET 0
            ) AS edge
            CROSS JOIN LATERAL (
                SELECT
                FROM @installation@.tasker_workflow_steps AS parent
                JOIN @installation@.tasker_tasks AS parents_task
                    ON parents_task.task_id OPERATOR(pg_catalog.=) parent.task_id
                WHERE parent.workflow_step_id OPERATOR(pg_catalog.=) edge.from_step_id
                OFFSET 0
            ) AS visible_parent
            WHERE child.task_id OPERATOR(pg_catalog.=) task.task_id
        ),
        'annotations', (
            SELECT COALESCE(pg_catalog.jsonb_agg(
                pg_catalog.to_jsonb(note.*) OPERATOR(pg_catalog.||)
                    pg_catalog.jsonb_build_object('annotation_type', kind.name)
                ORDER BY note.task_annotation_id
            ), '[]'::pg_catalog.jsonb)
            FROM @installation@.tasker_task_annotations AS note
            LEFT JOIN @installation@.tasker_annotation_types AS kind
                ON kind.annotation_type_id OPERATOR(pg_catalog.=) note.annotation_type_id
            WHERE note.task_id OPERATOR(pg_catalog.=) task.task_id
        ),
        'signals', $3 OPERATOR(pg_catalog.->) 'signals'
    )
FROM @installation@.tasker_tasks AS task
LEFT JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
LEFT JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE task.task_id OPERATOR(pg_catalog.=) $1;
