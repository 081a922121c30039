-- Forks: new tasks that repeat a part of an old one.

-- name: origin
-- The names of the template of a task.
SELECT namespace.name::pg_catalog.text, named_task.name::pg_catalog.text,
    named_task.version::pg_catalog.text
FROM @installation@.tasker_tasks AS task
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE task.task_id OPERATOR(pg_catalog.=) $1;

-- name: origin_times
-- When a task was created, its priority, and its deadline.
SELECT task.created_at, task.priority, deadline.deadline_at, deadline.on_deadline
FROM @installation@.tasker_core_tasks AS task
LEFT JOIN @installation@.tasker_core_deadlines AS deadline ON deadline.task_id = task.task_id
WHERE task.task_id = $1;

-- name: ends_of_steps
-- Of each of these steps: whether the request for its task left it out, and whether a failure has
-- made it not retryable. A writer of the history may have stored any JSON there.
SELECT
    step.workflow_step_id,
    EXISTS (
        SELECT FROM @installation@.tasker_workflow_step_transitions AS transition
        WHERE transition.workflow_step_id = step.workflow_step_id
          AND transition.most_recent
          AND transition.to_state = 'resolved_manually'
          AND transition.metadata @> '{"skipped": true, "reason": "bypass_steps"}'
          AND (transition.metadata ->> 'triggered_by') = ANY (ARRAY['create_task', 'fork_task'])
    ),
    EXISTS (
        SELECT FROM @installation@.tasker_workflow_step_transitions AS transition
        WHERE transition.workflow_step_id = step.workflow_step_id
          AND transition.to_state = 'error'
          AND transition.metadata @> '{"permanent": true}'
    )
FROM @installation@.tasker_core_steps AS step
WHERE step.workflow_step_id = ANY ($1);

-- name: put_task
-- Inserts the fork of task $1 by the options $2, unless there is one with the key $4. $3: the
-- present; $5: the name of the role, under row-level security. As in create/put_tasks, the identity
-- contains this name, unless the role sees a task that has the identity without it.
WITH origin AS MATERIALIZED (
    SELECT
        task.named_task_id, task.initiator, task.source_system, task.reason, task.bypass_steps,
        task.tags, task.context, namespace.name::pg_catalog.text AS namespace_name,
        named_task.name::pg_catalog.text AS task_name,
        COALESCE($2 OPERATOR(pg_catalog.->) 'context', 'null'::pg_catalog.jsonb) AS new_context,
        COALESCE($2 OPERATOR(pg_catalog.->) 'tags', 'null'::pg_catalog.jsonb) AS new_tags
    FROM @installation@.tasker_tasks AS task
    JOIN @installation@.tasker_named_tasks AS named_task
        ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
    JOIN @installation@.tasker_task_namespaces AS namespace
        ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
    WHERE task.task_id OPERATOR(pg_catalog.=) $1
), request AS MATERIALIZED (
    SELECT
        CASE
            WHEN $4 IS NULL THEN pg_catalog.gen_random_uuid()::pg_catalog.text
            WHEN $5 IS NULL OR EXISTS (
                SELECT FROM @installation@.tasker_tasks AS known
                WHERE known.identity_hash OPERATOR(pg_catalog.=) identity.hash::pg_catalog.varchar
            ) THEN identity.hash
            ELSE identity.hash_of_role
        END AS identity_hash
    FROM origin
    CROSS JOIN LATERAL (
        SELECT pg_catalog.jsonb_build_object('namespace', origin.namespace_name, 'name',
            origin.task_name, 'fork_of', $1, 'key', $4) AS document
        OFFSET 0
    ) AS known_by
    CROSS JOIN LATERAL (
        SELECT
            pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
                known_by.document::pg_catalog.text, 'UTF8')), 'hex') AS hash,
            pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to((
                known_by.document
                    OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('role', $5)
            )::pg_catalog.text, 'UTF8')), 'hex') AS hash_of_role
    ) AS identity
), made AS (
    INSERT INTO @installation@.tasker_tasks (
        named_task_id, complete, requested_at, initiator, source_system, reason, bypass_steps, tags,
        context, identity_hash, created_at, updated_at
    )
    SELECT
        origin.named_task_id, false, $3,
        COALESCE($2 OPERATOR(pg_catalog.->>) 'initiator', origin.initiator),
        COALESCE($2 OPERATOR(pg_catalog.->>) 'source_system', origin.source_system),
        COALESCE($2 OPERATOR(pg_catalog.->>) 'reason', origin.reason),
        origin.bypass_steps,
        CASE WHEN pg_catalog.jsonb_typeof(origin.new_tags) OPERATOR(pg_catalog.=) 'array'
            THEN origin.new_tags ELSE origin.tags END,
        CASE WHEN pg_catalog.jsonb_typeof(origin.new_context) OPERATOR(pg_catalog.=) 'object'
            THEN origin.new_context ELSE origin.context END,
        request.identity_hash, $3, $3
    FROM origin
    CROSS JOIN request
    -- An attempt to insert one that is there would use up an id of the sequence.
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_tasks AS known
        WHERE known.identity_hash OPERATOR(pg_catalog.=) request.identity_hash::pg_catalog.varchar
    )
    ON CONFLICT (identity_hash) DO NOTHING
    RETURNING task_id
)
SELECT made.task_id, request.identity_hash
FROM request
LEFT JOIN made ON true;

