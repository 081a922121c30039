-- Creates tasks and their steps, and adds steps to a task.

-- name: put_new_steps
-- New steps of a task, as the engine writes them; inputs: the context of the task unless something
-- else is wanted.
INSERT INTO @installation@.tasker_workflow_steps AS step (
    task_id, named_step_id, retryable, retry_limit, skippable, in_process, processed, attempts,
    inputs, results, created_at, updated_at
)
SELECT task.task_id, named_step.named_step_id, wanted.retryable, wanted.retry_limit,
    wanted.skippable, false, false, 0,
       COALESCE(wanted.inputs, task.context), '{}', $3, $3
FROM pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS wanted (
    place pg_catalog.int4, name pg_catalog.text, system pg_catalog.text, inputs pg_catalog.jsonb,
    retryable pg_catalog.bool, retry_limit pg_catalog.int4, skippable pg_catalog.bool
)
JOIN @installation@.tasker_dependent_systems AS system
    ON system.name OPERATOR(pg_catalog.=) wanted.system
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.dependent_system_id OPERATOR(pg_catalog.=) system.dependent_system_id
   AND named_step.name OPERATOR(pg_catalog.=) wanted.name
CROSS JOIN @installation@.tasker_tasks AS task
WHERE task.task_id OPERATOR(pg_catalog.=) $1
ORDER BY wanted.place
RETURNING step.workflow_step_id, (
    SELECT named_step.name::pg_catalog.text
    FROM @installation@.tasker_named_steps AS named_step
    WHERE named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
);

-- name: put_copies
-- Copies of step $1, one for each element of $2 and in their order, with the element in the inputs.
INSERT INTO @installation@.tasker_workflow_steps AS step (
    task_id, named_step_id, retryable, retry_limit, skippable, in_process, processed, attempts,
    inputs, results, created_at, updated_at
)
SELECT mapped.task_id, mapped.named_step_id, mapped.retryable, mapped.retry_limit,
    mapped.skippable, false, false, 0,
    CASE
        WHEN pg_catalog.jsonb_typeof(mapped.inputs) OPERATOR(pg_catalog.=) 'object'
            THEN mapped.inputs
        ELSE '{}'
    END OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
        'for_each', pg_catalog.jsonb_build_object(
            'element', element.value, 'index', element.place OPERATOR(pg_catalog.-) 1,
            'count', pg_catalog.jsonb_array_length($2)
        )
    ), '{}', $3, $3
FROM @installation@.tasker_workflow_steps AS mapped
CROSS JOIN ROWS FROM (
    pg_catalog.jsonb_array_elements($2)
) WITH ORDINALITY AS element (value, place)
WHERE mapped.workflow_step_id OPERATOR(pg_catalog.=) $1
ORDER BY element.place
RETURNING step.workflow_step_id;

-- name: put_tasks
-- Inserts the tasks of the requests $1, with the contexts $2, that do not exist already, in the
-- order of their identities, so that two sessions with the same keys cannot wait for each other.
-- Returns each request's identity, and the task if it was created here. docs/templates.md defines
-- the identity. Under row-level security it contains the name of the role, unless the role sees a
-- task that has the identity without it.
WITH request AS MATERIALIZED (
    SELECT
        asked.ordinal, asked.named_task_id, asked.requested_at, asked.initiator,
        asked.source_system, asked.reason, asked.bypass_steps, asked.tags, asked.context,
        asked.identity,
        CASE
            WHEN asked.identity OPERATOR(pg_catalog.=) 'none'
                THEN pg_catalog.gen_random_uuid()::pg_catalog.text
            WHEN asked.role IS NULL OR EXISTS (
                SELECT FROM @installation@.tasker_tasks AS known
                WHERE known.identity_hash OPERATOR(pg_catalog.=) identity.hash::pg_catalog.varchar
            ) THEN identity.hash
            ELSE identity.hash_of_role
        END AS identity_hash
    FROM ROWS FROM (
        pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS (
            ordinal pg_catalog.int8, named_task_id pg_catalog.int4, namespace pg_catalog.text,
            name pg_catalog.text, version pg_catalog.text, requested_at pg_catalog.timestamp,
            initiator pg_catalog.text, source_system pg_catalog.text, reason pg_catalog.text,
            bypass_steps pg_catalog.jsonb, tags pg_catalog.jsonb, identity pg_catalog.text,
            identity_key pg_catalog.text, role pg_catalog.text
        ),
        pg_catalog.unnest($2)
    ) AS asked (
        ordinal, named_task_id, namespace, name, version, requested_at, initiator, source_system,
        reason, bypass_steps, tags, identity, identity_key, role, context
    )
    CROSS JOIN LATERAL (
        SELECT
            CASE
                WHEN asked.identity OPERATOR(pg_catalog.=) 'key' THEN pg_catalog.jsonb_build_object(
                    'namespace', asked.namespace, 'name', asked.name, 'key', asked.identity_key
                )
                WHEN asked.identity OPERATOR(pg_catalog.<>) 'none'
                    THEN pg_catalog.jsonb_build_object(
                    'namespace', asked.namespace, 'name', asked.name, 'version', asked.version,
                    'initiator', asked.initiator, 'source_system', asked.source_system, 'reason',
                    asked.reason, 'bypass_steps', asked.bypass_steps, 'context', asked.context,
                    'requested_at', pg_catalog.to_char(asked.requested_at, 'YYYY-MM-DD HH24:MI')
                )
            END AS document
        OFFSET 0
    ) AS known_by
    CROSS JOIN LATERAL (
        SELECT
            pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
                known_by.document::pg_catalog.text, 'UTF8')), 'hex') AS hash,
            pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to((
                known_by.document
                    OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('role', asked.role)
            )::pg_catalog.text, 'UTF8')), 'hex') AS hash_of_role
    ) AS identity
), made AS (
    INSERT INTO @installation@.tasker_tasks (
        named_task_id, complete, requested_at, initiator, source_system, reason, bypass_steps, tags,
        context, identity_hash, created_at, updated_at
    )
    SELECT
        request.named_task_id, false, request.requested_at, request.initiator,
        request.source_system, request.reason,
        request.bypass_steps::pg_catalog.text::pg_catalog.json, request.tags, request.context,
        request.identity_hash, $3, $3
    FROM request
    -- Each attempt to insert one that is there would use up an id of the sequence.
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_tasks AS known
        WHERE known.identity_hash OPERATOR(pg_catalog.=) request.identity_hash::pg_catalog.varchar
    )
    ORDER BY
        CASE WHEN request.identity OPERATOR(pg_catalog.<>) 'none'
            THEN request.identity_hash END COLLATE pg_catalog."C" NULLS FIRST,
        request.ordinal
    ON CONFLICT (identity_hash) DO NOTHING
    RETURNING task_id, identity_hash::pg_catalog.text
)
SELECT request.ordinal, made.task_id, request.identity_hash
FROM request
LEFT JOIN made ON made.identity_hash OPERATOR(pg_catalog.=) request.identity_hash
ORDER BY request.ordinal;

