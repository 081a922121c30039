-- Limits, the slots that steps hold under them, and the hints that are parked until a slot is free.

-- name: buckets_of_steps
-- The limits that apply to these steps, each with the bucket that the step would take a place in. A limit on a key has a bucket for
-- each of its values, and does not apply where the context has no such key.
SELECT
    wanted.workflow_step_id,
    CASE
        WHEN task_limit.scope OPERATOR(pg_catalog.=) 'key'
            THEN pg_catalog.concat('key:', task_limit.name, '=', task.context OPERATOR(pg_catalog.->>) task_limit.name)
        ELSE pg_catalog.concat(task_limit.scope, ':', task_limit.name)
    END AS bucket,
    task_limit.max_running, task_limit.max_starts, task_limit.per, task_limit.paused_at IS NOT NULL AS is_paused
FROM pg_catalog.unnest($1) AS wanted (workflow_step_id)
CROSS JOIN LATERAL (
    SELECT stored.task_id, stored.named_step_id
    FROM @installation@.tasker_workflow_steps AS stored
    WHERE stored.workflow_step_id OPERATOR(pg_catalog.=) wanted.workflow_step_id
    OFFSET 0
) AS step
CROSS JOIN LATERAL (
    SELECT stored.named_task_id, stored.context
    FROM @installation@.tasker_tasks AS stored
    WHERE stored.task_id OPERATOR(pg_catalog.=) step.task_id
    OFFSET 0
) AS task
CROSS JOIN LATERAL (
    SELECT stored.name, stored.task_namespace_id
    FROM @installation@.tasker_named_tasks AS stored
    WHERE stored.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
    OFFSET 0
) AS named_task
CROSS JOIN LATERAL (
    SELECT stored.name
    FROM @installation@.tasker_task_namespaces AS stored
    WHERE stored.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
    OFFSET 0
) AS namespace
CROSS JOIN LATERAL (
    SELECT stored.name, stored.dependent_system_id
    FROM @installation@.tasker_named_steps AS stored
    WHERE stored.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
    OFFSET 0
) AS named_step
CROSS JOIN LATERAL (
    SELECT stored.name
    FROM @installation@.tasker_dependent_systems AS stored
    WHERE stored.dependent_system_id OPERATOR(pg_catalog.=) named_step.dependent_system_id
    OFFSET 0
) AS dependent_system
JOIN @installation@.tasker_core_limits AS task_limit
    ON (task_limit.scope OPERATOR(pg_catalog.=) 'namespace' AND task_limit.name OPERATOR(pg_catalog.=) namespace.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'task_name' AND task_limit.name OPERATOR(pg_catalog.=) named_task.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'step_name' AND task_limit.name OPERATOR(pg_catalog.=) named_step.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'dependent_system'
        AND task_limit.name OPERATOR(pg_catalog.=) dependent_system.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'key' AND task.context OPERATOR(pg_catalog.?) task_limit.name);

-- name: lock_parts
-- Locks parts of the places of buckets that no other claim has locked, until the transaction ends: any of them, up to as many as
-- are enough. There are 2,048 locks, so that no claim fills the lock table: buckets that share one wait for the next claim. Claims begin at different ones ($4). Where there are no parts: the starts, NULL.
SELECT wanted.bucket, part.number
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS wanted (bucket, parts, enough)
CROSS JOIN LATERAL (
    SELECT possible.number
    FROM (
        SELECT ($4 OPERATOR(pg_catalog.+) at) OPERATOR(pg_catalog.%) NULLIF(wanted.parts, 0) AS number
        FROM pg_catalog.generate_series(0, GREATEST(wanted.parts, 1) OPERATOR(pg_catalog.-) 1) AS at
        OFFSET 0
    ) AS possible
    WHERE pg_catalog.pg_try_advisory_xact_lock($5,
        pg_catalog.hashtext(pg_catalog.concat(possible.number, ' ', wanted.bucket)) OPERATOR(pg_catalog.&) 2047)
    LIMIT wanted.enough
) AS part;

-- name: buckets
-- What is used of these buckets.
SELECT
    wanted.bucket,
    ARRAY(
        SELECT held.place::pg_catalog.int8
        FROM @installation@.tasker_core_holds AS held
        WHERE held.bucket OPERATOR(pg_catalog.=) wanted.bucket
        ORDER BY held.place
    ) AS taken,
    used.tokens, used.refilled_at