-- name: put_steps
-- Inserts the forks of the steps $3 of task $1 into task $2, in the order of their ids. $4: 1 for a
-- step that is copied with its end, 0 for one that runs again. $5: 1 if a failure has made it not
-- retryable. A step whose inputs were the context of its task gets the context of the fork.
WITH contexts AS MATERIALIZED (
    SELECT old.context AS old, new.context AS new
    FROM @installation@.tasker_tasks AS old
    CROSS JOIN @installation@.tasker_tasks AS new
    WHERE old.task_id OPERATOR(pg_catalog.=) $1
      AND new.task_id OPERATOR(pg_catalog.=) $2
)
INSERT INTO @installation@.tasker_workflow_steps AS forked (
    task_id, named_step_id, retryable, retry_limit, in_process, processed, processed_at, attempts,
    last_attempted_at, backoff_request_seconds, inputs, results, skippable, created_at, updated_at
)
SELECT
    $2, step.named_step_id, step.retryable OR wanted.is_spent OPERATOR(pg_catalog.=) 1,
    step.retry_limit, false, kept.is_copied AND step.processed,
    CASE WHEN kept.is_copied THEN step.processed_at END,
    CASE WHEN kept.is_copied THEN step.attempts ELSE 0 END,
    CASE WHEN kept.is_copied THEN step.last_attempted_at END,
    CASE WHEN kept.is_copied THEN step.backoff_request_seconds END,
    CASE
        WHEN kept.is_copied THEN step.inputs
        WHEN step.inputs OPERATOR(pg_catalog.=) contexts.old THEN contexts.new
        ELSE step.inputs
    END,
    CASE WHEN kept.is_copied THEN step.results ELSE '{}'::pg_catalog.jsonb END,
    step.skippable, CASE WHEN kept.is_copied THEN step.created_at ELSE $6 END, $6
FROM ROWS FROM (
    pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5)
) AS wanted (workflow_step_id, is_copied, is_spent)
CROSS JOIN LATERAL (SELECT wanted.is_copied OPERATOR(pg_catalog.=) 1 AS is_copied) AS kept
JOIN @installation@.tasker_workflow_steps AS step
    ON step.workflow_step_id OPERATOR(pg_catalog.=) wanted.workflow_step_id
    AND step.task_id OPERATOR(pg_catalog.=) $1
CROSS JOIN contexts
ORDER BY wanted.workflow_step_id
RETURNING forked.workflow_step_id, forked.named_step_id;

