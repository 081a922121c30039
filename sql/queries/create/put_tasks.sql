-- The tasks of the requests $1, with the contexts $2, that do not exist already; in the order of their identities, so that
-- two sessions with the same keys cannot wait for each other. Returns each request's identity, and the task if it was
-- made here. What an identity is made of stands in docs/templates.md; to a role under row-level security its own name belongs,
-- unless it sees a task that has the identity without it.
WITH request AS MATERIALIZED (
    SELECT
        asked.ordinal, asked.named_task_id, asked.requested_at, asked.initiator, asked.source_system, asked.reason,
        asked.bypass_steps, asked.tags, asked.context, asked.identity,
        CASE
            WHEN asked.identity OPERATOR(pg_catalog.=) 'none' THEN pg_catalog.gen_random_uuid()::pg_catalog.text
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
        ordinal, named_task_id, namespace, name, version, requested_at, initiator, source_system, reason,
        bypass_steps, tags, identity, identity_key, role, context
    )
    CROSS JOIN LATERAL (
        SELECT
            CASE
                WHEN asked.identity OPERATOR(pg_catalog.=) 'key' THEN pg_catalog.jsonb_build_object(
                    'namespace', asked.namespace, 'name', asked.name, 'key', asked.identity_key
                )
                WHEN asked.identity OPERATOR(pg_catalog.<>) 'none' THEN pg_catalog.jsonb_build_object(
                    'namespace', asked.namespace, 'name', asked.name, 'version', asked.version,
                    'initiator', asked.initiator, 'source_system', asked.source_system, 'reason', asked.reason,
                    'bypass_steps', asked.bypass_steps, 'context', asked.context,
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
        named_task_id, complete, requested_at, initiator, source_system, reason, bypass_steps, tags, context,
        identity_hash, created_at, updated_at
    )
    SELECT
        request.named_task_id, false, request.requested_at, request.initiator, request.source_system, request.reason,
        request.bypass_steps::pg_catalog.text::pg_catalog.json, request.tags, request.context,
        request.identity_hash, $3, $3
    FROM request
    -- Each attempt to insert one that is there would use up an id of the sequence.
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_tasks AS known
        WHERE known.identity_hash OPERATOR(pg_catalog.=) request.identity_hash::pg_catalog.varchar
    )
    ORDER BY
        CASE WHEN request.identity OPERATOR(pg_catalog.<>) 'none' THEN request.identity_hash END COLLATE "C" NULLS FIRST,
        request.ordinal
    ON CONFLICT (identity_hash) DO NOTHING
    RETURNING task_id, identity_hash::pg_catalog.text
)
SELECT request.ordinal, made.task_id, request.identity_hash
FROM request
LEFT JOIN made ON made.identity_hash OPERATOR(pg_catalog.=) request.identity_hash
ORDER BY request.ordinal