FROM pg_catalog.unnest($1) AS wanted (bucket)
LEFT JOIN @installation@.tasker_core_buckets AS used ON used.bucket OPERATOR(pg_catalog.=) wanted.bucket;

-- name: put_bucket
-- Writes down how many starts are left in a bucket. A claim with an older snapshot (REPEATABLE READ) fails with 40001 instead
-- of counting what it cannot see.
INSERT INTO @installation@.tasker_core_buckets AS used (bucket, tokens, refilled_at)
VALUES ($1, $2, $3)
ON CONFLICT (bucket) DO UPDATE SET
    tokens = EXCLUDED.tokens,
    refilled_at = EXCLUDED.refilled_at;

-- name: put_holds
-- Claimed steps take their places, whose parts are locked. One that is taken all the same, in a snapshot that does not show it, is
-- 40001.
INSERT INTO @installation@.tasker_core_holds (bucket, place, workflow_step_id)
SELECT taken.bucket, taken.place, taken.workflow_step_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3))
    AS taken (bucket, place, workflow_step_id)
ON CONFLICT DO NOTHING;

-- name: end_holds
-- Executions have ended: their places are free.
DELETE FROM @installation@.tasker_core_holds
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
RETURNING bucket;

-- name: park_hints
-- Hints at steps that a limit holds up stand aside, in the queue of the bucket, where claims do not come by them; but for those that
-- somebody else is looking at.
WITH taken AS MATERIALIZED (
    SELECT held_up.bucket, hint.workflow_step_id, hint.cause_id, hint.task_id, hint.named_step_id, hint.named_task_id, hint.rank
    FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS held_up (bucket, workflow_step_id)
    JOIN @installation@.tasker_core_hints AS hint
        ON hint.workflow_step_id OPERATOR(pg_catalog.=) held_up.workflow_step_id
    FOR UPDATE OF hint SKIP LOCKED
), parked AS (
    INSERT INTO @installation@.tasker_core_parked (
        bucket, workflow_step_id, parked_by, task_id, named_step_id, named_task_id, rank
    )
    SELECT taken.bucket, taken.workflow_step_id, pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8,
        taken.task_id, taken.named_step_id, taken.named_task_id, pg_catalog.min(taken.rank)
    FROM taken
    GROUP BY taken.bucket, taken.workflow_step_id, taken.task_id, taken.named_step_id, taken.named_task_id
    ON CONFLICT DO NOTHING
)
SELECT taken.workflow_step_id, taken.cause_id
FROM taken;

-- name: unpark_hints
-- So many hints of a bucket, the first in order, go back to where claims find them, each under the number of this transaction: a hint
-- at the same step may be put or taken away by somebody else at this moment, and nobody waits for that.
WITH freed AS (
    DELETE FROM @installation@.tasker_core_parked
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT parked.ctid
        FROM @installation@.tasker_core_parked AS parked
        WHERE parked.bucket OPERATOR(pg_catalog.=) $1
        ORDER BY parked.rank, parked.workflow_step_id
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING workflow_step_id, task_id, named_step_id, named_task_id, rank
)
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank)
SELECT freed.workflow_step_id, OPERATOR(pg_catalog.-) pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8,
    freed.task_id, freed.named_step_id, freed.named_task_id, freed.rank
FROM freed
ON CONFLICT DO NOTHING;

-- name: park_hints_of_names
-- The first hints at steps of these names, or in tasks of them, stand aside in the queue of a bucket, but for those that somebody
-- else is looking at.
WITH taken AS MATERIALIZED (
    SELECT hint.workflow_step_id, hint.cause_id, hint.task_id, hint.named_step_id, hint.named_task_id, hint.rank
    FROM @installation@.tasker_core_hints AS hint
    WHERE hint.@named@ OPERATOR(pg_catalog.=) ANY ($2)
    LIMIT $3
    FOR UPDATE OF hint SKIP LOCKED
), parked AS (
    INSERT INTO @installation@.tasker_core_parked (
        bucket, workflow_step_id, parked_by, task_id, named_step_id, named_task_id, rank
    )
    SELECT $1, taken.workflow_step_id, pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8,
        taken.task_id, taken.named_step_id, taken.named_task_id, pg_catalog.min(taken.rank)
    FROM taken
    GROUP BY taken.workflow_step_id, taken.task_id, taken.named_step_id, taken.named_task_id
    ON CONFLICT DO NOTHING
)
SELECT taken.workflow_step_id, taken.cause_id
FROM taken;