-- name: put_transitions
-- Gives the copies $2 of the steps $1 of task $3 the end of these, at the same time: the last
-- execution of a step that was completed, and nothing of what was before. $4: the present.
INSERT INTO @installation@.tasker_workflow_step_transitions (
    to_state, from_state, metadata, sort_key, most_recent, workflow_step_id, created_at, updated_at
)
SELECT
    entry.to_state, entry.from_state,
    CASE WHEN pg_catalog.jsonb_typeof(entry.metadata) OPERATOR(pg_catalog.=) 'object'
        THEN entry.metadata OPERATOR(pg_catalog.-) 'claim_token' ELSE '{}'::pg_catalog.jsonb END
        OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
            'triggered_by', 'fork_task', 'forked_from_task_id', $3,
            'forked_from_step_id', copied.old_step_id),
    entry.sort_key, entry.most_recent, copied.new_step_id, entry.entered_at, $4
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS copied (old_step_id, new_step_id)
CROSS JOIN LATERAL (
    SELECT transition.to_state::pg_catalog.text, transition.metadata, transition.created_at,
        transition.to_state OPERATOR(pg_catalog.=) 'complete' AS was_executed
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) copied.old_step_id
      AND transition.most_recent
      AND transition.to_state OPERATOR(pg_catalog.=) ANY (ARRAY['complete', 'resolved_manually'])
    ORDER BY transition.sort_key OPERATOR(pg_catalog.+) 0 DESC
    LIMIT 1
) AS ended
LEFT JOIN LATERAL (
    SELECT transition.metadata, transition.created_at
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) copied.old_step_id
      AND transition.to_state OPERATOR(pg_catalog.=) 'in_progress'
    ORDER BY transition.sort_key OPERATOR(pg_catalog.+) 0 DESC
    LIMIT 1
) AS began ON ended.was_executed
CROSS JOIN LATERAL (
    SELECT
        'in_progress'::pg_catalog.text AS to_state, 'pending'::pg_catalog.text AS from_state,
        began.metadata, 10 AS sort_key, false AS most_recent,
        COALESCE(began.created_at, ended.created_at) AS entered_at
    WHERE ended.was_executed
    UNION ALL
    SELECT
        ended.to_state, CASE WHEN ended.was_executed THEN 'in_progress' ELSE 'pending' END,
        ended.metadata, CASE WHEN ended.was_executed THEN 20 ELSE 10 END, true, ended.created_at
) AS entry
ORDER BY copied.new_step_id, entry.sort_key;

-- name: put_edges
-- Inserts the edges between the forks $2 of the steps $1, with their names, in their order.
WITH forked AS MATERIALIZED (
    SELECT step.old_step_id, step.new_step_id
    FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS step (old_step_id, new_step_id)
)
INSERT INTO @installation@.tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at,
    updated_at)
SELECT parent.new_step_id, child.new_step_id, edge.name, $3, $3
FROM forked AS child
JOIN @installation@.tasker_workflow_step_edges AS edge
    ON edge.to_step_id OPERATOR(pg_catalog.=) child.old_step_id
JOIN forked AS parent
    ON parent.old_step_id OPERATOR(pg_catalog.=) edge.from_step_id
ORDER BY edge.id;

-- name: put_rules
-- The rules of the forks $2 of the steps $1, in task $3, defined by the role $5 with the seals $6.
-- $4: 1 for a copied step, whose rule was evaluated; it has not created the task that it waited
-- for. 2 for a mapped step that has its copies already.
INSERT INTO @installation@.tasker_core_rules (
    workflow_step_id, task_id, rule, signal_name, waited_task_id, creates_task, decided_at,
    laid_down_by, seal
)
SELECT
    forked.new_step_id, $3, rule.rule, (rule.rule -> 'wait') ->> 'signal',
    CASE WHEN forked.is_copied = 1 THEN rule.waited_task_id
        ELSE ((rule.rule -> 'wait') ->> 'task')::int8 END,
    forked.is_copied <> 1 AND rule.rule ? 'subtask',
    CASE WHEN forked.is_copied <> 0 THEN rule.decided_at END,
    $5, forked.seal
FROM ROWS FROM (
    unnest($1), unnest($2), unnest($4), unnest($6)
) AS forked (old_step_id, new_step_id, is_copied, seal)
JOIN @installation@.tasker_core_rules AS rule
    ON rule.workflow_step_id = forked.old_step_id
ON CONFLICT DO NOTHING
RETURNING workflow_step_id;