-- name: tasks_of_identities
-- The tasks with these identities.
SELECT task.identity_hash::pg_catalog.text, task.task_id, task.named_task_id
FROM @installation@.tasker_tasks AS task
WHERE task.identity_hash OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.varchar[]);

-- name: set_priorities
-- How urgent new tasks are, before they have steps whose hints would have to move.
UPDATE @installation@.tasker_core_tasks AS task
SET priority = asked.priority
FROM unnest($1, $2) AS asked (task_id, priority)
WHERE task.task_id = asked.task_id;

-- name: set_parents
-- Sets the parents of new tasks.
UPDATE @installation@.tasker_core_tasks AS task
SET parent_task_id = asked.parent_task_id
FROM unnest($1, $2) AS asked (task_id, parent_task_id)
WHERE task.task_id = asked.task_id;

-- name: put_steps
-- Inserts the steps $2 of the new tasks $1, task by task, each after its parents. If a task starts
-- later, its first steps wait like steps with a requested backoff. If steps before them may be
-- skipped, all steps wait.
INSERT INTO @installation@.tasker_workflow_steps (
    task_id, named_step_id, retryable, retry_limit, in_process, processed, attempts,
    last_attempted_at, backoff_request_seconds, inputs, results, skippable, created_at, updated_at
)
SELECT
    asked.task_id, step.named_step_id, step.retryable, step.retry_limit, false, false, 0,
    CASE WHEN step.is_root OR asked.holds_all THEN asked.held_since END,
    CASE WHEN step.is_root OR asked.holds_all THEN asked.held_seconds END,
    task.context, '{}', step.skippable, $3, $3
FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS asked (
    ordinal pg_catalog.int8, task_id pg_catalog.int8, template pg_catalog.int4,
    held_since pg_catalog.timestamp, held_seconds pg_catalog.int4, holds_all pg_catalog.bool
)
JOIN pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS step (
    template pg_catalog.int4, place pg_catalog.int4, named_step_id pg_catalog.int4,
    retryable pg_catalog.bool, retry_limit pg_catalog.int4, skippable pg_catalog.bool,
    is_root pg_catalog.bool
) ON step.template OPERATOR(pg_catalog.=) asked.template
-- Not a join: that may read all tasks there are, for the statistics cannot know that few are asked
-- for.
CROSS JOIN LATERAL (
    SELECT own.context
    FROM @installation@.tasker_tasks AS own
    WHERE own.task_id OPERATOR(pg_catalog.=) asked.task_id
    OFFSET 0
) AS task
ORDER BY asked.ordinal, step.place
RETURNING workflow_step_id, task_id, named_step_id;

-- name: put_edges
-- The edges of new steps, in their order.
INSERT INTO @installation@.tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at,
    updated_at)
SELECT edge.from_step_id, edge.to_step_id, 'provides', $3, $3
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS edge (from_step_id, to_step_id);