-- name: limits_of_bucket
-- The limit of a bucket.
SELECT known.max_running, known.max_starts, known.per, known.paused_at IS NOT NULL AS is_paused
FROM @installation@.tasker_core_limits AS known
WHERE pg_catalog.concat(known.scope, ':', known.name) OPERATOR(pg_catalog.=) $1
   OR (known.scope OPERATOR(pg_catalog.=) 'key'
       AND pg_catalog.starts_with($1, pg_catalog.concat('key:', known.name, '=')));

-- name: parked_buckets
-- The buckets of a limit that hold anything up.
SELECT DISTINCT parked.bucket
FROM @installation@.tasker_core_parked AS parked
WHERE parked.bucket OPERATOR(pg_catalog.=) pg_catalog.concat($1, ':', $2)
   OR ($1 OPERATOR(pg_catalog.=) 'key' AND pg_catalog.starts_with(parked.bucket, pg_catalog.concat('key:', $2, '=')));

-- name: parked_in
-- Whether anything is left in the queue of a bucket.
SELECT EXISTS (
    SELECT FROM @installation@.tasker_core_parked WHERE bucket OPERATOR(pg_catalog.=) $1
) AS is_waiting;

-- name: look_at_bucket
-- Somebody has to look at a bucket again at that time, if nobody has been asked to until then.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
SELECT pg_catalog.concat('bucket ', $1), $2, $3
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_core_timers AS timer
    WHERE timer.kind OPERATOR(pg_catalog.=) pg_catalog.concat('bucket ', $1)
      AND timer.due_at OPERATOR(pg_catalog.<=) $3
)
ON CONFLICT DO NOTHING;

-- name: set_limit
-- Sets a limit; a pause stays as it is.
INSERT INTO @installation@.tasker_core_limits AS known (scope, name, max_running, max_starts, per)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (scope, name) DO UPDATE SET
    max_running = EXCLUDED.max_running,
    max_starts = EXCLUDED.max_starts,
    per = EXCLUDED.per;

-- name: set_pause
-- Pauses a scope ($3), or resumes it (NULL); a limit stays as it is.
INSERT INTO @installation@.tasker_core_limits AS known (scope, name, paused_at, reason)
VALUES ($1, $2, $3, $4)
ON CONFLICT (scope, name) DO UPDATE SET
    paused_at = CASE WHEN EXCLUDED.paused_at IS NULL THEN NULL
                     ELSE COALESCE(known.paused_at, EXCLUDED.paused_at) END,
    reason = EXCLUDED.reason;

-- name: drop_empty_limits
-- What neither limits nor pauses anything is not worth a row.
DELETE FROM @installation@.tasker_core_limits
WHERE max_running IS NULL AND max_starts IS NULL AND paused_at IS NULL;

-- name: limited_steps
-- The steps that use limits, or wait for them.
SELECT held.workflow_step_id
FROM @installation@.tasker_core_holds AS held
UNION
SELECT parked.workflow_step_id
FROM @installation@.tasker_core_parked AS parked;

-- name: limits
-- Every limit with what is used of it; with $1 by those steps alone.
SELECT
    known.scope, known.name, known.max_running, known.max_starts, known.per, known.paused_at, known.reason,
    (
        SELECT pg_catalog.count(*)
        FROM @installation@.tasker_core_holds AS held
        WHERE (held.bucket OPERATOR(pg_catalog.=) pg_catalog.concat(known.scope, ':', known.name)
               OR (known.scope OPERATOR(pg_catalog.=) 'key'
                   AND pg_catalog.starts_with(held.bucket, pg_catalog.concat('key:', known.name, '='))))
          AND ($1 IS NULL OR held.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1))
    ) AS running,
    (
        SELECT pg_catalog.count(DISTINCT parked.workflow_step_id)
        FROM @installation@.tasker_core_parked AS parked
        WHERE (parked.bucket OPERATOR(pg_catalog.=) pg_catalog.concat(known.scope, ':', known.name)
               OR (known.scope OPERATOR(pg_catalog.=) 'key'
                   AND pg_catalog.starts_with(parked.bucket, pg_catalog.concat('key:', known.name, '='))))
          AND ($1 IS NULL OR parked.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1))
    ) AS waiting
FROM @installation@.tasker_core_limits AS known
ORDER BY known.scope, known.name;