-- name: put_signals
-- Gives task $2 the signals of task $1, except those that steps $3 have received, which run again
-- and wait for new ones.
INSERT INTO @installation@.tasker_core_signals (task_id, name, payload, sent_at, sent_by)
SELECT $2, signal.name, signal.payload, signal.sent_at, signal.sent_by
FROM @installation@.tasker_core_signals AS signal
WHERE signal.task_id = $1
  AND NOT EXISTS (
      SELECT FROM @installation@.tasker_core_rules AS rule
      WHERE rule.task_id = $1
        AND rule.signal_name = signal.name
        AND rule.workflow_step_id = ANY ($3)
  )
ON CONFLICT DO NOTHING;

-- name: put_limits
-- The limits of time of the forks $2 of the steps $1, in task $3.
INSERT INTO @installation@.tasker_core_step_times (workflow_step_id, task_id, timeout_seconds,
    heartbeat_seconds, start_within_seconds)
SELECT forked.new_step_id, $3, kept.timeout_seconds, kept.heartbeat_seconds,
    kept.start_within_seconds
FROM unnest($1, $2) AS forked (old_step_id, new_step_id)
JOIN @installation@.tasker_core_step_times AS kept
    ON kept.workflow_step_id = forked.old_step_id
WHERE COALESCE(kept.timeout_seconds, kept.heartbeat_seconds, kept.start_within_seconds) IS NOT NULL
ORDER BY forked.new_step_id
ON CONFLICT DO NOTHING;

-- name: put_fork
-- Notes that task $1 is a fork of task $2 from step $3 (NULL: from what had not ended well), made
-- at $4 by $5; its steps $6 are copies.
INSERT INTO @installation@.tasker_core_forks (task_id, forked_from_task_id, from_step_id, forked_at,
    forked_by, copied_step_ids)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (task_id) DO UPDATE SET
    forked_from_task_id = EXCLUDED.forked_from_task_id,
    from_step_id = EXCLUDED.from_step_id,
    forked_at = EXCLUDED.forked_at,
    forked_by = EXCLUDED.forked_by,
    copied_step_ids = EXCLUDED.copied_step_ids;

-- name: subtasks
-- Those of these steps that have created a task which was completed, and the task.
SELECT rule.workflow_step_id, rule.waited_task_id
FROM @installation@.tasker_core_rules AS rule
JOIN @installation@.tasker_core_tasks AS task
    ON task.task_id = rule.waited_task_id
WHERE rule.workflow_step_id = ANY ($1)
  AND rule.rule ? 'subtask'
  AND task.state = 'complete'
ORDER BY rule.workflow_step_id;

-- name: of_task
-- The origin of a fork.
SELECT forked_from_task_id, from_step_id, forked_at, forked_by
FROM @installation@.tasker_core_forks
WHERE task_id = $1;

-- name: forks_of_task
-- The forks of a task, in their order.
SELECT task_id
FROM @installation@.tasker_core_forks
WHERE forked_from_task_id = $1
ORDER BY task_id;

-- name: copied_steps
-- The steps of a fork that are copies.
SELECT copied_step_ids
FROM @installation@.tasker_core_forks
WHERE task_id = $1;

-- name: copied_after
-- The copies in the forks that were made after a time.
SELECT copied_step_ids
FROM @installation@.tasker_core_forks
WHERE forked_at > $1;

-- name: counts
-- How many steps of a task are copies, and how many are not.
SELECT cardinality(fork.copied_step_ids), (
    SELECT count(*)
    FROM @installation@.tasker_core_steps AS step
    WHERE step.task_id = fork.task_id
) - cardinality(fork.copied_step_ids)
FROM @installation@.tasker_core_forks AS fork
WHERE fork.task_id = $1;

-- name: delete
-- Tasks are gone, and what is known of their origin. It waits for no other session.
DELETE FROM @installation@.tasker_core_forks
WHERE ctid = ANY (ARRAY(
    SELECT fork.ctid
    FROM @installation@.tasker_core_forks AS fork
    WHERE fork.task_id = ANY ($1)
    FOR UPDATE SKIP LOCKED
));

-- name: truncate
-- The table of tasks was truncated.
TRUNCATE @installation@.tasker_core_forks;

-- name: delete_orphaned
-- The origins of tasks that are gone.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_forks AS fork
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_tasks AS task
        WHERE task.task_id = fork.task_id
    )
    RETURNING 1
)
SELECT count(*) AS deleted
FROM deleted;
